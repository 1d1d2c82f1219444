/** One thread of `read-ahead.ts`: reads what nobody else took, and says what it found. */
/* oxlint-disable unicorn/require-post-message-target-origin -- a thread has no origin */
import { enableCompileCache } from "node:module";
import { parentPort, workerData } from "node:worker_threads";
import type { PackedExpression, PackedNode, PackedSchema } from "../../engine/index.ts";
import type { FoundHere } from "./read-ahead.ts";
import type { Shares } from "./shares.ts";

// A cache of its own, as each thread's modules are.
enableCompileCache();
const [{ loadSpec }, { FoundValues }, { take }] = await Promise.all([
  import("../../engine/index.ts"),
  import("./found-values.ts"),
  import("./shares.ts"),
]);
const { ReadCache } = await loadSpec();
const parts = {
  trees: new FoundValues<PackedNode>(),
  schemas: new FoundValues<PackedSchema>(),
  expressions: new FoundValues<PackedExpression>(),
};
for (const texts of take(workerData as Shares, "end")) new ReadCache(parts).readAhead(texts);
const found: FoundHere = {
  trees: parts.trees.found,
  schemas: parts.schemas.found,
  expressions: parts.expressions.found,
};
parentPort?.postMessage(found);
