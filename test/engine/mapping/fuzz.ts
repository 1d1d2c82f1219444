import process from "node:process";
import { parseArgs } from "node:util";
import { fuzz } from "./fuzz-cases.ts";

/**
 * `npm run fuzz -- --cases 1000000 --seed 7`: expressions at random against the jsonata library.
 * `--seconds 300` ends it after that long, whatever has been compared.
 */
const { values } = parseArgs({
  options: { cases: { type: "string" }, seconds: { type: "string" }, seed: { type: "string" } },
});
const seconds = values.seconds === undefined ? Infinity : Number(values.seconds);
const cases = Number(values.cases ?? (seconds === Infinity ? 20_000 : Infinity));
const seed = Number(values.seed ?? Date.now() % 1_000_000);

const { compared, rules, differences } = await fuzz({
  cases,
  seed,
  most: 10,
  isOver: () => performance.now() > seconds * 1000,
});
for (const { text, input, ours, theirs } of differences) {
  process.stdout.write(
    `${text}\n  input   ${JSON.stringify(input)}\n  ours    ${ours}\n  jsonata ${theirs}`,
  );
}
const explained = [...rules].map(([rule, count]) => `${count} ${rule}`).join(", ");
process.stdout.write(
  `seed ${seed}: compared ${compared}, explained ${explained || "none"}, differences ${differences.length}\n`,
);
process.exitCode = differences.length === 0 ? 0 : 1;
