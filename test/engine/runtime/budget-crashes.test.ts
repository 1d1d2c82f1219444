import { expect, test } from "vitest";
import { Budget, type BudgetRecord } from "../../../engine/runtime/budget.ts";

const day = 86_400_000;

test("two hundred crashes do not use up a day's budget that nobody used", () => {
  const windows = [
    { limit: 100, perMs: 1_000 },
    { limit: 500_000, perMs: day },
  ];
  let record: BudgetRecord = [];
  let now = 0;
  for (let crash = 0; crash < 200; crash += 1) {
    const budget = new Budget(windows);
    budget.restore(record, now, { steady: 0, now });
    now += 2_000;
    for (let sent = 0; sent < 5; sent += 1) budget.answered(budget.take(), 2_000);
    record = budget.record({ steady: 2_000, now });
  }
  const last = new Budget(windows);
  last.restore(record, now, { steady: 0, now });
  expect(last.free(2_000)).toBe(2_000);
});
