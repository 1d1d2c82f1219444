import { expect, test } from "vitest";
import { Activity } from "../../../engine/runtime/activity.ts";

/** Something that is under way until it is let go. */
function gate() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { work: () => promise, open: resolve };
}

/** Whether nothing is under way, once all that is ready has run. */
async function isIdle(activity: Activity): Promise<boolean> {
  let idle = false;
  void activity.idle().then(() => (idle = true));
  await new Promise(setImmediate);
  return idle;
}

test("several that rest at once leave nothing under way, and count again when they wake", async () => {
  const activity = new Activity();
  const wakes: (() => void)[] = [];
  const [one, two] = [gate(), gate()];
  const resting =
    ({ work }: ReturnType<typeof gate>) =>
    async () => {
      await activity.rest((wake) => wakes.push(wake));
      await work();
    };
  const round = activity.track(() => activity.all([resting(one), resting(two)]));
  expect(await isIdle(activity)).toBe(true);
  for (const wake of wakes) wake();
  expect(await isIdle(activity)).toBe(false);
  one.open();
  expect(await isIdle(activity)).toBe(false);
  two.open();
  await round;
  expect(await isIdle(activity)).toBe(true);
});

test("while some rest, what else is under way counts", async () => {
  const activity = new Activity();
  const wakes: (() => void)[] = [];
  const rests = () => activity.rest((wake) => wakes.push(wake));
  const work = gate();
  const round = activity.track(() => activity.all([rests, rests, work.work]));
  expect(await isIdle(activity)).toBe(false);
  work.open();
  expect(await isIdle(activity)).toBe(true);
  for (const wake of wakes) wake();
  await round;
  expect(await isIdle(activity)).toBe(true);
});

test("of nothing, nothing is under way", async () => {
  const activity = new Activity();
  await activity.track(() => activity.all([]));
  expect(await isIdle(activity)).toBe(true);
});
