import { expect, test } from "vitest";
import { bench } from "./bench.ts";

/** Runs that were claimed, by way of the store's port. */
function watched(): {
  readonly claimed: string[];
  readonly spy: (at: Awaited<ReturnType<typeof bench>>) => void;
} {
  const claimed: string[] = [];
  return {
    claimed,
    spy({ store }) {
      const claim = store.claim.bind(store);
      store.claim = async (...given) => {
        const runs = await claim(...given);
        claimed.push(...runs.map(({ snapshot }) => snapshot.id));
        return runs;
      };
    },
  };
}

test("a run that nothing is before begins with its message, unclaimed", async () => {
  const at = await bench();
  await at.engine.idle();
  const { claimed, spy } = watched();
  spy(at);
  const answer = await at.receive("1");
  expect(answer).toMatchObject({
    outcome: "accepted",
    runs: [{ flow: expect.any(String) as string }],
  });
  await at.engine.idle();
  expect(await at.statuses()).toEqual({ done: 1 });
  expect(claimed).toEqual([]);
});

test("a duplicate whose decision was made in vain changes nothing", async () => {
  const at = await bench();
  await at.receive("1");
  await at.engine.idle();
  const sent = at.partners.requests.length;
  expect(await at.receive("1")).toMatchObject({ outcome: "duplicate" });
  await at.engine.idle();
  expect(at.partners.requests).toHaveLength(sent);
  expect(at.engine.status().backlog).toBe(0);
});

test("one lane's runs keep their order where only the first may begin at once", async () => {
  const at = await bench();
  await Promise.all(["1", "2", "3", "4"].map((id) => at.receive(id)));
  await at.engine.idle();
  expect(await at.statuses()).toEqual({ done: 4 });
  const order = at.partners.requests.map(({ data }) => (data as { id?: string }).id ?? "");
  expect(order).toEqual(order.toSorted());
});

test("after a crash nothing is decided before it is on disk, for a minute", async () => {
  const before = await bench();
  before.crash();
  const at = await bench({ after: before });
  const { claimed, spy } = watched();
  spy(at);
  await at.receive("1");
  await at.engine.idle();
  expect(claimed).toHaveLength(1);
  await at.advance(60_000);
  await at.receive("2");
  await at.engine.idle();
  expect(claimed).toHaveLength(1);
  expect(await at.statuses()).toEqual({ done: 2 });
});
