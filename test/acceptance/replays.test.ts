import { expect, test } from "vitest";
import { callText, flowText, shopText, texts } from "./world/texts.ts";
import { made, World } from "./world/world.ts";

const minuteMs = 60_000;
const twoSteps = callText("erp", "create") + callText("billing", "create");

interface Preview {
  readonly total: number;
  readonly leftOut: number;
  readonly groups: readonly {
    readonly verdict: string;
    readonly name: string;
    readonly count: number;
    readonly members: readonly string[];
    readonly sample: { readonly differences: readonly unknown[] };
  }[];
  readonly refused: readonly { readonly why: string; readonly count: number }[];
}

interface Job {
  readonly number: number;
  readonly status: string;
  readonly total: number;
  readonly pending: number;
  readonly taken: number;
  readonly refused: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly items: readonly Readonly<Record<string, unknown>>[];
}

const post = async (world: World, path: string, body: unknown = {}) => {
  const answer = await world.admin("POST", path, body);
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};

const preview = async (world: World, request: unknown) =>
  (await post(world, "/replays/preview", request)).body as unknown as Preview;

const start = async (world: World, request: unknown) => {
  const { body } = await post(world, "/replays", request);
  return (body["job"] as Job).number;
};

const job = async (world: World, number: number) =>
  (await (await world.admin("GET", `/replays/${number}`)).json()) as Job;

const verdicts = ({ groups }: Preview) =>
  groups.map(({ verdict, name, count }) => `${verdict} ${name} ${count}`);

/** Things that billing never takes: dead letters, half done. */
async function halfDone(count: number, steps = twoSteps): Promise<World> {
  const world = await World.open({
    files: texts({ "flows/process/post-thing.yaml": flowText(steps) }),
  });
  world.partners.answer = ({ system }) => (system === "billing" ? { status: 503 } : {});
  for (let n = 1; n <= count; n += 1)
    await world.deliver(made(`T-${n}`, `key-${n}`, { amount: "5" }));
  await world.advance(5 * minuteMs);
  expect(await world.statuses()).toEqual({ dead: count });
  return world;
}

test("a preview says what would be sent and what is done already, and sends nothing", async () => {
  const world = await halfDone(3);
  const seen = world.partners.seen.length;
  const found = await preview(world, { selection: { flow: "post-thing" } });
  expect(verdicts(found)).toEqual(["same billing.create 3", "done erp.create 3"]);
  expect(found).toMatchObject({ total: 3, leftOut: 0, looked: 3, refused: [] });
  expect(world.partners.seen).toHaveLength(seen);
  expect(await world.statuses()).toEqual({ dead: 3 });
});

test("a canary goes first, and the rest only after a look; what was done is not done again", async () => {
  const world = await halfDone(10);
  world.partners.answer = () => ({});
  const number = await start(world, { selection: { flow: "post-thing" }, canary: 2 });
  await world.advance(minuteMs);
  expect(await job(world, number)).toMatchObject({
    status: "waiting",
    total: 10,
    taken: 2,
    pending: 8,
    outcomes: { done: 2 },
  });
  expect(await world.statuses()).toEqual({ done: 2, dead: 8 });
  expect((await post(world, `/replays/${number}/continue`)).status).toBe(200);
  await world.advance(minuteMs);
  expect(await job(world, number)).toMatchObject({
    status: "done",
    taken: 10,
    outcomes: { done: 10 },
  });
  expect(world.partners.effects("erp").size).toBe(10);
  expect(world.partners.to("erp")).toHaveLength(10);
  expect((await post(world, `/replays/${number}/continue`)).status).toBe(409);
});

test("a canary that waits for a look waits for it after a crash, too, and then goes on", async () => {
  const world = await halfDone(6);
  world.partners.answer = () => ({});
  const number = await start(world, { selection: { flow: "post-thing" }, canary: 2 });
  await world.advance(minuteMs);
  const next = await world.restart();
  await next.advance(10 * minuteMs);
  expect(await job(next, number)).toMatchObject({ status: "waiting", taken: 2, pending: 4 });
  expect(await next.statuses()).toEqual({ done: 2, dead: 4 });
  expect((await post(next, `/replays/${number}/continue`)).status).toBe(200);
  await next.advance(minuteMs);
  expect(await job(next, number)).toMatchObject({ status: "done", outcomes: { done: 6 } });
  expect(next.partners.effects("erp").size).toBe(6);
});

