import { expect, test } from "vitest";
import { crashRun, usualFaults } from "./crash-run.ts";
import { faultsOf } from "./verdict.ts";

/** The same commit gets the same kills; `npm run crash` goes on with others. */
const seed = Number(process.env["CRASH_SEED"] ?? 1_922);

test(`sluice run, killed 12 times under load with seed ${seed}, loses no order and doubles none`, async () => {
  const size = { seed, deals: 16 };
  const [undisturbed, killed] = await Promise.all([
    crashRun({ ...size, kills: 0 }),
    crashRun({ ...size, kills: 12, faults: usualFaults }),
  ]);
  expect(faultsOf(undisturbed, undisturbed)).toEqual([]);
  const again = `again: CRASH_SEED=${seed} npx vitest run --project crash test/crash/estate.test.ts\n${killed.output}`;
  expect(faultsOf(killed, undisturbed), again).toEqual([]);
}, 180_000);
