import { expect, test } from "vitest";
import { callText, flowText, shopText, texts } from "./world/texts.ts";
import { World, made } from "./world/world.ts";

const idsOf = (world: World, system = "erp") =>
  world.partners.to(system).map(({ body }) => body["id"]);

test("messages of one key that come as 3, 1, 2 are sent as 1, 2, 3, and no other key waits", async () => {
  const files = texts({
    "flows/system/shop.web-shop.yaml": shopText().replace(
      'sequence: "$body.sequence"',
      'sequence: "$body.data.version"',
    ),
    "flows/process/post-thing.yaml": flowText(callText("erp", "create"), "order: gapless"),
  });
  const world = await World.open({ files });
  await world.tell(made("three", "k", { version: 3 }), made("other", "o", { version: 1 }));
  const before = idsOf(world);
  await world.tell(made("one", "k", { version: 1 }), made("two", "k", { version: 2 }));
  expect(before).toContain("other");
  expect(idsOf(world).filter((id) => id !== "other")).toEqual(["one", "two", "three"]);
});

test("a gap is waited for as long as the flow says, over a restart, and then passed over", async () => {
  const files = texts({
    "flows/system/shop.web-shop.yaml": shopText().replace(
      'sequence: "$body.sequence"',
      'sequence: "$body.data.version"',
    ),
    "flows/process/post-thing.yaml": flowText(
      callText("erp", "create"),
      "order: gapless\ngap: 10m",
    ),
  });
  const world = await World.open({ files });
  await world.tell(made("one", "k", { version: 1 }), made("three", "k", { version: 3 }));
  await world.advance(599_000);
  expect(idsOf(world)).toEqual(["one"]);
  const next = await world.restart();
  await next.advance(2_000);
  expect(idsOf(next)).toEqual(["one", "three"]);
  // Too late: something newer was applied, and that is said.
  await next.tell(made("two", "k", { version: 2 }));
  expect(idsOf(next)).toEqual(["one", "three"]);
  const run = await next.lastRun();
  expect(run.status).toBe("superseded");
  expect(run.history.map(({ what }) => what)).toContain("superseded");
});

test("a child that comes before its parent waits for it, within its time, and no other waits", async () => {
  const files = texts({
    "flows/process/post-thing.yaml": flowText(
      callText("erp", "create") + `  - remember: { parents: "\${ { $message.data.id: true } }" }\n`,
      `lane: accounts
state: { parents: {} }
hold-back:
  while: "$exists($message.data.tier) and $not($exists($lookup($state.parents, $message.data.tier)))"
  within: 1h
  otherwise: invalid`,
    ),
  });
  const world = await World.open({ files });
  await world.tell(
    made("child", "family", { tier: "parent" }),
    made("stranger", "other"),
    made("orphan", "family", { tier: "nobody" }),
  );
  expect(idsOf(world)).toEqual(["stranger"]);
  expect(await world.statuses()).toEqual({ held: 2, done: 1 });
  await world.advance(600_000);
  await world.tell(made("parent", "family"));
  expect(idsOf(world)).toEqual(["stranger", "parent", "child"]);
  await world.advance(3_600_000);
  const [letter] = await world.serving.store.read.deadLetters({});
  expect(letter).toMatchObject({ status: "invalid", failure: { code: "core/held-back-too-long" } });
});

test("an older version that comes after a newer one was applied is not written", async () => {
  const files = texts({
    "flows/system/shop.web-shop.yaml": shopText().replace(
      'sequence: "$body.sequence"',
      'sequence: "$body.data.version"',
    ),
    "flows/process/post-thing.yaml": flowText(callText("erp", "create"), "order: latest"),
  });
  const world = await World.open({ files });
  await world.tell(made("five", "k", { version: 5 }), made("four", "k", { version: 4 }));
  expect(idsOf(world)).toEqual(["five"]);
  expect(await world.statuses()).toEqual({ done: 1, superseded: 1 });
});

