import { describe, expect, test } from "vitest";
import { callText, flowText, texts } from "./world/texts.ts";
import { made, World } from "./world/world.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

interface Preview {
  readonly groups: readonly {
    readonly verdict: string;
    readonly name: string;
    readonly sample: { readonly differences: readonly unknown[] };
  }[];
  readonly refusal?: string;
  readonly path: string;
}

/** ERP, then billing, then support, which is told what the ERP gave. */
const toldOfErp = callText("support", "create").replace(
  "${ $message.data }",
  "${ $merge([$message.data, { 'tier': $steps.erpcreate.number }]) }",
);
const three = flowText(
  callText("erp", "create", "    undo: { call: erp.cancel, with: '${ $message.data }' }\n") +
    callText("billing", "create") +
    toldOfErp,
  `on-error:
  - call: support.cancel
    id: told
    with: "\${ $message.data }"
`,
);

const open = (flow = three, more: Readonly<Record<string, string>> = {}) =>
  World.open({ files: texts({ "flows/process/post-thing.yaml": flow, ...more }) });

const post = async (world: World, path: string, body: unknown) => {
  const answer = await world.admin("POST", path, body);
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};

/** The step's own run, once all has come to rest. */
async function alone(world: World, runId: string, body: Readonly<Record<string, unknown>>) {
  const answer = await post(world, `/runs/${runId}/replay-step`, body);
  expect([answer.status, answer.body]).toMatchObject([200, { outcome: "accepted" }]);
  await world.idle();
  return world.lastRun();
}

const foresee = async (world: World, runId: string, body: Readonly<Record<string, unknown>>) =>
  (await post(world, `/runs/${runId}/replay-step/preview`, body)).body as unknown as Preview;

const verdicts = ({ groups }: Preview) => groups.map(({ verdict, name }) => `${verdict} ${name}`);

const refused = async (world: World, runId: string, body: Readonly<Record<string, unknown>>) => {
  const { status, body: said } = await post(world, `/runs/${runId}/replay-step`, body);
  return [status, String(said["detail"])] as const;
};

/** A run that ended as failed: billing refused it, and what the ERP had done was undone. */
async function failed(): Promise<{ readonly world: World; readonly runId: string }> {
  const world = await open();
  world.partners.answer = ({ system }) => (system === "billing" ? { status: 422 } : {});
  await world.tell(made("T-1", "key-1"));
  const run = await world.lastRun();
  expect(run.status).toBe("failed");
  return { world, runId: run.id };
}

describe("one step of a run that failed", () => {
  test("is sent with what the steps before gave, and nothing else of the flow is", async () => {
    const { world, runId } = await failed();
    world.partners.answer = () => ({});
    world.partners.seen.length = 0;
    expect(verdicts(await foresee(world, runId, { step: "supportcreate" }))).toEqual([
      "new support.create",
    ]);
    expect(world.partners.seen).toEqual([]);
    const run = await alone(world, runId, { step: "supportcreate", reason: "they were not told" });
    expect(world.partners.story).toEqual(["support POST /things T-1"]);
    expect(world.partners.seen[0]?.body["tier"]).toBe("N-1");
    expect(run).toMatchObject({ status: "done", only: "steps.supportcreate" });
    expect(run.replayOf).toBe((await world.serving.store.read.run(runId))?.messageId);
    expect((await world.serving.store.read.run(runId))?.status).toBe("failed");
  });

  test("is told by the trace and the audit: of what, which step, by whom and why", async () => {
    const { world, runId } = await failed();
    world.partners.answer = () => ({});
    await alone(world, runId, { step: "supportcreate", reason: "they were not told" });
    const only = { path: "steps.supportcreate", runId };
    const trace = (await (await world.admin("GET", "/trace/T-1")).json()) as { items: object[] };
    expect(trace.items).toContainEqual(
      expect.objectContaining({
        kind: "message",
        detail: expect.objectContaining({
          replay: { by: "ada", reason: "they were not told", only },
        }) as unknown,
      }),
    );
    expect(trace.items).toContainEqual(
      expect.objectContaining({
        what: "one-step",
        detail: { path: "steps.supportcreate", of: runId },
      }),
    );
    const audit = (await (await world.admin("GET", "/audit")).json()) as { items: object[] };
    expect(audit.items).toContainEqual(
      expect.objectContaining({
        actor: "ada",
        action: "replay",
        detail: expect.objectContaining({ only, reason: "they were not told" }) as unknown,
      }),
    );
  });

  test("does not settle the issue of that run, and is no answer to its record", async () => {
    const { world, runId } = await failed();
    world.partners.answer = () => ({});
    const before = (await (await world.admin("GET", "/issues/1")).json()) as object;
    expect(before).toMatchObject({ status: "open", unsettled: 1 });
    await alone(world, runId, { step: "supportcreate" });
    expect(await (await world.admin("GET", "/issues/1")).json()).toMatchObject({
      status: "open",
      unsettled: 1,
    });
    await world.deliver({ ...made("T-1", "key-1"), id: "made-T-1-again" });
    await world.idle();
    const runs = await world.serving.store.read.runs({});
    expect(runs.map(({ only }) => only)).toEqual(["steps.supportcreate", undefined]);
  });
});

