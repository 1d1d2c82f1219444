import { expect, test } from "vitest";
import { decide, intake } from "../../../engine/core/index.ts";
import type { RawOutcome } from "../../../engine/model/request.ts";
import type { Delivery } from "../../../engine/model/delivery.ts";
import { Activity } from "../../../engine/runtime/activity.ts";
import { AdapterQueue } from "../../../engine/runtime/adapter-queue.ts";
import { VirtualClock } from "../../../engine/testing/virtual-clock.ts";
import { adapterText, type Bench, bench, compile, response, workspace } from "./bench.ts";

const minute = 60_000;

interface Setting {
  /** Limits of the ERP's adapter. */
  readonly limits?: string;
  readonly cache?: string;
  readonly more?: string;
}

/** Looks at the ERP, within a second and a half, and tells billing how old the answer was. */
function lookUp({ limits = "", cache, more = "" }: Setting) {
  const kept = cache === undefined ? "" : `\n    cache: ${cache}`;
  return workspace({
    "flows/system/erp.yaml": `system: erp
owner: ops
operations:
  look: { effect: read }
  post: { effect: upsert }
events:
  thing.made: { data: canonical/thing@1 }
`,
    "flows/system/erp.tryton.yaml": adapterText("tryton", "erp", limits).replace(
      /operations:[^]*$/,
      `operations:
  look:
    request: { get: "/things" }
  post:
    request: { post: "/things", body: "\${ $input }" }
`,
    ),
    "flows/process/post-thing.yaml": `flow: post-thing
owner: ops
trigger: { event: erp.thing.made }
key: none
idempotency: { key: "$message.data.id" }
steps:
  - call: erp.look
    id: look
    with: { key: "\${ $message.data.key }" }
    timeout: 1500ms${kept}${more}
  - call: billing.post
    id: told
    with: { stale: "\${ $steps.look.stale ?? null }" }
`,
  });
}

const remembered = "{ fresh: 1m, stale: 24h }";

/** The ERP was asked about `k` a while ago, and its answer is not fresh any more. */
async function warm(setting: Setting): Promise<Bench> {
  const files = lookUp({ cache: remembered, ...setting });
  const made = await bench({ files, world: { rules: { decide, intake } } });
  await made.receive("warm");
  await made.engine.idle();
  await made.advance(5 * minute);
  return made;
}

/** What billing was told since, and how long after it was asked for. */
async function ask(made: Bench, id: string, key = "k") {
  const before = made.partners.to("stripe").length;
  const begun = made.clock.now();
  await made.receive(id, key);
  await made.engine.idle();
  const told = made.partners.to("stripe").slice(before);
  return told.map(({ at, data }) => ({ after: at - begun, data }));
}

const atOnce = [{ after: 0, data: { stale: true } }];

function erp({ partners }: Bench, answer: () => number | RawOutcome | Promise<RawOutcome>): void {
  partners.answer = ({ adapter }) => (adapter === "tryton" ? answer() : 200);
}

const circuit = "circuit: { failures: 2, within: 1m, open: 10m }";

async function down(made: Bench): Promise<void> {
  erp(made, () => 503);
  expect(await ask(made, "down-1")).toEqual(atOnce);
  expect(await ask(made, "down-2")).toEqual(atOnce);
  expect(made.engine.status().adapters).toMatchObject([{ adapter: "tryton", circuit: "open" }, {}]);
}

test("while the circuit is open, the older answer comes at once and the partner is left alone", async () => {
  const made = await warm({ limits: circuit });
  await down(made);
  const asked = made.partners.to("tryton").length;
  expect(await ask(made, "a")).toEqual(atOnce);
  expect(made.partners.to("tryton")).toHaveLength(asked);
});

test("a trace says why a look-up was not sent", async () => {
  const made = await warm({ limits: circuit });
  await down(made);
  await ask(made, "a");
  const [run] = await made.store.read.runs({ limit: 1 });
  const story = JSON.stringify(await made.store.read.trace(run?.id ?? ""));
  expect(story).toContain("not-in-time");
  expect(story).toContain("the partner seems to be down");
});

