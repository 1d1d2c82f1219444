import process from "node:process";
import { parseArgs } from "node:util";
import { fuzz } from "./fuzz-cases.ts";

/** `npm run fuzz -- --cases 1000000 --seed 7`: expressions at random against the jsonata library. */
const { values } = parseArgs({ options: { cases: { type: "string" }, seed: { type: "string" } } });
const cases = Number(values.cases ?? 20_000);
const seed = Number(values.seed ?? Date.now() % 1_000_000);

const { compared, rules, differences } = await fuzz({ cases, seed, most: 10 });
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
