import { describe, expect, test } from "vitest";
import { ClockWatch } from "../../../engine/governance/index.ts";
import { VirtualClock } from "../../../engine/testing/virtual-clock.ts";

const minute = 60_000;

/** A clock whose machine may be told another time. */
class SetClock extends VirtualClock {
  error = 0;

  override wall(): number {
    return super.wall() + this.error;
  }
}

function world() {
  const clock = new SetClock();
  const logged: string[] = [];
  let changes = 0;
  const watch = new ClockWatch({
    clock,
    log: { write: (_level, message) => void logged.push(message) },
    changed: () => {
      changes += 1;
    },
  });
  const messages = (): readonly string[] => watch.view().warnings.map(({ message }) => message);
  /** A partner whose clock is ahead by so much answers so often. */
  const answer = (adapter: string, ms: number, times = 1, more = {}): void => {
    for (let n = 0; n < times; n += 1)
      watch.answered(adapter, { date: new Date(clock.now() + ms).toUTCString(), ...more });
  };
  return { clock, watch, logged, messages, answer, changes: () => changes };
}

describe("the machine's clock", () => {
  test("that is set back is told of within a minute, once, for an hour", async () => {
    const { clock, watch, logged, messages, changes } = world();
    watch.start();
    await clock.advance(5 * minute);
    expect([messages(), changes()]).toEqual([[], 0]);
    clock.error = -90 * minute;
    await clock.advance(minute);
    expect(messages()).toEqual(["the machine's clock was set back by 90 min"]);
    expect(watch.view()).toMatchObject({ jumps: 1, lastJump: { ms: -90 * minute } });
    await clock.advance(58 * minute);
    expect([logged, changes()]).toEqual([messages(), 1]);
    await clock.advance(3 * minute);
    expect([messages(), changes(), watch.view().jumps]).toEqual([[], 2, 1]);
    watch.stop();
  });

  test("that goes forward may have slept, and each jump is told of", async () => {
    const { clock, watch, logged } = world();
    watch.start();
    clock.error = 5_000;
    await clock.advance(minute);
    clock.error = 125_000;
    await clock.advance(minute);
    expect(logged).toEqual([
      "the machine's clock was set forward, or the machine slept, by 5 s",
      "the machine's clock was set forward, or the machine slept, by 120 s",
    ]);
    watch.stop();
  });

  test("may be slewed", async () => {
    const { clock, watch, messages } = world();
    watch.start();
    for (let n = 1; n <= 20; n += 1) {
      clock.error = n * 500;
      await clock.advance(minute);
    }
    expect([messages(), watch.view().jumps]).toEqual([[], 0]);
    watch.stop();
  });
});

describe("a partner's clock", () => {
  test.each([
    [40_000, "the clock of erp is 40 s ahead of this machine's, by the Date of its answers"],
    [-600_000, "the clock of erp is 10 min behind this machine's, by the Date of its answers"],
  ])("that is off by %i ms is told of at the third answer, and until it agrees", (ms, message) => {
    const { answer, messages, logged, changes } = world();
    answer("erp", ms, 2);
    expect(messages()).toEqual([]);
    answer("erp", ms, 20);
    expect([messages(), logged, changes()]).toEqual([[message], [message], 1]);
    answer("crm", 0, 3);
    expect(messages()).toEqual([message]);
    answer("erp", 0);
    expect([messages(), changes()]).toEqual([[], 2]);
  });

  test("that tells whole seconds is not off by a part of one, nor is an old answer of a cache", async () => {
    const { clock, answer, watch, messages } = world();
    await clock.advance(900);
    answer("erp", 0, 3);
    expect(watch.view().skews).toEqual([{ adapter: "erp", ms: 0, isFar: false }]);
    answer("crm", -600_000, 9, { age: "600" });
    watch.answered("billing", { date: "yesterday" });
    watch.answered("billing", {});
    expect([watch.view().skews.length, messages()]).toEqual([1, []]);
  });

  test("is not known any more an hour after its last answer", async () => {
    const { clock, watch, answer, messages, changes } = world();
    watch.start();
    answer("erp", 60_000, 3);
    await clock.advance(61 * minute);
    expect([messages(), watch.view().skews, changes()]).toEqual([[], [], 2]);
    watch.stop();
  });
});
