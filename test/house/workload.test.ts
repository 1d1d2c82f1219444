import { expect, test } from "vitest";
import { measureWorkload } from "../../bench/workload.ts";

test("the workload runs through the product and through its yardsticks", async () => {
  const { rows } = await measureWorkload({ flows: 50, rounds: 1, inFlight: 8, paced: 5 });
  expect(rows.map(({ name }) => name)).toEqual([
    "sluice",
    "bare SQLite, mapped by hand",
    "bare SQLite, mapped by jsonata",
  ]);
  for (const row of rows) {
    expect(row.cpuMsPerFlow, row.name).toBeGreaterThan(0);
    expect(row.syncsPerFlow, row.name).toBeGreaterThan(0);
    expect(row.diskBytesPerFlow, row.name).toBeGreaterThan(1_000);
  }
}, 60_000);