test("what a slow disk let go only when its time was over is not sent any more", async () => {
  const made = await warm({});
  const { promise: onDisk, resolve } = Promise.withResolvers<void>();
  const commit = made.store.commit.bind(made.store);
  made.store.commit = async (...given) => {
    const committed = await commit(...given);
    await onDisk;
    return committed;
  };
  const asked = made.partners.to("tryton").length;
  const begun = made.signals.next("before-commit");
  await made.receive("a");
  await begun;
  await made.clock.advance(2_000, () => Promise.resolve());
  resolve();
  await made.engine.idle();
  expect(made.partners.to("tryton")).toHaveLength(asked);
  expect(made.partners.to("stripe").at(-1)?.data).toEqual({ stale: true });
  const [run] = await made.store.read.runs({ limit: 1 });
  const story = JSON.stringify(await made.store.read.trace(run?.id ?? ""));
  expect(story).toContain("was over before it could leave");
});

test("a circuit that closes in time is waited for", async () => {
  const made = await warm({ limits: "circuit: { failures: 2, within: 1m, open: 1s }" });
  await down(made);
  erp(made, () => 200);
  expect(await ask(made, "a")).toEqual([]);
  await made.advance(1_000);
  expect(made.partners.to("stripe").at(-1)?.data).toEqual({ stale: false });
});

test.each([
  ["the partner asked for a long rest", "", response(503, { "retry-after": "60" })],
  ["the partner is throttling us", "", response(429, { "retry-after": "60" })],
  ["the budget of the day is spent", "budget: [ { limit: 2, per: 24h } ]", response(503)],
])("where %s, the older answer comes at once", async (_, limits, answer) => {
  const made = await warm({ limits });
  erp(made, () => answer);
  expect(await ask(made, "first")).toEqual(atOnce);
  expect(await ask(made, "a")).toEqual(atOnce);
  expect(made.partners.to("tryton")).toHaveLength(2);
});

test("a rest that ends in time is waited for", async () => {
  const made = await warm({});
  erp(made, () => response(503, { "retry-after": "1" }));
  await ask(made, "first");
  erp(made, () => 200);
  expect(await ask(made, "a")).toEqual([]);
  await made.advance(1_000);
  expect(made.partners.to("stripe").at(-1)?.data).toEqual({ stale: false });
});

test("without an older answer a look-up fails at once, is not tried again, and may be caught", async () => {
  const caught = "\n    catch: [ { steps: [ { set: { stale: nothing }, id: none } ] } ]";
  const made = await warm({ limits: circuit });
  await down(made);
  expect(await ask(made, "other", "never-asked")).toEqual([]);
  expect(await made.statuses()).toMatchObject({ dead: 1 });
  const other = await warm({ limits: circuit, more: caught });
  await down(other);
  expect(await ask(other, "other", "never-asked")).toMatchObject([{ after: 0 }]);
});

test("what a person pauses is not waited for", async () => {
  const made = await warm({});
  await made.engine.pause({ kind: "system", system: "erp" }, "me");
  expect(await ask(made, "a")).toEqual(atOnce);
});

test("without an older answer a pause is waited for as long as the step has", async () => {
  const made = await warm({});
  await made.engine.pause({ kind: "system", system: "erp" }, "me");
  expect(await ask(made, "a", "never-asked")).toEqual([]);
  await made.advance(1_000);
  await made.engine.resume({ kind: "system", system: "erp" }, "me");
  await made.engine.idle();
  expect(made.partners.to("stripe").at(-1)?.data).toEqual({ stale: false });
});

