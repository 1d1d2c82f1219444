/**
 * Plants one mistake after the other in the engine's own source, as it is loaded, and says which seed
 * of the simulator finds it: `node tools/sim-mutants.ts [--seeds 120] [--only name] [--json]`.
 */
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { simulate as Simulated } from "../engine/testing/simulator/index.ts";
import { type Mutant, mutants } from "../test/simulation/mutants/table.ts";
import { importersOf } from "./importers.ts";
import { optionsOf } from "./options.ts";

type Simulate = typeof Simulated;

const usage = "node tools/sim-mutants.ts [--seeds 120] [--only name] [--json]";
const values = optionsOf(usage, {
  seeds: { type: "string", default: "120" },
  only: { type: "string" },
  json: { type: "boolean", default: false },
});
const root = join(import.meta.dirname, "..");
const engine = join(root, "engine");
const importers = importersOf(engine);
/** Keep what engines made from one world to the next: a store, generations. No two mutants share it. */
const keepers = ["memory.ts", "workspace.ts"].map((file) =>
  join(engine, "testing/simulator", file),
);
const applied = new Set<number>();
/** Of each mutant, the files that are loaded once more for it. */
const loadedAnew = mutants.map(({ file }) => importers([join(root, file), ...keepers]));

registerHooks({
  // What imports the changed file is loaded once more for each mutant, by another name; all mutants share the rest.
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    const number = numberOf(context.parentURL ?? "");
    if (number === undefined || !found.url.startsWith("file:")) return found;
    const isNew = loadedAnew[number]?.has(fileURLToPath(found.url)) === true;
    return isNew ? { ...found, url: `${found.url}?mutant=${number}` } : found;
  },
  load(url, context, next) {
    const number = numberOf(url);
    const mutant = number === undefined ? undefined : mutants[number];
    if (number === undefined || mutant === undefined) return next(url, context);
    const path = fileURLToPath(url.split("?")[0] ?? "");
    if (path !== join(root, mutant.file)) return next(url, context);
    applied.add(number);
    return { format: "module-typescript", source: mutated(path, mutant), shortCircuit: true };
  },
});

const results: { readonly name: string; readonly seed: number | null; readonly wrong: string }[] =
  [];
for (const [number, mutant] of mutants.entries()) {
  if (values.only !== undefined && !mutant.name.includes(values.only)) continue;
  const result = await find(number, mutant);
  results.push(result);
  if (!values.json)
    console.log(
      `${result.seed === null ? "NOT FOUND" : `seed ${result.seed}`}  ${mutant.name}: ${result.wrong}`,
    );
}
if (values.json) console.log(JSON.stringify(results));
process.exitCode = results.every(({ seed }) => seed !== null) ? 0 : 1;

async function find(number: number, { name, foundBy = 1 }: Mutant) {
  const url = new URL(`../engine/testing/simulator/index.ts?mutant=${number}`, import.meta.url)
    .href;
  const { simulate } = (await import(url)) as { readonly simulate: Simulate };
  if (!applied.has(number)) throw new Error(`the mutant "${name}" changed nothing`);
  const inOrder = Array.from({ length: Number(values.seeds) }, (_, at) => at + 1);
  for (const seed of new Set([foundBy, ...inOrder])) {
    const { wrong } = await simulate({ seed });
    if (wrong.length > 0) return { name, seed, wrong: (wrong[0] ?? "").slice(0, 160) };
  }
  return { name, seed: null, wrong: "" };
}

function numberOf(url: string): number | undefined {
  const number = /\?mutant=(\d+)$/.exec(url)?.[1];
  return number === undefined ? undefined : Number(number);
}

function mutated(path: string, { name, from, to }: Mutant): string {
  const text = readFileSync(path, "utf8");
  const parts = text.split(from);
  if (parts.length !== 2)
    throw new Error(
      `the mutant "${name}" must find its place once in ${path}, and found it ${parts.length - 1} times`,
    );
  return parts.join(to);
}
