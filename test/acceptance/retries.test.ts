import { expect, test } from "vitest";
import { World, made } from "./world/world.ts";

test("a step is retried at the times of its policy, and never for what its partner refused", async () => {
  const world = await World.open();
  world.partners.answer = () => ({ status: 503 });
  const start = world.clock.now();
  await world.tell(made("1"));
  await world.advance(24 * 3_600_000);
  expect(world.partners.seen.map(({ at }) => at - start)).toEqual([0, 10_000, 30_000, 70_000]);
  expect(await world.statuses()).toEqual({ dead: 1 });

  world.partners.answer = () => ({ status: 422 });
  await world.tell(made("2", "another"));
  await world.advance(24 * 3_600_000);
  expect(world.partners.seen).toHaveLength(5);
  expect(await world.statuses()).toEqual({ dead: 1, failed: 1 });
});