/** The queue of one adapter, and what it sent and gave back; an answer comes when the test gives it. */
function queueOf(limits: string) {
  const clock = new VirtualClock();
  const plan = compile(lookUp({ limits })).adapters.get("tryton");
  if (plan === undefined) throw new Error("the adapter did not compile");
  const answers = new Map<string, (ok: boolean) => void>();
  const back: (readonly [id: string, why: string])[] = [];
  const paused = new Set<string>();
  const activity = new Activity();
  const queue = new AdapterQueue(plan, {
    clock,
    activity,
    send: ({ id }) => new Promise((resolve) => answers.set(id, (ok) => resolve({ ok }))),
    isPaused: ({ id }) => paused.has(id),
    changed: () => {},
    drained: () => {},
    record: () => Promise.resolve(true),
    giveBack: ({ id }, why) => void back.push([id, why]),
    expired: () => {},
  });
  const ask = (id: string, more: Partial<Delivery> = { replaceable: true }): void => {
    const useBefore = clock.now() + 1_500;
    queue.add({ id, useBefore, ...more } as Delivery, 1);
    queue.pump();
  };
  const answer = async (id: string, ok = true): Promise<void> => {
    answers.get(id)?.(ok);
    await new Promise(setImmediate);
  };
  return { queue, clock, ask, answer, back, paused, sent: () => [...answers.keys()] };
}

test("one look-up finds out whether the partner is back, and the others do not wait for it", async () => {
  const { ask, answer, back, clock, sent } = queueOf(
    "circuit: { failures: 1, within: 1m, open: 10m }",
  );
  ask("first");
  await answer("first", false);
  await clock.advance(10 * minute);
  ask("probe");
  ask("replaceable");
  ask("awaited", {});
  expect(sent()).toEqual(["first", "probe"]);
  expect(back).toEqual([["replaceable", "the partner seems to be down"]]);
  await answer("probe", true);
  expect(sent()).toEqual(["first", "probe", "awaited"]);
});

test("those who wait for their turn go back when the circuit opens", async () => {
  const { ask, answer, back, sent } = queueOf(
    "circuit: { failures: 1, within: 1m, open: 10m }\nconcurrency: 1",
  );
  ask("first");
  ask("second");
  expect([sent(), back]).toEqual([["first"], []]);
  await answer("first", false);
  expect([sent(), back]).toEqual([["first"], [["second", "the partner seems to be down"]]]);
});

test("what is paused while it waits for its turn goes back, and what is not goes on", async () => {
  const { queue, ask, answer, back, paused, sent } = queueOf("concurrency: 1");
  for (const id of ["first", "second", "third"]) ask(id);
  paused.add("second");
  queue.pump();
  expect(back).toEqual([["second", "a person paused it"]]);
  await answer("first");
  expect(sent()).toEqual(["first", "third"]);
});

test("behind more than the partner answers in time, nobody waits", async () => {
  const { ask, answer, back, clock, sent } = queueOf("concurrency: 1");
  ask("slow");
  await clock.advance(1_000);
  await answer("slow");
  for (const id of ["under-way", "next", "third", "fourth"]) ask(id);
  expect(sent()).toEqual(["slow", "under-way"]);
  // Answers take a second: the next leaves in one, the one after it in two, which is too late.
  expect(back.map(([id]) => id)).toEqual(["third", "fourth"]);
});

test("behind more than the budget lets go in time, nobody waits", () => {
  const { ask, back, sent } = queueOf("budget: [ { limit: 2, per: 1s } ]\nconcurrency: 9");
  for (const id of ["1", "2", "3", "4", "5", "6"]) ask(id);
  expect(sent()).toEqual(["1", "2"]);
  expect(back.map(([id]) => id)).toEqual(["5", "6"]);
});

test("a partner that hangs is taken to hang on, and one that never answered before is asked", async () => {
  const { ask, back, clock, sent } = queueOf("concurrency: 2");
  ask("x", { useBefore: clock.now() + 10 * minute });
  ask("y", { useBefore: clock.now() + 10 * minute });
  ask("early");
  expect([sent(), back]).toEqual([["x", "y"], []]);
  await clock.advance(1_501);
  ask("late");
  expect(back.map(([id]) => id)).toEqual(["early", "late"]);
});
