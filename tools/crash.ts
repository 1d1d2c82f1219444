/**
 * Kills the engine again and again under load, and says whether anything was lost, doubled or left
 * behind: `npm run crash -- --kills 200 --seed 7 [--deals 400] [--calm] [--patience 30] [--minutes 8]`.
 */
import { crashRun, type CrashRunResult, usualFaults } from "../test/crash/crash-run.ts";
import { faultsOf } from "../test/crash/verdict.ts";
import { optionsOf } from "./options.ts";

const usage =
  "npm run crash -- [--kills 200] [--seed 7] [--deals 400] [--calm] [--patience 30] [--minutes 60]";
const values = optionsOf(usage, {
  kills: { type: "string", default: "200" },
  seed: { type: "string", default: String(Date.now() % 100_000) },
  deals: { type: "string" },
  /** The partners have no faults of their own. */
  calm: { type: "boolean", default: false },
  patience: { type: "string", default: "30" },
  /** No kill is begun after so long. */
  minutes: { type: "string", default: "60" },
});
const seed = Number(values.seed);
const kills = Number(values.kills);
const deals = Number(values.deals ?? Math.max(20, kills * 2));
const repeat = `npm run crash -- --kills ${kills} --seed ${seed} --deals ${deals}${values.calm ? " --calm" : ""}`;
// Ends the engine and the partners, too: they end with this process.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
const common = {
  seed,
  deals,
  patienceMs: Number(values.patience) * 1_000,
  budgetMs: Number(values.minutes) * 60_000,
  tell: console.log,
};

console.log(`seed ${seed}: ${deals} deals, ${kills} kills`);
const undisturbed = await crashRun({ ...common, kills: 0 });
console.log(`undisturbed: ${rate(undisturbed)}`);
const killed = await crashRun({
  ...common,
  kills,
  ...(values.calm ? {} : { faults: usualFaults }),
});
console.log(`with kills: ${rate(killed)}`);
console.log(`killed ${JSON.stringify(killed.kills)}`);
console.log(
  `back after ${spread(killed.recoveryMs)} ms (half, 95 of 100, longest), start of the process included`,
);
const wrong = [
  ...faultsOf(undisturbed, undisturbed).map((line) => `undisturbed: ${line}`),
  ...faultsOf(killed, undisturbed),
];
for (const line of wrong) console.log(`  ${line}`);
if (wrong.length > 0)
  console.log(`the engine's last words:\n${killed.output.split("\n").slice(-20).join("\n")}`);
console.log(
  wrong.length === 0
    ? "nothing lost, nothing doubled"
    : `${wrong.length} faults; repeat: ${repeat}`,
);
process.exitCode = wrong.length === 0 ? 0 : 1;

function rate({ answered, end, seconds }: CrashRunResult): string {
  return `${end.runs.length} runs, ${end.messages.length} messages, ${end.effects.length} effects, ${answered} answers in ${seconds.toFixed(1)} s`;
}

function spread(times: readonly number[]): string {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.floor(share * (sorted.length - 1))] ?? 0);
  return [0.5, 0.95, 1].map(at).join(" / ");
}
