import { expect, test } from "vitest";
import { adapterText, callText, flowText, texts } from "./world/texts.ts";
import { World, made } from "./world/world.ts";

const dayMs = 86_400_000;
const schedules = 200;

/** mulberry32: small, seeded, the same everywhere. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below;
  };
}

const twoEffects = () =>
  texts({
    "flows/process/post-thing.yaml": flowText(
      callText("erp", "create") + callText("billing", "create"),
    ),
  });

test(`duplicates, replays, faults and restarts in ${schedules} random schedules make each effect once`, async () => {
  const seed = Number(process.env["SLUICE_TEST_SEED"] ?? 7);
  const random = randomOf(seed);
  const pick = (count: number): number => Math.floor(random(count));
  let world = await World.open({ files: twoEffects() });
  const { partners } = world;
  partners.answer = () => {
    const luck = random(1);
    if (luck < 0.05) return { status: 503 };
    return luck < 0.1 ? "drop" : {};
  };
  for (let schedule = 0; schedule < schedules; schedule += 1) {
    const id = `thing-${schedule}`;
    const others = Array.from({ length: 1 + pick(4) });
    for (const _ of others) {
      await world.deliver(made(id, `key-${pick(5)}`));
      const act = pick(6);
      if (act === 0) await world.advance(pick(20_000));
      if (act === 1) await replaySome(world, pick);
      if (act === 2 && schedule % 10 === 0) world = await world.restart();
    }
  }
  partners.answer = () => ({});
  await world.advance(dayMs);
  for (const { runId } of await world.serving.store.read.deadLetters({ limit: 1_000 })) {
    await world.admin("POST", `/runs/${runId}/resume`, {});
  }
  await world.advance(dayMs);
  const why = `seed ${seed}`;
  expect(await world.serving.store.read.deadLetters({}), why).toEqual([]);
  for (const system of ["erp", "billing"]) {
    expect(partners.effects(system).size, `${system}, ${why}`).toBe(schedules);
    const keys = new Map<unknown, Set<unknown>>();
    for (const { body, headers } of partners.to(system)) {
      const known = keys.get(body["id"]) ?? new Set();
      keys.set(body["id"], known.add(headers["idempotency-key"]));
    }
    expect(
      [...keys.values()].filter(({ size }) => size !== 1),
      `${system}, ${why}`,
    ).toEqual([]);
  }
}, 60_000);

async function replaySome(world: World, pick: (count: number) => number): Promise<void> {
  const messages = await world.serving.store.read.messages({ limit: 5 });
  const message = messages[pick(messages.length)];
  if (message !== undefined) await world.serving.engine.replay(message.id, { by: "ada" });
}

test("a duplicate is found a month later, after restarts, and is told the first answer", async () => {
  const world = await World.open();
  await world.tell(made("1"));
  const first = await world.serving.store.read.messages({});
  const next = await world.restart();
  await next.advance(30 * dayMs);
  const again = await next.deliver(made("1"));
  expect(await again.json()).toMatchObject({ id: first[0]?.id, outcome: "duplicate" });
  await next.tell({ ...made("1"), id: "another delivery of the same thing" });
  expect(next.partners.seen).toHaveLength(1);
});

test("what was sent and not answered is looked up before it is sent again", async () => {
  const lookup = adapterText(
    "erp",
    `lookups:
  thing: { get: "/things", query: { id: "\${ $input.id }" }, found: "$response.body.items[0] ?? null" }
`,
  )
    .replaceAll("in-doubt: { resend: same-key }", "in-doubt: { lookup: thing }")
    .replace("idempotent: { header: Idempotency-Key, valid: 24h }", "");
  const world = await World.open({ files: texts({ "flows/system/erp.erp-one.yaml": lookup }) });
  const taken: unknown[] = [];
  world.partners.answer = ({ method, body, query }) => {
    if (method === "POST") {
      taken.push(body["id"]);
      return taken.length === 1 ? "drop" : {};
    }
    const items = taken.includes(query["id"]) ? [{ id: query["id"], number: "N-1" }] : [];
    return { body: { items } };
  };
  await world.tell(made("1"));
  await world.advance(60_000);
  expect(world.partners.story).toEqual(["erp POST /things 1", "erp GET /things"]);
  expect((await world.lastRun()).results["steps.erpcreate"]).toMatchObject({ number: "N-1" });
});

test("a process that ends at any point leaves nothing undone and nothing doubled", async () => {
  const calm = await World.open({ files: twoEffects() });
  await calm.tell(made("1"), made("2"), made("3", "other"));
  const points = calm.signals.reached.length;
  for (let end = 1; end <= points; end += 5) {
    const world = await World.open({ files: twoEffects() });
    let count = 0;
    const died = new Promise<void>((resolve) => {
      world.signals.on(() => {
        if ((count += 1) === end) resolve();
      });
    });
    const events = [made("1"), made("2"), made("3", "other")];
    const told = Promise.allSettled(events.map((event) => world.deliver(event)));
    await Promise.race([died, told.then(() => world.idle())]);
    const next = await world.restart();
    await told;
    for (const event of events) await next.deliver(event);
    await next.advance(3_600_000);
    expect(await next.statuses(), `ended at ${end}`).toEqual({ done: 3 });
    expect(next.partners.effects("erp").size).toBe(3);
    expect(next.partners.effects("billing").size).toBe(3);
    await next.close();
  }
});

test("what nobody took lies there with its payload, error, attempts, version and what to do", async () => {
  const world = await World.open();
  world.partners.answer = () => ({ status: 503, body: { reason: "closed for stocktaking" } });
  await world.tell(made("1"));
  await world.advance(dayMs);
  const listed = await (await world.admin("GET", "/dead-letters")).text();
  expect(listed).toContain("post-thing");
  const [letter] = await world.serving.store.read.deadLetters({});
  expect(letter).toMatchObject({
    flow: "post-thing",
    status: "dead",
    generation: world.serving.engine.generation().hash,
    attempts: 4,
    failure: { class: "transient" },
  });
  const kept = await world.serving.store.read.message(letter?.messageId ?? "");
  expect(kept?.message.data).toEqual({ id: "1", key: "k" });
  expect(Buffer.from(kept?.raw ?? []).toString()).toContain('"made-1"');
  const run = await world.lastRun();
  expect(run.deliveries.flatMap(({ attempts }) => attempts)).toHaveLength(4);
});

test("a replay says what it is a replay of, repeats no effect, and runs on the version that is asked for", async () => {
  const world = await World.open();
  await world.tell(made("1"));
  const [message] = await world.serving.store.read.messages({});
  const old = world.serving.engine.generation().hash;
  world.files = texts({
    "flows/process/post-thing.yaml": flowText(
      callText("erp", "create") + callText("billing", "create"),
    ),
  });
  await world.serving.reload.check();
  expect(world.serving.engine.generation().hash).not.toBe(old);
  for (const generation of [old, undefined]) {
    const answer = await world.admin(
      "POST",
      `/messages/${message?.id}/replay`,
      generation === undefined ? {} : { generation },
    );
    expect(answer.status).toBe(200);
    await world.idle();
    const run = await world.lastRun();
    expect(run.generation).toBe(generation ?? world.serving.engine.generation().hash);
    expect(run.replayOf).toBe(message?.id);
  }
  expect(world.partners.story).toEqual(["erp POST /things 1", "billing POST /things 1"]);
});

test("a broken workspace changes nothing, and what has begun ends as it began", async () => {
  const files = texts({
    "flows/process/post-thing.yaml": flowText(
      `  - wait: { for: 1h }\n    id: pause\n    lane: release\n${callText("erp", "create")}`,
    ),
  });
  const world = await World.open({ files });
  await world.tell(made("1"));
  const before = world.serving.engine.generation().hash;
  world.files = { ...files, "flows/process/post-thing.yaml": "flow: post-thing\nsteps:\n  - ca" };
  await world.serving.reload.check();
  expect(world.serving.engine.generation().hash).toBe(before);
  expect(world.serving.reload.status()).toMatchObject({ state: "refused" });
  expect(world.reached("reload-refused")).toBeGreaterThan(0);
  world.files = {
    ...files,
    "flows/process/post-thing.yaml": flowText(callText("billing", "create")),
  };
  await world.serving.reload.check();
  await world.tell(made("2", "two"));
  const { read } = world.serving.store;
  const begun = (await read.runs({})).find(({ laneKey }) => laneKey === "k");
  const then = await read.sources(begun?.generation ?? "");
  expect(then).toEqual(files);
  const next = await world.restart();
  await next.advance(3_600_000);
  expect(next.partners.story).toEqual(["billing POST /things 2", "erp POST /things 1"]);
});

test("a long split that the process leaves in the middle does every item once", async () => {
  const count = 600;
  const split = `  - split:
      from: "[1..${count}]"
      key: "$string($item)"
      concurrency: 20
      collect: "\${ $item }"
      steps:
        - call: erp.create
          with: "\${ $merge([$message.data, { 'id': $string($item) }]) }"
    id: all
  - set: { total: "\${ $steps.all.total }", last: "\${ $steps.all.results[-1] }" }
    id: end
`;
  const files = texts({ "flows/process/post-thing.yaml": flowText(split) });
  let world = await World.open({ files });
  await world.deliver(made("1"));
  for (const posts of [100, 250, 400]) {
    const enough = new Promise<void>((resolve) => {
      world.partners.answer = (_, count) => {
        if (count >= posts) resolve();
        return {};
      };
    });
    await Promise.race([enough, world.advance(60_000)]);
    world = await world.restart();
  }
  expect(await world.statuses()).toEqual({ active: 1 });
  // What was in flight is found out about first, a few at a time.
  for (let minutes = 0; minutes < 5 && "active" in (await world.statuses()); minutes += 1) {
    await world.advance(60_000);
  }
  expect(await world.statuses()).toEqual({ done: 1 });
  expect(world.partners.effects("erp").size).toBe(count);
  const { results } = await world.lastRun();
  expect(results["steps.end"]).toEqual({ total: count, last: count });
}, 60_000);
