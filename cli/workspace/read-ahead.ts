import { once } from "node:events";
import { availableParallelism } from "node:os";
import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import type { loadSpec } from "../../engine/index.ts";
import type { Found } from "./found-values.ts";
import { type Shares, sharesOf, take } from "./shares.ts";
import type { KeptHere } from "./verdict.ts";

type ReadCache = InstanceType<Awaited<ReturnType<typeof loadSpec>>["ReadCache"]>;

/** What a worker found, by part. */
export type FoundHere = Readonly<Record<"trees" | "schemas" | "expressions", Found>>;

/** A worker takes as long to begin as reading so many characters does. */
const lengthEach = 400_000;
/** What comes after reading is one thread's work: more of them would wait for it. */
const workersMost = 4;

/**
 * Reads what is new to a large workspace with further threads. What they find is kept as what an
 * earlier process found is: it holds by the text it was found of, so that it is no matter who read
 * what. A text with a finding is not kept, and is read again here: each finding is made in this thread.
 */
export async function readAhead(
  files: Readonly<Record<string, string>>,
  cache: ReadCache,
  kept: KeptHere,
  threads = availableParallelism(),
): Promise<void> {
  const fresh = Object.entries(files).filter(([, text]) => !kept.trees.has(text));
  const length = fresh.reduce((sum, [, text]) => sum + text.length, 0);
  const count = Math.min(threads - 1, Math.floor(length / lengthEach), workersMost);
  if (count < 1) return;
  const shares = sharesOf(fresh.toSorted(([a], [b]) => gain(a) - gain(b)));
  const working = Array.from({ length: count }, async () => foundBy(shares));
  for (const texts of take(shares, "beginning")) cache.readAhead(texts);
  for (const found of await Promise.all(working)) {
    if (found === undefined) continue;
    for (const part of ["trees", "schemas", "expressions"] as const) kept[part].add(found[part]);
  }
}

/** The more is gained by leaving it to others, the later: what they found costs least of schemas. */
function gain(path: string): number {
  return path.startsWith("schemas/") ? 2 : path.endsWith(".jsonata") ? 1 : 0;
}

/** What a worker finds; undefined where none is to be had or it fails: then all is read here. */
export async function foundBy(shares: Shares): Promise<FoundHere | undefined> {
  const path = `./read-ahead-worker${extname(import.meta.filename)}`;
  const worker = new Worker(new URL(path, import.meta.url), { workerData: shares, execArgv: [] });
  try {
    const ended = once(worker, "exit").then(() => []);
    const [found] = (await Promise.race([once(worker, "message"), ended])) as FoundHere[];
    return found;
  } catch {
    return undefined;
  } finally {
    void worker.terminate();
  }
}
