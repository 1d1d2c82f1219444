import { describe, expect, test } from "vitest";
import { createSchedules } from "../../../../engine/channels/schedule/index.ts";
import type { TriggerPlan } from "../../../../engine/model/plan/flow.ts";
import { VirtualClock } from "../../../../engine/testing/virtual-clock.ts";
import { at, flow, generation, memoryLog } from "../plans.ts";
import { checkpoints, MemoryReceiver, settle } from "../receiver.ts";

type SchedulePlan = Omit<Extract<TriggerPlan, { kind: "schedule" }>["value"], "at">;

const hour = 3_600_000;
const plans = (plan: SchedulePlan) =>
  generation({
    flows: [flow("nightly", { trigger: [{ kind: "schedule", at, value: { at, ...plan } }] })],
  });

function world(plan: SchedulePlan, start: string, memory = checkpoints()) {
  const clock = new VirtualClock(Date.parse(start));
  const receiver = new MemoryReceiver(plans(plan));
  const running = createSchedules({ receiver, clock, log: memoryLog(), ...memory });
  const schedules = {
    follow: async () => {
      running.follow(receiver.current);
      await settle();
    },
    stop: async () => running.stop(),
  };
  const times = () =>
    receiver.received.map(({ data }) => (data as { scheduledAt: string }).scheduledAt);
  const advance = async (ms: number) => clock.advance(ms, settle);
  return { clock, receiver, schedules, times, memory, advance };
}

test("a schedule starts its flow at each of its times, and not before the first", async () => {
  const { advance, receiver, schedules, times } = world(
    { cron: "0 2 * * *" },
    "2026-05-01T00:00:00Z",
  );
  await schedules.follow();
  await advance(2 * hour - 1);
  expect(times()).toEqual([]);
  await advance(1);
  await advance(24 * hour);
  expect(times()).toEqual(["2026-05-01T02:00:00.000Z", "2026-05-02T02:00:00.000Z"]);
  expect(receiver.received[0]).toMatchObject({
    channel: "schedule",
    flow: "nightly",
    type: "nightly",
    time: Date.parse("2026-05-01T02:00:00Z"),
  });
});

test("an interval is counted from the epoch, whenever the engine starts", async () => {
  const { advance, schedules, times } = world({ every: 15 * 60_000 }, "2026-05-01T00:07:00Z");
  await schedules.follow();
  await advance(30 * 60_000);
  expect(times()).toEqual(["2026-05-01T00:15:00.000Z", "2026-05-01T00:30:00.000Z"]);
});

describe("daylight saving in Berlin", () => {
  test("a time that is skipped comes as the gap ends", async () => {
    const { advance, schedules, times } = world(
      { cron: "30 2 * * *", zone: "Europe/Berlin" },
      "2026-03-28T12:00:00Z",
    );
    await schedules.follow();
    await advance(48 * hour);
    expect(times()).toEqual(["2026-03-29T01:00:00.000Z", "2026-03-30T00:30:00.000Z"]);
  });

  test("a time that comes twice is taken once", async () => {
    const { advance, schedules, times } = world(
      { cron: "30 2 * * *", zone: "Europe/Berlin" },
      "2026-10-24T12:00:00Z",
    );
    await schedules.follow();
    await advance(48 * hour);
    expect(times()).toEqual(["2026-10-25T00:30:00.000Z", "2026-10-26T01:30:00.000Z"]);
  });
});

describe("times missed while down", () => {
  async function missed(policy: "run-once" | "run-all" | "skip" | undefined) {
    const plan = { cron: "0 * * * *", ...(policy === undefined ? {} : { missed: policy }) };
    const first = world(plan, "2026-05-01T00:30:00Z");
    await first.schedules.follow();
    await first.advance(hour);
    await first.schedules.stop();
    const second = world(plan, "2026-05-01T04:30:00Z", first.memory);
    await second.schedules.follow();
    const atStart = second.times();
    await second.advance(hour);
    return { atStart, later: second.times().slice(atStart.length) };
  }

  test("run-once, also when nothing is said, makes up for the last one", async () => {
    expect((await missed("run-once")).atStart).toEqual(["2026-05-01T04:00:00.000Z"]);
    expect((await missed(undefined)).atStart).toEqual(["2026-05-01T04:00:00.000Z"]);
  });

  test("run-all makes up for each, oldest first", async () => {
    expect((await missed("run-all")).atStart).toEqual([
      "2026-05-01T02:00:00.000Z",
      "2026-05-01T03:00:00.000Z",
      "2026-05-01T04:00:00.000Z",
    ]);
  });

  test("skip makes up for none", async () => {
    expect((await missed("skip")).atStart).toEqual([]);
  });

  test("whatever was missed, the next time comes", async () => {
    for (const policy of ["run-once", "run-all", "skip"] as const) {
      expect((await missed(policy)).later).toEqual(["2026-05-01T05:00:00.000Z"]);
    }
  });
});

test("a restart without anything missed starts nothing", async () => {
  const first = world({ cron: "0 * * * *" }, "2026-05-01T00:30:00Z");
  await first.schedules.follow();
  await first.advance(hour);
  await first.schedules.stop();
  const second = world({ cron: "0 * * * *" }, "2026-05-01T01:40:00Z", first.memory);
  await second.schedules.follow();
  expect(second.times()).toEqual([]);
});

test("a crash between message and checkpoint gives a duplicate, not a second message", async () => {
  const memory = checkpoints();
  const { advance, receiver, schedules, times } = world(
    { cron: "0 * * * *" },
    "2026-05-01T00:30:00Z",
    memory,
  );
  await schedules.follow();
  const before = new Map(memory.saved);
  await advance(hour);
  for (const [name, value] of before) memory.saved.set(name, value);
  await schedules.follow();
  expect(times()).toHaveLength(1);
  expect(receiver.duplicates).toBe(1);
});

test("a refused message is handed over again when the engine said", async () => {
  const { advance, clock, receiver, schedules, times } = world(
    { cron: "0 * * * *", missed: "skip" },
    "2026-05-01T00:30:00Z",
  );
  await schedules.follow();
  const retryAt = clock.now() + hour + 5_000;
  receiver.refusal = { outcome: "refused", reason: "busy", message: "busy", retryAt };
  await advance(hour);
  receiver.refusal = undefined;
  await advance(5_000);
  expect(times()).toEqual(["2026-05-01T01:00:00.000Z"]);
});

test("a changed schedule begins when it is taken up", async () => {
  const { advance, receiver, schedules, times } = world(
    { cron: "0 0 * * *" },
    "2026-05-01T00:30:00Z",
  );
  await schedules.follow();
  await advance(10 * hour);
  receiver.current = plans({ cron: "0 * * * *", missed: "run-all" });
  await schedules.follow();
  await advance(hour);
  expect(times()).toEqual(["2026-05-01T11:00:00.000Z"]);
});

test("after stop nothing is started", async () => {
  const { advance, schedules, times } = world({ every: 60_000 }, "2026-05-01T00:00:30Z");
  await schedules.follow();
  await schedules.stop();
  await advance(hour);
  expect(times()).toEqual([]);
});