test("a canary that was under way when the process died is not taken for done", async () => {
  const world = await halfDone(6);
  world.partners.answer = ({ system }) => (system === "billing" ? "hang" : {});
  const number = await start(world, { selection: { flow: "post-thing" }, canary: 2 });
  await world.partners.requests(world.partners.seen.length + 2);
  await new Promise(setImmediate);
  const next = await world.restart();
  next.partners.answer = () => ({});
  await next.advance(10 * minuteMs);
  expect(await job(next, number)).toMatchObject({ status: "waiting", taken: 2, pending: 4 });
  expect(await next.statuses()).toEqual({ done: 2, dead: 4 });
});

test("a job takes a few at a time, is stopped by a word, and says so", async () => {
  const world = await halfDone(8);
  world.partners.answer = ({ system }) => (system === "billing" ? "hang" : {});
  const number = await start(world, { selection: { flow: "post-thing" }, atOnce: 3 });
  await world.partners.requests(world.partners.seen.length + 3);
  await new Promise(setImmediate);
  expect(await job(world, number)).toMatchObject({ status: "running", taken: 3, pending: 5 });
  await post(world, `/replays/${number}/stop`);
  expect(await job(world, number)).toMatchObject({ status: "stopped", taken: 3, pending: 5 });
});

test("a job goes on after a crash, and takes nothing twice", async () => {
  const world = await World.open({
    files: texts({ "flows/process/post-thing.yaml": flowText(callText("erp", "create")) }),
  });
  for (let n = 1; n <= 30; n += 1) await world.deliver(made(`T-${n}`, `key-${n}`));
  await world.idle();
  const number = await start(world, { selection: { status: "done" }, begin: "event", atOnce: 5 });
  const next = await world.restart();
  await next.advance(5 * minuteMs);
  expect(await job(next, number)).toMatchObject({
    status: "done",
    taken: 30,
    outcomes: { done: 30 },
  });
  const replays = (await next.serving.store.read.messages({ limit: 100 })).length - 30;
  expect(replays).toBe(30);
  // Every effect is in the ledger: the partner hears nothing of the replays.
  expect(next.partners.to("erp")).toHaveLength(30);
});

test("a changed flow shows as changed members, grouped, and as a conflict where the effect is done", async () => {
  const world = await World.open({
    files: texts({ "flows/process/post-thing.yaml": flowText(callText("erp", "create")) }),
  });
  world.partners.answer = ({ body }) => (body["id"] === "T-1" ? {} : { status: 503 });
  for (const n of [1, 2, 3]) await world.deliver(made(`T-${n}`, `key-${n}`, { amount: "5" }));
  await world.advance(5 * minuteMs);
  world.files = {
    ...world.files,
    "flows/process/post-thing.yaml": flowText(
      callText("erp", "create").replace(
        "${ $message.data }",
        "${ $merge([$message.data, { 'tier': 'gold', 'amount': '7' }]) }",
      ),
    ),
  };
  await world.serving.reload.check();
  const dead = await preview(world, { selection: { flow: "post-thing" }, generation: "current" });
  expect(dead.groups).toMatchObject([
    {
      verdict: "changed",
      name: "erp.create",
      count: 2,
      members: ["/body/amount", "/body/tier"],
      sample: {
        differences: [
          { pointer: "/body/amount", sent: "5", now: "7" },
          { pointer: "/body/tier", now: "gold" },
        ],
      },
    },
  ]);
  const pinned = await preview(world, { selection: { flow: "post-thing" } });
  expect(verdicts(pinned)).toEqual(["same erp.create 2"]);
  const done = await preview(world, { selection: { status: "done" }, begin: "event" });
  expect(verdicts(done)).toEqual(["conflict erp.create 1"]);
});