describe("a step that fails alone", () => {
  test("waits as a dead letter under the same key, and goes on as that one step", async () => {
    const { world, runId } = await failed();
    world.partners.answer = ({ system }) => (system === "support" ? { status: 503 } : {});
    world.partners.seen.length = 0;
    await alone(world, runId, { step: "supportcreate" });
    await world.advance(5 * minuteMs);
    const dead = await world.lastRun();
    expect(dead.status).toBe("dead");
    world.partners.answer = () => ({});
    expect((await post(world, `/runs/${dead.id}/resume`, {})).status).toBe(200);
    await world.idle();
    expect(await world.lastRun()).toMatchObject({ id: dead.id, status: "done" });
    expect(new Set(world.partners.story)).toEqual(new Set(["support POST /things T-1"]));
    expect(world.partners.effects("support").size).toBe(1);
  });

  test("ends as failed where it is refused: no handler speaks, and nothing is undone", async () => {
    const { world, runId } = await failed();
    world.partners.answer = () => ({ status: 422 });
    world.partners.seen.length = 0;
    const run = await alone(world, runId, { step: "supportcreate" });
    expect(run).toMatchObject({ status: "failed", error: { code: "http-422" } });
    expect(world.partners.story).toEqual(["support POST /things T-1"]);
  });

  test("goes to none of its own handlers, and is not passed over by `on-error: continue`", async () => {
    const caught = callText(
      "billing",
      "create",
      "    catch: [{ steps: [{ call: support.cancel, with: '${ $message.data }' }] }]\n",
    );
    const passed = callText("support", "create", "    on-error: continue\n");
    const world = await open(flowText(caught + passed));
    world.partners.answer = ({ path }) => (path === "/things" ? { status: 422 } : {});
    await world.tell(made("T-1", "key-1"));
    const { id, status } = await world.lastRun();
    expect(status).toBe("done");
    world.partners.seen.length = 0;
    for (const step of ["billingcreate", "supportcreate"]) {
      expect(await alone(world, id, { step })).toMatchObject({ status: "failed" });
    }
    expect(world.partners.story).toEqual(["billing POST /things T-1", "support POST /things T-1"]);
  });

  test("is the same one step after a crash", async () => {
    const { world, runId } = await failed();
    world.partners.answer = () => "hang";
    world.partners.seen.length = 0;
    const answer = await post(world, `/runs/${runId}/replay-step`, { step: "supportcreate" });
    expect(answer.status).toBe(200);
    await world.partners.requests(1);
    const next = await world.restart();
    next.partners.answer = () => ({});
    await next.advance(10 * minuteMs);
    expect(await next.lastRun()).toMatchObject({ status: "done", only: "steps.supportcreate" });
    expect(new Set(next.partners.story)).toEqual(new Set(["support POST /things T-1"]));
    expect(next.partners.effects("support").size).toBe(1);
  });
});

