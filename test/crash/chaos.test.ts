import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, watch } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe, expect, test } from "vitest";
import { faultsOf } from "./chaos/report.ts";
import { chaosRun } from "./chaos/run.ts";
import { compareRows } from "./chaos/verdict.ts";
import { planOf } from "./chaos/plan.ts";

const options = {
  seed: 4_711,
  events: 300,
  kills: 3,
  faults: 0.05,
  patienceMs: 60_000,
  limitMs: 150_000,
};

test("the ledger equals the truth to the row, whatever is killed, dropped, doubled or late", async () => {
  const result = await chaosRun(options);
  expect(faultsOf(result, options), result.output).toEqual([]);
  expect(Object.keys(result.partner.faults).length).toBeGreaterThan(2);
  expect(result.plan.sendings.length).toBeGreaterThan(options.events);
}, 180_000);

test("ended by a signal, it leaves no folder behind", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sluice-chaos-test-"));
  const { promise: begun, resolve } = Promise.withResolvers<void>();
  // Its engine writes the address beside the store once it serves.
  const watcher = watch(folder, { recursive: true }, (_, name) => {
    if (name?.endsWith(".engine.json") === true) resolve();
  });
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, "../../tools/chaos.ts"), "--events", "100000", "--kills", "0"],
    { env: { ...process.env, TMPDIR: folder }, stdio: "ignore" },
  );
  const ended = once(child, "exit");
  try {
    await Promise.race([begun, ended]);
    child.kill("SIGTERM");
    expect(await ended).toEqual([130, null]);
    expect(readdirSync(folder)).toEqual([]);
  } finally {
    child.kill("SIGKILL");
    watcher.close();
    rmSync(folder, { recursive: true });
  }
}, 180_000);

describe("the comparison", () => {
  const { bookings } = planOf(1, 100);
  const rows = bookings.map((booking, no) => ({ no, ...booking }));
  const first = bookings.findIndex(({ number }) => number === 1);
  const second = bookings.findIndex(
    ({ account, number }) => number === 2 && account === bookings[first]?.account,
  );

  test("finds nothing where all is as it was told", () => {
    const empty = { missing: [], twice: [], foreign: [], early: [] };
    expect(compareRows(rows, bookings)).toMatchObject({ rows: 100, ...empty });
  });

  test("finds what is missing, doubled, foreign and out of order", () => {
    const ref = bookings[first]?.ref;
    expect(compareRows(rows.toSpliced(first, 1), bookings).missing).toEqual([ref]);
    const row = rows[first];
    if (row === undefined) throw new Error("no first booking");
    expect(compareRows([...rows, row], bookings).twice).toEqual([ref]);
    const other = rows.with(first, { ...row, amount: "0.01" });
    expect(compareRows(other, bookings).foreign).toHaveLength(1);
    const swapped = rows.with(first, rows[second] ?? row).with(second, row);
    expect(compareRows(swapped, bookings).early).toEqual([ref]);
  });
});
