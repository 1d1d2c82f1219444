/**
 * Runs the simulator: `npm run sim -- --seeds 50000 [--from 1] [--seed 42] [--without crash,reset]
 * [--jobs 2] [--trace] [--until-failure]`. One seed is one world: its story, its weather, its end,
 * always the same. Several seeds are played at once, by as many threads as the machine has cores.
 */
/* oxlint-disable unicorn/require-post-message-target-origin -- a thread has no origin */
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import {
  type FaultKind,
  faultKinds,
  shrink,
  simulate,
  type SimulationResult,
  storyOfFailure,
} from "../engine/testing/simulator/index.ts";
import type { Played } from "./sim-worker.ts";
import { optionsOf } from "./options.ts";

const tellMs = 5_000;

const usage =
  "npm run sim -- [--seeds 1000] [--from 1] [--seed 42] [--without crash,reset] [--jobs 2] [--trace] [--until-failure]";
const values = optionsOf(usage, {
  seeds: { type: "string", default: "1000" },
  from: { type: "string", default: "1" },
  seed: { type: "string" },
  without: { type: "string" },
  jobs: { type: "string" },
  /** Prints all that happened. */
  trace: { type: "boolean", default: false },
  "until-failure": { type: "boolean", default: false },
});
const from = whole("seed" in values ? "seed" : "from", values.seed ?? values.from);
const count = values.seed === undefined ? whole("seeds", values.seeds) : 1;
const jobs = Math.min(count, whole("jobs", values.jobs ?? String(availableParallelism())));
const without = new Set(kindsOf(values.without ?? ""));
const begun = performance.now();
const failed: number[] = [];
const sum = { seeds: 0, events: 0, lives: 0 };
let told = begun;

if (values.seed === undefined) await playAll();
else await playOne(from);
console.log(rate());
console.log(
  failed.length === 0
    ? "nothing lost, nothing doubled, nothing out of order"
    : `${failed.length} of ${sum.seeds} seeds failed: ${failed.slice(0, 20).join(", ")}`,
);
process.exitCode = failed.length === 0 ? 0 : 1;

async function playOne(seed: number): Promise<void> {
  const result = await simulate({ seed, without });
  if (values.trace) for (const line of result.trace) console.log(line);
  await take({ ...result, wrong: result.wrong.length });
}

async function playAll(): Promise<void> {
  let next = from;
  const isOver = (): boolean =>
    next >= from + count || (values["until-failure"] && failed.length > 0);
  const playSome = async (): Promise<void> => {
    const worker = new Worker(new URL("./sim-worker.ts", import.meta.url), {
      workerData: [...without],
    });
    try {
      while (!isOver()) {
        worker.postMessage(next);
        next += 1;
        const [played] = (await once(worker, "message")) as [Played];
        await take(played);
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: jobs }, playSome));
}

async function take({ seed, events, lives, wrong }: Played): Promise<void> {
  sum.seeds += 1;
  sum.events += events;
  sum.lives += lives;
  if (wrong > 0) {
    failed.push(seed);
    await report(await simulate({ seed, without }));
  }
  if (performance.now() - told < tellMs) return;
  told = performance.now();
  console.log(`${rate()}; ${failed.length} failed`);
}

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

function rate(): string {
  const { seeds, events, lives } = sum;
  const seconds = (performance.now() - begun) / 1_000;
  const speed = seeds / seconds;
  const left = count - seeds;
  const rest = left > 0 ? `, about ${Math.ceil(left / speed)} s to go` : "";
  return `${seeds} of ${count} seeds, ${events} events, ${lives} lives in ${seconds.toFixed(1)} s: ${speed.toFixed(1)} seeds/s${rest}`;
}

function whole(name: string, text: string): number {
  if (/^\d+$/.test(text) && (name !== "jobs" || text !== "0")) return Number(text);
  console.error(`--${name} is a whole number${name === "jobs" ? " above 0" : ""}, not "${text}"`);
  process.exit(2);
}

function kindsOf(text: string): readonly FaultKind[] {
  const names = text.split(",").filter((name) => name !== "");
  const known = faultKinds.filter((kind) => names.includes(kind));
  if (known.length === names.length) return known;
  console.error(`--without takes kinds of faults: ${faultKinds.join(", ")}`);
  process.exit(2);
}