describe("a step whose effect is in the ledger", () => {
  async function done() {
    const world = await open(flowText(callText("erp", "create") + callText("billing", "create")));
    await world.tell(made("T-1", "key-1"));
    const { id } = await world.lastRun();
    return { world, runId: id };
  }

  test("is not sent again, and the refusal says what it would take", async () => {
    const { world, runId } = await done();
    const found = await foresee(world, runId, { step: "erpcreate" });
    expect(verdicts(found)).toEqual(["done erp.create"]);
    expect(found.refusal).toContain("by the ledger erp.create of steps.erpcreate is done");
    const [status, why] = await refused(world, runId, { step: "erpcreate" });
    expect(status).toBe(409);
    expect(why).toMatch(/nothing would be sent[^]*`same-key`[^]*`new-key`/);
    expect(await refused(world, runId, { step: "erpcreate", again: "same-key" })).toEqual([
      400,
      '"reason" is missing; a text is taken',
    ]);
    expect(world.partners.to("erp")).toHaveLength(1);
  });

  test("goes again under its key while the partner knows that, and no longer", async () => {
    const { world, runId } = await done();
    const again = { step: "erpcreate", again: "same-key", reason: "the ERP lost a day" };
    expect(verdicts(await foresee(world, runId, again))).toEqual(["same erp.create"]);
    expect(await alone(world, runId, again)).toMatchObject({ status: "done" });
    expect(world.partners.to("erp")).toHaveLength(2);
    expect(world.partners.effects("erp").size).toBe(1);
    expect(world.partners.to("billing")).toHaveLength(1);
    await world.advance(25 * hourMs);
    const [status, why] = await refused(world, runId, again);
    expect(status).toBe(409);
    expect(why).toMatch(/erp-one knows its key no more[^]*new key/);
    expect(await world.statuses()).toEqual({ done: 2 });
  });

  test("goes again as another effect under a key of its own, which every retry has", async () => {
    const { world, runId } = await done();
    world.partners.answer = ({ system }, count) =>
      system === "erp" && count < 5 ? { status: 503 } : {};
    const again = { step: "erpcreate", again: "new-key", reason: "they want two" };
    await alone(world, runId, again);
    await world.advance(5 * minuteMs);
    expect(await world.lastRun()).toMatchObject({ status: "done" });
    expect(world.partners.to("erp")).toHaveLength(4);
    expect(world.partners.effects("erp").size).toBe(2);
    // Neither a replay of the whole nor of the step takes one for the other.
    await post(world, `/messages/${(await world.lastRun()).messageId}/replay`, {});
    await world.idle();
    expect((await refused(world, runId, { step: "erpcreate" }))[0]).toBe(409);
    expect(world.partners.to("erp")).toHaveLength(4);
  });

  test("stops nobody where today's flow makes another request of it: the new one is another effect", async () => {
    const { world, runId } = await done();
    world.files = {
      ...world.files,
      "flows/process/post-thing.yaml": flowText(
        callText("erp", "create").replace(
          "${ $message.data }",
          "${ $merge([$message.data, { 'tier': 'gold' }]) }",
        ),
      ),
    };
    await world.serving.reload.check();
    const found = await foresee(world, runId, { step: "erpcreate", again: "same-key" });
    expect(verdicts(found)).toEqual(["conflict erp.create"]);
    expect(found.refusal).toMatch(/another body[^]*`new-key`/);
    const pinned = { step: "erpcreate", again: "same-key", generation: "pinned" };
    expect(verdicts(await foresee(world, runId, pinned))).toEqual(["same erp.create"]);
    const other = { step: "erpcreate", again: "new-key" };
    const changed = await foresee(world, runId, other);
    expect(verdicts(changed)).toEqual(["changed erp.create"]);
    expect(changed.groups[0]?.sample.differences).toEqual([{ pointer: "/body/tier", now: "gold" }]);
    expect(await alone(world, runId, { ...other, reason: "gold now" })).toMatchObject({
      status: "done",
    });
    expect(world.partners.effects("erp").size).toBe(2);
  });
});

test("it waits its turn in its lane, and for a partner that is paused", async () => {
  const { world, runId } = await failed();
  world.partners.answer = ({ system }) => (system === "billing" ? { status: 503 } : {});
  await world.tell({ ...made("T-2", "key-1"), id: "two" });
  await world.advance(5 * minuteMs);
  world.partners.seen.length = 0;
  const queued = await alone(world, runId, { step: "supportcreate" });
  expect([queued.status, world.partners.story]).toEqual(["queued", []]);
  const [letter] = await world.serving.store.read.deadLetters({});
  await post(world, "/pause", { kind: "system", system: "support" });
  await post(world, `/runs/${letter?.runId}/discard`, { reason: "not wanted" });
  await world.idle();
  expect(world.partners.story).toEqual([]);
  await post(world, "/unpause", { kind: "system", system: "support" });
  await world.idle();
  expect(world.partners.story).toEqual(["support POST /things T-1"]);
});