test("one bad message blocks its own key only", async () => {
  const world = await World.open();
  world.partners.answer = ({ body }) => (body["id"] === "bad" ? { status: 503 } : {});
  await world.tell(made("bad", "a"), made("next", "a"), made("fine", "b"));
  await world.advance(3_600_000);
  expect(idsOf(world).filter((id) => id !== "bad")).toEqual(["fine"]);
  const [letter] = await world.serving.store.read.deadLetters({});
  expect(letter).toMatchObject({ laneKey: "a", blocked: 1 });
});

test("when one of three partners fails, the others stay done and only its leg is tried again", async () => {
  const legs = ["erp", "billing", "support"].map(
    (system) => `      - - call: ${system}.create
          id: ${system}
          with: "\${ $message.data }"
`,
  );
  const files = texts({
    "flows/process/post-thing.yaml": flowText(`  - parallel:\n${legs.join("")}`),
  });
  const world = await World.open({ files });
  let isDown = true;
  world.partners.answer = ({ system }) => (system === "support" && isDown ? { status: 503 } : {});
  await world.tell(made("1"));
  isDown = false;
  await world.advance(60_000);
  expect(await world.statuses()).toEqual({ done: 1 });
  expect(world.partners.to("erp")).toHaveLength(1);
  expect(world.partners.to("billing")).toHaveLength(1);
  expect(world.partners.to("support")).toHaveLength(2);
});

test("an event for a partner that is down is delivered once it is back, and what waits can be seen", async () => {
  const files = texts({
    "flows/process/post-thing.yaml": flowText(
      callText("support", "create", "    retry: { max: 100, backoff: 1m, factor: 1 }\n"),
    ),
  });
  const world = await World.open({ files });
  world.partners.answer = () => ({ status: 503 });
  await world.tell(made("1"));
  await world.advance(30 * 60_000);
  const [run] = (await world.serving.store.read.runs({})).filter(
    ({ endedAt }) => endedAt === undefined,
  );
  expect(world.clock.now() - (run?.startedAt ?? 0)).toBe(30 * 60_000);
  expect(world.serving.engine.status().backlog).toBe(1);
  const next = await world.restart();
  next.partners.answer = () => ({});
  await next.advance(60_000);
  expect(await next.statuses()).toEqual({ done: 1 });
  expect(next.partners.effects("support").size).toBe(1);
});

test("our own write that comes back calls nobody", async () => {
  const files = texts({
    "flows/system/shop.web-shop.yaml": shopText(`    echo: "$body.data.region = 'ours'"`),
  });
  const world = await World.open({ files });
  await world.tell(made("1", "k", { region: "ours" }), made("2", "k", { region: "theirs" }));
  expect(world.partners.story).toEqual(["erp POST /things 2"]);
});

test("a schedule that was missed runs as its policy says", async () => {
  for (const [missed, ticks] of [
    ["run-once", 1],
    ["run-all", 3],
    ["skip", 0],
  ] as const) {
    const files = texts({
      "flows/process/nightly.yaml": `flow: nightly
owner: ops
trigger: { schedule: { every: 1h, missed: ${missed} } }
key: none
steps:
  - call: erp.create
    with: { id: "\${ $message.data.scheduledAt }", key: k }
`,
    });
    const world = await World.open({ files });
    await world.advance(3_600_000);
    expect(world.partners.seen).toHaveLength(1);
    await world.close();
    await world.clock.advance(3 * 3_600_000 + 60_000);
    const next = await World.open({ after: world });
    await expect.poll(() => next.partners.seen.length).toBe(1 + ticks);
    await next.idle();
    const runs = await next.serving.store.read.runs({ flow: "nightly" });
    expect(runs).toHaveLength(1 + ticks);
    const audits = await next.serving.store.read.audits({});
    expect(audits.filter(({ action }) => action === "missed")).toMatchObject([
      { target: "flow nightly", detail: { policy: missed, missed: 3, run: ticks } },
    ]);
    await next.advance(3_600_000);
    expect(next.partners.seen).toHaveLength(2 + ticks);
    await next.close();
  }
});
