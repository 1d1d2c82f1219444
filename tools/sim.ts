/**
 * Runs the simulator: `npm run sim -- --seeds 50000 [--from 1] [--seed 42] [--without crash,reset]
 * [--trace] [--until-failure]`. One seed is one world: its story, its weather, its end, always the same.
 */
import { parseArgs } from "node:util";
import {
  type FaultKind,
  faultKinds,
  shrink,
  simulate,
  type SimulationResult,
  storyOfFailure,
} from "../engine/testing/simulator/index.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1000" },
    from: { type: "string", default: "1" },
    seed: { type: "string" },
    without: { type: "string" },
    /** Prints all that happened. */
    trace: { type: "boolean", default: false },
    "until-failure": { type: "boolean", default: false },
  },
});
const from = whole("seed" in values ? "seed" : "from", values.seed ?? values.from);
const count = values.seed === undefined ? whole("seeds", values.seeds) : 1;
const without = new Set(kindsOf(values.without ?? ""));
const begun = performance.now();
const failed: number[] = [];
let events = 0;
let lives = 0;
let told = begun;

for (let seed = from; seed < from + count; seed += 1) {
  const result = await simulate({ seed, without });
  events += result.events;
  lives += result.lives;
  if (values.trace) for (const line of result.trace) console.log(line);
  if (result.wrong.length > 0) {
    failed.push(seed);
    await report(result);
    if (values["until-failure"]) break;
  }
  if (performance.now() - told > 5_000) {
    told = performance.now();
    console.log(`${rate(seed - from + 1)}; ${failed.length} failed`);
  }
}
console.log(rate(count));
console.log(
  failed.length === 0
    ? "nothing lost, nothing doubled, nothing out of order"
    : `${failed.length} of ${count} seeds failed: ${failed.slice(0, 20).join(", ")}`,
);
process.exitCode = failed.length === 0 ? 0 : 1;

async function report(result: SimulationResult): Promise<void> {
  const small = without.size === 0 ? await shrink(result) : { result, without: [...without] };
  const { seed, wrong, faults } = small.result;
  console.log(`\nseed ${seed}: ${wrong.length} things are wrong`);
  for (const line of wrong.slice(0, 8)) console.log(`  ${line}`);
  console.log(`with ${faults.join(", ") || "no faults at all"}; the last of it:`);
  for (const line of storyOfFailure(small.result)) console.log(`  ${line.slice(0, 200)}`);
  const left = small.without.length === 0 ? "" : ` --without ${small.without.join(",")}`;
  console.log(`repeat: npm run sim -- --seed ${seed}${left} --trace\n`);
}

function rate(done: number): string {
  const seconds = (performance.now() - begun) / 1_000;
  return `${done} seeds, ${events} events, ${lives} lives in ${seconds.toFixed(1)} s: ${(done / seconds).toFixed(1)} seeds/s`;
}

function whole(name: string, text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  console.error(`--${name} is a whole number, not "${text}"`);
  process.exit(2);
}

function kindsOf(text: string): readonly FaultKind[] {
  const names = text.split(",").filter((name) => name !== "");
  const known = faultKinds.filter((kind) => names.includes(kind));
  if (known.length === names.length) return known;
  console.error(`--without takes kinds of faults: ${faultKinds.join(", ")}`);
  process.exit(2);
}
