import { expect, test } from "vitest";
import { measureBurst } from "../../bench/burst.ts";
import { measureEntitlement } from "../../bench/entitlement.ts";
import { measureGrowth } from "../../bench/growth.ts";
import { measureKills } from "../../bench/kill.ts";
import { measureStartup } from "../../bench/startup.ts";
import { digest } from "../../engine/composition/digest.ts";
import { compileWorkspace, type Compilation } from "../../engine/spec/index.ts";
import { domains } from "../../bench/startup/domains.ts";
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
}, 180_000);

test("what grows is measured: the log, the workspace, bodies and lanes", async () => {
  const { rows } = await measureGrowth({
    messages: [100],
    flowCounts: [3],
    bodies: [20_000],
    lanes: [2],
    measured: 10,
  });
  expect(rows.map(({ name }) => name)).toEqual([
    "100 messages in the log",
    "3 flows",
    "bodies of 20kB",
    "2 lanes",
  ]);
  for (const row of rows) expect(row.cpuMsPerFlow, row.name).toBeGreaterThan(0);
  const readings = rows.map(({ reading }) => Object.entries(reading?.looks ?? {}));
  expect(readings.map(({ length }) => length)).toEqual([18, 0, 0, 0]);
  for (const [name, { ms, cpuMs }] of readings[0] ?? []) {
    expect(Math.min(ms, cpuMs), name).toBeGreaterThan(0);
  }
}, 180_000);

test("a look-up is answered while the ERP takes its time, and while it is away", async () => {
  const rows = await measureEntitlement({ questions: 5, perSecond: 5, erpMs: [100] });
  expect(rows.map(({ name, wrong }) => [name, wrong])).toEqual([
    ["the ERP takes 100 ms", 0],
    ["the ERP is away", 0],
  ]);
  // The ERP was really asked.
  expect(rows[0]?.p50Ms).toBeGreaterThan(90);
}, 180_000);

test("a burst is taken in whole, and goes on at the target's rate, in order", async () => {
  const row = await measureBurst({ events: 60, overSeconds: 1, perSecond: 10, watchSeconds: 2 });
  expect(row).toMatchObject({ sent: 60, refused: 0, outOfOrder: 0, drainSeconds: 12 });
  expect(row.callsWatched).toBeGreaterThan(0);
  expect(row.callsWatched).toBeLessThanOrEqual(10 * (row.watchedSeconds + 1));
}, 180_000);

test("nothing is lost where the engine is killed, and repeats keep their key", async () => {
  const row = await measureKills({ flows: 120, kills: 1, inFlight: 8 });
  expect(row).toMatchObject({ accepted: 120, kills: 1, lost: 0, strays: 0 });
  expect(row.repeats).toBeLessThanOrEqual(row.repeatsAllowed);
}, 180_000);

test("a start is measured, with what it takes of the CPU: validate, edited and not, and run", async () => {
  const root = "bench/workload/workspace";
  const edited = { "the settings": "sluice.yaml" };
  const rows = await measureStartup({ rounds: 1, flows: 3, workspace: { root, edited } });
  const named = rows.map(({ name }) => name.replace(/\d+ flows as/, "all flows as"));
  expect(named).toEqual([
    "validate, first time",
    "validate, nothing changed",
    "validate, the settings changed",
    "validate 3 flows, first time",
    "validate 3 flows, one changed",
    "validate all flows as the reference's, first time",
    "validate all flows as the reference's, nothing changed",
    "validate all flows as the reference's, one changed",
    "run until it serves, first time",
    "run until it serves, again",
  ]);
  for (const { name, cpuMs, wallMs } of rows) {
    // More than a bare Node takes, so that really something started.
    expect(cpuMs.least, name).toBeGreaterThan(50);
    expect(wallMs.least, name).toBeGreaterThan(50);
  }
}, 180_000);

test("the reference workspace for two domains is sound, and what one has is not the other's", () => {
  const [once, twice] = [domains(".", 1), domains(".", 2)];
  const [single, double] = [once, twice].map((files) => compileWorkspace(files, { digest }));
  const findings = double?.diagnostics.filter(({ severity }) => severity !== "information");
  expect(findings).toEqual([]);
  const sizes = sizesOf(single);
  expect(Math.min(...sizes)).toBeGreaterThan(8);
  expect(sizesOf(double)).toEqual(sizes.map((size) => 2 * size));
  const own = Object.entries(twice).filter(([path]) => !Object.hasOwn(once, path));
  expect(own).toHaveLength(Object.keys(once).length - 1);
  const known = new Set(Object.values(once));
  expect(own.filter(([, text]) => known.has(text))).toEqual([]);
}, 60_000);

/** Of its flows, mappings, schemas and adapters. */
function sizesOf(compilation: Compilation | undefined): number[] {
  const { flows, mappings, schemas, adapters } = compilation?.generation ?? {};
  return [flows, mappings, schemas, adapters].map((parts) => parts?.size ?? 0);
}
