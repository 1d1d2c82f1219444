import { describe, expect, test } from "vitest";
import { StoreWatch } from "../../../engine/governance/index.ts";
import type { StoreHealth } from "../../../engine/ports/store-health.ts";
import { VirtualClock } from "../../../engine/testing/virtual-clock.ts";

const gibibyte = 1_073_741_824;
const minute = 60_000;

function world(disk: StoreHealth["disk"]) {
  const clock = new VirtualClock();
  const logged: string[] = [];
  const health = {
    bytes: gibibyte,
    logBytes: 0,
    freeBytes: 0,
    ...(disk === undefined ? {} : { disk: { ...disk } }),
    kept: { messages: 1, payloads: 1, audit: 1 },
    waiting: { payloads: 0, history: 0 },
  };
  let changes = 0;
  const watch = new StoreWatch({
    health: () => structuredClone(health),
    clock,
    log: { write: (_level, message) => void logged.push(message) },
    changed: () => {
      changes += 1;
    },
  });
  const warnings = (): readonly string[] => watch.view().warnings.map(({ what }) => what);
  return { clock, watch, health, logged, warnings, changes: () => changes };
}

describe("the store's disk", () => {
  test.each([
    ["a large one with 2.1 GiB left", 2.1, 500, []],
    ["a large one with 1.9 GiB left", 1.9, 500, ["disk-low"]],
    ["a small one with an eighth left", 1, 8, []],
    ["a small one with a sixteenth left", 0.5, 8, ["disk-low"]],
    ["a tiny one with 50 MiB left", 50 / 1024, 0.25, ["disk-low"]],
  ])("%s is judged by its size", (_, free, size, expected) => {
    const { warnings } = world({ freeBytes: free * gibibyte, bytes: size * gibibyte });
    expect(warnings()).toEqual(expected);
  });

  test("that fills up is told of once, a day before, and again when it comes back", async () => {
    const { clock, watch, health, logged, warnings, changes } = world({
      freeBytes: 100 * gibibyte,
      bytes: 500 * gibibyte,
    });
    const grow = async (minutes: number, bytes: number): Promise<void> => {
      for (let n = 0; n < minutes; n += 1) {
        health.bytes += bytes;
        if (health.disk !== undefined) health.disk.freeBytes -= bytes;
        await clock.advance(minute);
      }
    };
    watch.start();
    await grow(9, gibibyte / 10);
    expect(warnings()).toEqual([]);
    await grow(2, gibibyte / 10);
    expect(warnings()).toEqual(["disk-soon-full"]);
    const { fullAt = 0 } = watch.view();
    expect((fullAt - clock.now()) / 3_600_000).toBeCloseTo((98.9 * 10) / 60, 0);
    await grow(20, gibibyte / 10);
    expect(logged).toEqual([expect.stringMatching(/full in about 1\d h at the pace/)]);
    await grow(80, 0);
    expect(warnings()).toEqual([]);
    expect(changes()).toBe(2);
    watch.stop();
  });

  test("room within the file counts, and so does a log that grows", async () => {
    const { clock, watch, health, warnings } = world({
      freeBytes: 3 * gibibyte,
      bytes: 30 * gibibyte,
    });
    health.bytes += 90 * gibibyte;
    health.freeBytes += 90 * gibibyte;
    watch.start();
    for (let n = 0; n < 60; n += 1) {
      health.freeBytes -= gibibyte / 60;
      await clock.advance(minute);
    }
    expect(warnings()).toEqual([]);
    health.logBytes = 0.6 * gibibyte;
    expect(warnings()).toEqual(["log-long"]);
    watch.stop();
  });

  test("is nothing to a store in memory", () => {
    expect(world(undefined).warnings()).toEqual([]);
  });
});