test("a step in a branch is sent alone; an item's, a handler's and one that sends nothing are refused", async () => {
  const steps = `  - route:
      - when: "$message.data.key = 'key-1'"
        steps:
          - call: erp.create
            id: branched
            with: "\${ $message.data }"
      - else: []
    id: choice
  - split:
      from: "\${ ['a'] }"
      key: "$item"
      steps:
        - call: billing.create
          id: each
          with: "\${ $message.data }"
    id: items
  - call: support.create
    id: note
    with: "\${ $message.data }"
    catch: [{ steps: [{ call: support.cancel, id: handled, with: "\${ $message.data }" }] }]
`;
  const world = await open(flowText(steps));
  await world.tell(made("T-1", "key-1"));
  const { id, status } = await world.lastRun();
  expect(status).toBe("done");
  const again = { again: "same-key", reason: "once more" };
  expect(await alone(world, id, { step: "steps.branched/request", ...again })).toMatchObject({
    status: "done",
  });
  expect(world.partners.to("erp")).toHaveLength(2);
  for (const [step, why] of [
    ["each", 'step "each" of post-thing is in the items of "items"'],
    ["steps.items[a].each", 'is in the items of "items"'],
    ["handled", 'step "handled" of post-thing is in "note"'],
    ["choice", 'step "choice" of post-thing is a route: it sends nothing itself'],
    ["nonesuch", 'post-thing has no step "nonesuch"'],
  ] as const) {
    const [code, said] = await refused(world, id, { step });
    expect([step, code]).toEqual([step, 400]);
    expect(said).toContain(why);
    expect(said).toContain("branched, note can be sent alone");
  }
});

