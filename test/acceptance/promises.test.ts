import { expect, test } from "vitest";
import { callText, flowText, texts } from "./world/texts.ts";
import { made, World } from "./world/world.ts";

const files = () =>
  texts({
    "flows/process/post-thing.yaml": flowText(
      callText("erp", "create", "    milestone: thing.posted\n") + callText("billing", "create"),
      "sla: { complete: 30s, milestones: { thing.posted: 10s } }\n",
    ),
  });

interface Report {
  readonly promises: readonly Readonly<Record<string, unknown>>[];
  readonly milestones: readonly Readonly<Record<string, unknown>>[];
}

const sla = async (world: World) => (await (await world.admin("GET", "/sla")).json()) as Report;
const issues = async (world: World) =>
  ((await (await world.admin("GET", "/issues?status=any")).json()) as { items: unknown[] }).items;

test("what has not happened in time is an issue, and it closes when it happens after all", async () => {
  const world = await World.open({ files: files() });
  await world.admin("POST", "/pause", { kind: "system", system: "billing" });
  await world.tell(made("1"));
  await world.advance(25_000);
  expect(await issues(world)).toEqual([]);
  expect((await sla(world)).promises).toMatchObject([
    { flow: "post-thing", withinMs: 30_000, broken: [], atRisk: [{ laneKey: "k", leftMs: 5_000 }] },
    { milestone: "thing.posted", inTimePercent: 100, broken: [], atRisk: [] },
  ]);
  await world.advance(6_000);
  expect(await issues(world)).toMatchObject([
    { code: "sla/complete-late", kind: "late", step: "sla.complete", status: "open", failures: 1 },
  ]);
  expect((await sla(world)).promises[0]).toMatchObject({
    due: 1,
    inTimePercent: 0,
    broken: [{ status: "active", leftMs: -1_000 }],
  });
  const metrics = await world.metrics();
  expect(metrics).toContain('sluice_milestones_total{flow="post-thing",milestone="thing.posted"} ');
  expect(metrics).toMatch(/sluice_sla_broken\{flow="post-thing",milestone="complete"\} 1/);
  await world.advance(3_600_000);
  expect(await issues(world)).toMatchObject([{ failures: 1 }]);
  await world.admin("POST", "/unpause", { kind: "system", system: "billing" });
  await world.advance(1_000);
  expect(await issues(world)).toMatchObject([{ status: "resolved", changedBy: "sluice" }]);
  expect(await sla(world)).toMatchObject({
    promises: [
      { due: 1, inTime: 0, broken: [] },
      { due: 1, inTime: 1 },
    ],
    milestones: [{ name: "thing.posted", day: "2026-01-01", count: 1, longestMs: 0 }],
  });
});

test("a milestone that is not reached is late although its run goes on, also over a restart", async () => {
  const world = await World.open({ files: files() });
  await world.admin("POST", "/pause", { kind: "system", system: "erp" });
  await world.tell(made("1", "a"), made("2", "b"));
  const next = await world.restart();
  await next.advance(11_000);
  expect(await issues(next)).toMatchObject([
    { code: "sla/milestone-late", step: "sla.thing.posted", failures: 2 },
  ]);
  await next.advance(20_000);
  expect(await issues(next)).toHaveLength(2);
});

test("runs that keep their promises leave nothing behind but their share", async () => {
  const world = await World.open({ files: files() });
  await world.tell(made("1", "a"), made("2", "b"), made("3", "c"));
  await world.advance(120_000);
  expect(await issues(world)).toEqual([]);
  expect((await sla(world)).promises).toMatchObject([
    { due: 3, inTime: 3, inTimePercent: 100 },
    { due: 3, inTime: 3, inTimePercent: 100 },
  ]);
});

test("metrics say what was prevented, what failed, how long partners took, and no id of anybody", async () => {
  const world = await World.open({ files: files() });
  world.partners.answer = ({ system }) => (system === "billing" ? { status: 503 } : {});
  await world.tell(made("T-1", "key-1"), made("T-1", "key-1"));
  await world.tell({ id: "made-broken", type: "made", data: { id: "T-2" } });
  await world.advance(300_000);
  const metrics = await world.metrics();
  for (const line of [
    "sluice_duplicates_prevented_total 1",
    'sluice_failures_total{kind="dead",class="transient"} 1',
    'sluice_failures_total{kind="invalid",class="invalid"} 1',
    'sluice_delivery_seconds_count{adapter="erp-one",operation="create",outcome="2xx"} 1',
    'sluice_delivery_seconds_count{adapter="billing-one",operation="create",outcome="5xx"} 4',
    'sluice_issues{category="normal"} 3',
    'sluice_unmapped_errors_total{adapter="billing-one",status="503"} 4',
    'sluice_webhook_messages_total{adapter="web-shop",webhook="events",outcome="duplicate"} 1',
  ]) {
    expect(metrics).toContain(line);
  }
  expect(metrics).toMatch(/# TYPE sluice_delivery_seconds histogram/);
  expect(metrics).not.toMatch(/T-1|T-2|key-1|019b76/);
});
