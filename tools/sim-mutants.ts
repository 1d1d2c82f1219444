/**
 * Plants one mistake after the other in the engine's own source, as it is loaded, and says after how
 * many seeds the simulator finds it: `node tools/sim-mutants.ts [--seeds 120] [--only name] [--json]`.
 */
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { simulate as Simulated } from "../engine/testing/simulator/index.ts";
import { type Mutant, mutants } from "../test/simulation/mutants/table.ts";
import { optionsOf } from "./options.ts";

type Simulate = typeof Simulated;

const usage = "node tools/sim-mutants.ts [--seeds 120] [--only name] [--json]";
const values = optionsOf(usage, {
  seeds: { type: "string", default: "120" },
  only: { type: "string" },
  json: { type: "boolean", default: false },
});
const root = join(import.meta.dirname, "..");
const engine = new URL("../engine/", import.meta.url).href;
const applied = new Set<number>();

registerHooks({
  // The whole engine is loaded once more for each mutant, by another name.
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    const query = context.parentURL === undefined ? "" : new URL(context.parentURL).search;
    const isOurs = found.url.startsWith(engine) && query.startsWith("?mutant=");
    return isOurs ? { ...found, url: `${found.url.split("?")[0]}${query}` } : found;
  },
  load(url, context, next) {
    const number = /\?mutant=(\d+)$/.exec(url)?.[1];
    const mutant = number === undefined ? undefined : mutants[Number(number)];
    if (mutant === undefined) return next(url, context);
    const path = fileURLToPath(url.split("?")[0] ?? "");
    if (path !== join(root, mutant.file)) return next(url, context);
    applied.add(Number(number));
    return {
      ...next(url, context),
      format: "module-typescript",
      source: mutated(path, mutant),
      shortCircuit: true,
    };
  },
});

const results: { readonly name: string; readonly seed: number | null; readonly wrong: string }[] =
  [];
for (const [number, mutant] of mutants.entries()) {
  if (values.only !== undefined && !mutant.name.includes(values.only)) continue;
  const result = await find(number, mutant.name);
  results.push(result);
  if (!values.json)
    console.log(
      `${result.seed === null ? "NOT FOUND" : `seed ${result.seed}`}  ${mutant.name}: ${result.wrong}`,
    );
}
if (values.json) console.log(JSON.stringify(results));
process.exitCode = results.every(({ seed }) => seed !== null) ? 0 : 1;

async function find(number: number, name: string) {
  const url = new URL(`../engine/testing/simulator/index.ts?mutant=${number}`, import.meta.url)
    .href;
  const { simulate } = (await import(url)) as { readonly simulate: Simulate };
  if (!applied.has(number)) throw new Error(`the mutant "${name}" changed nothing`);
  for (let seed = 1; seed <= Number(values.seeds); seed += 1) {
    const { wrong } = await simulate({ seed });
    if (wrong.length > 0) return { name, seed, wrong: (wrong[0] ?? "").slice(0, 160) };
  }
  return { name, seed: null, wrong: "" };
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