test("what cannot be replayed step by step says why, and what to do", async () => {
  const { world, runId } = await failed();
  world.partners.answer = ({ system }) => (system === "billing" ? { status: 503 } : {});
  await world.tell({ ...made("T-2", "key-2"), id: "two" });
  await world.advance(5 * minuteMs);
  const [letter] = await world.serving.store.read.deadLetters({});
  const step = "supportcreate";
  for (const [id, body, status, why] of [
    ["nope", { step }, 404, 'there is no run "nope"'],
    [letter?.runId ?? "", { step }, 409, "is dead and holds its place; let it go on from its step"],
    [runId, {}, 400, '"step" is missing'],
    [runId, { step, again: "twice" }, 400, "same-key or new-key is taken"],
    [runId, { step, generation: "old" }, 400, "pinned or current is taken"],
  ] as const) {
    const [code, said] = await refused(world, id, body);
    expect([id, body, code]).toEqual([id, body, status]);
    expect(said).toContain(why);
  }
  world.files = {
    ...world.files,
    "flows/process/post-thing.yaml": flowText(callText("erp", "create")),
  };
  await world.serving.reload.check();
  const [code, said] = await refused(world, runId, { step });
  expect(code).toBe(400);
  expect(said).toMatch(/has no step "supportcreate", in today's generation[^]*ask for `pinned`/);
  world.partners.answer = () => ({});
  expect(await alone(world, runId, { step, generation: "pinned" })).toMatchObject({
    status: "done",
  });
});

test("a run whose payloads are over is refused, and one that lost them while it waited parks", async () => {
  const { world, runId } = await failed();
  world.partners.answer = () => ({});
  await post(world, "/pause", { kind: "flow", flow: "post-thing" });
  await alone(world, runId, { step: "supportcreate" });
  await post(world, "/issues/1/resolve", {});
  await world.advance(60_000);
  const before = new Date(world.clock.now()).toISOString();
  expect((await post(world, "/purge", { class: "payloads", before })).status).toBe(200);
  await world.advance(60_000);
  expect((await world.serving.store.read.run(runId))?.emptiedAt).toBeDefined();
  const [code, said] = await refused(world, runId, { step: "supportcreate" });
  expect(code).toBe(409);
  expect(said).toMatch(/went on \d{4}-\d\d-\d\d: its retention is over; replay its message whole/);
  await post(world, "/unpause", { kind: "flow", flow: "post-thing" });
  await world.idle();
  expect(await world.lastRun()).toMatchObject({
    status: "invalid",
    error: { code: "replay/results-gone" },
  });
  expect(world.partners.to("support").filter(({ path }) => path === "/things")).toEqual([]);
});

test("to send what is done already needs the right to speak against the ledger", async () => {
  const world = await World.open({
    files: texts({
      "flows/process/post-thing.yaml": flowText(callText("erp", "create")),
      "sluice.yaml": `${texts()["sluice.yaml"] ?? ""}roles:
  operator: [runs.read, runs.replay]
`,
    }),
    env: { SLUICE_API_TOKEN_OPERATOR: "operator-token" },
  });
  await world.tell(made("T-1", "key-1"));
  const { id } = await world.lastRun();
  const ask = (body: unknown) =>
    fetch(`${world.serving.url}/admin/v1/runs/${id}/replay-step`, {
      method: "POST",
      headers: { authorization: "Bearer operator-token", "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  expect((await ask({ step: "erpcreate" })).status).toBe(409);
  const denied = await ask({ step: "erpcreate", again: "same-key", reason: "lost" });
  expect(denied.status).toBe(403);
  expect(await denied.text()).toContain("runs.edit");
});

test("an event that was not emitted is emitted alone; one that was is a message to be replayed", async () => {
  const tells = `  - emit: thing.posted
    id: told
    with: "\${ $message.data }"
`;
  const world = await open(
    flowText(
      callText("billing", "create") + tells,
      "emits: { thing.posted: { data: canonical/thing@1 } }\n",
    ),
    {
      "flows/process/note-thing.yaml": flowText(callText("support", "create"))
        .replace("post-thing", "note-thing")
        .replace("shop.thing.made", "thing.posted"),
    },
  );
  world.partners.answer = ({ system }) => (system === "billing" ? { status: 422 } : {});
  await world.tell(made("T-1", "key-1"));
  const { id, status } = await world.lastRun();
  expect([status, world.partners.to("support")]).toEqual(["failed", []]);
  expect(verdicts(await foresee(world, id, { step: "told" }))).toEqual(["new thing.posted"]);
  expect(world.partners.to("support")).toEqual([]);
  await alone(world, id, { step: "told" });
  expect(world.partners.to("support")).toHaveLength(1);
  await alone(world, id, { step: "told" });
  expect(world.partners.to("support")).toHaveLength(1);
  world.partners.answer = () => ({});
  await world.tell(made("T-2", "key-2"));
  const whole = await world.lastRun();
  expect(whole.status).toBe("done");
  const [code, said] = await refused(world, whole.id, { step: "told" });
  expect(code).toBe(409);
  expect(said).toMatch(/that is a message of its own[^]*sluice messages --type thing\.posted/);
});

test("what a person mended in the data of the run is what the step sees, and is said to be", async () => {
  const world = await open(flowText(callText("billing", "create") + callText("support", "create")));
  world.partners.answer = ({ system }) => (system === "billing" ? { status: 503 } : {});
  await world.tell(made("T-1", "key-1", { amount: "5" }));
  await world.advance(5 * minuteMs);
  const { id } = await world.lastRun();
  world.partners.answer = ({ system }) => (system === "support" ? { status: 422 } : {});
  const data = { id: "T-1", key: "key-1", amount: "6" };
  await post(world, `/runs/${id}/resume`, { data, reason: "the amount was wrong" });
  await world.idle();
  expect((await world.lastRun()).status).toBe("failed");
  world.partners.answer = () => ({});
  expect(verdicts(await foresee(world, id, { step: "supportcreate" }))).toEqual([
    "same support.create",
  ]);
  const run = await alone(world, id, { step: "supportcreate" });
  expect(world.partners.to("support").map(({ body }) => body["amount"])).toEqual(["6", "6"]);
  const message = await world.serving.store.read.message(run.messageId);
  expect(message?.message.replay).toMatchObject({ by: "ada", edited: true });
});

describe("one step of many runs", () => {
  const sells = flowText(callText("erp", "create") + callText("support", "create"));

  async function many(count: number): Promise<World> {
    const world = await open(sells);
    for (let n = 1; n <= count; n += 1) await world.deliver(made(`T-${n}`, `key-${n}`));
    await world.idle();
    expect(await world.statuses()).toEqual({ done: count });
    world.partners.seen.length = 0;
    return world;
  }

  const job = async (world: World) =>
    (await (await world.admin("GET", "/replays/1")).json()) as Record<string, unknown>;

  const lost = { selection: { status: "done" }, step: "supportcreate", again: "same-key" };

  test("is foreseen, taken a canary first, and nothing else is sent", async () => {
    const world = await many(8);
    const found = (await post(world, "/replays/preview", lost)).body as unknown as Preview;
    expect(found).toMatchObject({ total: 8, looked: 8, refused: [] });
    expect(found.groups).toMatchObject([{ verdict: "same", name: "support.create", count: 8 }]);
    const made = await post(world, "/replays", { ...lost, canary: 2, reason: "they lost a day" });
    expect(made.status).toBe(200);
    await world.advance(minuteMs);
    expect(await job(world)).toMatchObject({ status: "waiting", taken: 2, outcomes: { done: 2 } });
    const next = await world.restart();
    await post(next, "/replays/1/continue", {});
    await next.advance(minuteMs);
    expect(await job(next)).toMatchObject({ status: "done", taken: 8, outcomes: { done: 8 } });
    expect(next.partners.to("erp")).toEqual([]);
    expect(next.partners.to("support").map(({ body }) => body["id"])).toEqual(
      Array.from({ length: 8 }, (_, n) => `T-${n + 1}`),
    );
    expect(next.partners.effects("support").size).toBe(8);
  });

  test("is refused run by run where it cannot be, with the reason", async () => {
    const world = await many(2);
    world.partners.answer = () => ({ status: 503 });
    await world.deliver(made("T-3", "key-3"));
    await world.advance(5 * minuteMs);
    const runs = await world.serving.store.read.runs({});
    const ids = runs.map(({ id }) => id);
    world.partners.answer = () => ({});
    world.partners.seen.length = 0;
    const request = { selection: { ids }, step: "supportcreate" };
    const found = (await post(world, "/replays/preview", request)).body;
    expect(found).toMatchObject({ total: 3, looked: 3 });
    expect(JSON.stringify(found["refused"])).toMatch(/is dead and holds its place/);
    await post(world, "/replays", request);
    await world.advance(minuteMs);
    const { items, refused: count } = await job(world);
    expect(count).toBe(3);
    expect(JSON.stringify(items)).toMatch(
      /by the ledger support\.create of steps\.supportcreate is done/,
    );
    expect(JSON.stringify(items)).toMatch(/is dead and holds its place/);
    expect(world.partners.seen).toEqual([]);
  });

  test("needs a reason for what is done, and begins at itself", async () => {
    const world = await many(1);
    for (const [request, why] of [
      [lost, '\\"reason\\" is missing'],
      [{ ...lost, step: undefined, reason: "x" }, '\\"step\\" is missing'],
      [{ ...lost, begin: "message", reason: "x" }, "one step alone begins at itself"],
      [{ ...lost, again: "twice", reason: "x" }, "same-key or new-key is taken"],
    ] as const) {
      const { status, body } = await post(world, "/replays", request);
      expect([request, status]).toEqual([request, 400]);
      expect(JSON.stringify(body)).toContain(why);
    }
  });
});

test("an older state than what was applied since is superseded, as everything is", async () => {
  const world = await open(flowText(callText("erp", "create"), "order: latest\n"));
  world.partners.answer = () => ({ status: 422 });
  await world.tell({ ...made("T-1"), sequence: 1 });
  const { id, status } = await world.lastRun();
  expect(status).toBe("failed");
  world.partners.answer = () => ({});
  await world.tell({ ...made("T-2"), id: "two", sequence: 2 });
  world.partners.seen.length = 0;
  expect(await alone(world, id, { step: "erpcreate" })).toMatchObject({ status: "superseded" });
  expect(world.partners.seen).toEqual([]);
});