test("from the bytes as received: a mended webhook mapping makes another event of them, without a signature", async () => {
  const world = await World.open();
  await world.tell(made("T-1", "key-1", { amount: "5" }));
  world.files = {
    ...world.files,
    "flows/system/shop.web-shop.yaml": shopText().replace(
      `when: "$body.type = 'made'"\n        data: "\${ $body.data }"`,
      `when: "$body.type = 'made'"\n        data: "\${ $merge([$body.data, { 'tier': $body.id }]) }"`,
    ),
  };
  await world.serving.reload.check();
  const [message] = await world.serving.store.read.messages({});
  const selection = { ids: [message?.id] };
  expect(verdicts(await preview(world, { selection, begin: "message" }))).toEqual([
    "conflict erp.create 1",
  ]);
  expect(verdicts(await preview(world, { selection, begin: "event" }))).toEqual([
    "done erp.create 1",
  ]);
  await start(world, { selection, begin: "message" });
  await world.idle();
  const run = await world.lastRun();
  expect(run).toMatchObject({ status: "in-doubt", error: { code: "call/effect-conflict" } });
  const again = await world.serving.store.read.message(run.messageId);
  expect(again?.message).toMatchObject({
    data: { id: "T-1", tier: "made-T-1" },
    replayOf: message?.id,
    replay: { by: "ada", job: 1 },
  });
  const api = await preview(world, { selection: { ids: [run.id] }, begin: "message" });
  expect(api.refused).toMatchObject([
    { count: 1, why: expect.stringContaining("holds its place") as unknown },
  ]);
});

test("the records of an issue are replayed together, the oldest first, and the issue closes", async () => {
  const world = await halfDone(3);
  world.partners.answer = () => ({});
  world.partners.seen.length = 0;
  const number = await start(world, { selection: { issue: 1 }, reason: "billing is back" });
  await world.advance(minuteMs);
  expect(await job(world, number)).toMatchObject({
    status: "done",
    reason: "billing is back",
    outcomes: { done: 3 },
  });
  expect(world.partners.to("billing").map(({ body }) => body["id"])).toEqual(["T-1", "T-2", "T-3"]);
  const issue = (await (await world.admin("GET", "/issues/1")).json()) as Record<string, unknown>;
  expect(issue).toMatchObject({ status: "resolved", unsettled: 0 });
});

test("a selection that finds nothing, or makes no sense, is refused with a reason", async () => {
  const world = await World.open();
  for (const [request, why] of [
    [{ selection: { flow: "post-thing" } }, "nothing of that selection waits"],
    [{ selection: {} }, "names nothing"],
    [{ selection: { ids: ["nope"] } }, 'no run or message \\"nope\\"'],
    [{ selection: { issue: 7 } }, "there is no issue 7"],
    [{ selection: { status: "active" } }, "is taken"],
    [{ selection: { flow: "x" }, begin: "yesterday" }, "step, event, message is taken"],
    [{ selection: { flow: "x" }, canary: 0 }, "1 to 1000"],
  ] as const) {
    const { status, body } = await post(world, "/replays", request);
    expect([request, status]).toEqual([request, 400]);
    expect(JSON.stringify(body)).toContain(why);
  }
});

test("other data needs a reason, and both payloads are kept with who and why", async () => {
  const world = await halfDone(1);
  const [letter] = await world.serving.store.read.deadLetters({});
  const runId = letter?.runId ?? "";
  const data = { id: "T-1", key: "key-1", amount: "6" };
  const refused = await post(world, `/runs/${runId}/resume`, { data });
  expect(refused.status).toBe(400);
  expect(JSON.stringify(refused.body)).toContain("reason");
  world.partners.answer = () => ({});
  const reason = "amount was wrong, see mail of the customer";
  expect((await post(world, `/runs/${runId}/resume`, { data, reason })).status).toBe(200);
  await world.idle();
  const edits = await world.serving.store.replays.read.edits(runId);
  expect(edits).toMatchObject([
    { actor: "ada", reason, before: { id: "T-1", amount: "5" }, after: data },
  ]);
  const audit = (await (await world.admin("GET", "/audit")).json()) as { items: unknown[] };
  expect(JSON.stringify(audit.items)).toContain(reason);
  const trace = JSON.stringify(await (await world.admin("GET", "/trace/T-1")).json());
  expect(trace).toContain(reason);
});
