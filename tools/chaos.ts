/**
 * Real chaos against partners that count: `npm run chaos -- [--events 100000] [--kills 30] [--seed 7]
 * [--faults 0.03] [--patience 60] [--minutes 30]`. Bookings are told twice and in disorder while the
 * engine is killed at random moments and the partners drop, stall and refuse; at the end their ledger
 * is held against the truth, row by row.
 */
import { faultsOf, figuresOf } from "../test/crash/chaos/report.ts";
import { chaosRun } from "../test/crash/chaos/run.ts";
import { optionsOf } from "./options.ts";

const usage =
  "npm run chaos -- [--events 100000] [--kills 30] [--seed 7] [--faults 0.03] [--patience 60] [--minutes 30]";
const values = optionsOf(usage, {
  events: { type: "string", default: "100000" },
  kills: { type: "string", default: "30" },
  seed: { type: "string", default: String(Date.now() % 100_000) },
  /** Share of the requests that meet a fault of the partner. */
  faults: { type: "string", default: "0.03" },
  /** Seconds within which something must get on. */
  patience: { type: "string", default: "60" },
  minutes: { type: "string", default: "30" },
});
const [events, kills, seed] = [number("events"), number("kills"), number("seed")];
const faults = number("faults");
const repeat = `npm run chaos -- --events ${events} --kills ${kills} --seed ${seed} --faults ${faults}`;
// Ends engine and partners, too: they end with this process.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));

console.log(`seed ${seed}: ${events} events, ${kills} kills, faults at ${faults * 100} %`);
const options = {
  seed,
  events,
  kills,
  faults,
  patienceMs: number("patience") * 1_000,
  limitMs: number("minutes") * 60_000,
  tell: console.log,
};
const result = await chaosRun(options);
const wrong = faultsOf(result, options);
for (const line of [...figuresOf(result, options), ...wrong]) console.log(line);
if (wrong.length > 0)
  console.log(`the engine's last words:\n${result.output.split("\n").slice(-20).join("\n")}`);
console.log(
  wrong.length === 0
    ? "the ledger equals the truth, to the row"
    : `${wrong.length} things are wrong; repeat: ${repeat}`,
);
process.exitCode = wrong.length === 0 ? 0 : 1;

function number(name: keyof typeof values): number {
  const value = Number(values[name]);
  if (Number.isFinite(value) && value >= 0 && (name === "faults" || Number.isInteger(value)))
    return value;
  const right = name === "faults" ? "a share such as 0.03" : "a whole number";
  console.error(`--${name} is ${right}, not "${values[name]}"`);
  process.exit(2);
}
