import { expect, test } from "vitest";
import { adapterText, callText, flowText, texts } from "./world/texts.ts";
import { World } from "./world/world.ts";

const total = 2_000;
const pageSize = 40;

/** An ERP that tells its changes a page at a time, by cursor. */
const withPoll = (adapter = "", poll = "") =>
  texts({
    "flows/system/erp.yaml": `system: erp
owner: ops
operations:
  create: { input: canonical/thing@1, effect: create }
  cancel: { input: canonical/thing@1, effect: update }
  find: { input: canonical/thing@1, effect: read }
events: { thing.changed: { data: canonical/thing@1 } }
`,
    "flows/system/erp.erp-one.yaml": adapterText(
      "erp",
      adapter,
      `polls:
  changes:
    every: 1h
    get: /changes
    query: { after: "\${ $cursor.after ?? $cursor }" }
    items: "$response.body.rows"
    page:
      items: "$response.body.rows"
      next: { after: "$response.body.next" }
      while: "$response.body.more"
      max: 100000
    cursor: { value: "$item.number", start: 0 }
    dedupe: "$string($item.number)"
${poll}    events:
      - event: erp.thing.changed
        data: { id: "\${ $string($item.number) }", key: "\${ $string($item.number % 50) }" }
`,
    ),
    "flows/process/post-thing.yaml": flowText(
      `  - set: { seen: "\${ $message.data.id }" }\n    id: seen\n`,
    ).replace(
      "{ event: shop.thing.made }",
      `{ event: erp.thing.changed, where: "$number($message.data.id) % 10 = 0" }`,
    ),
    "flows/process/make-thing.yaml": flowText(callText("erp", "create")).replace(
      "flow: post-thing",
      "flow: make-thing",
    ),
  });

function page(after: number, { size = pageSize, of = total } = {}) {
  const rows = Array.from({ length: Math.min(size, of - after) }, (_, index) => ({
    number: after + index + 1,
  }));
  const next = after + rows.length;
  return { body: { rows, next, more: next < of } };
}

test("a pull that ends at page 37 goes on there, and takes every record once", async () => {
  const world = await World.open({
    files: withPoll(),
    arrange: ({ partners }) => {
      partners.answer = ({ query }, count) =>
        count === 37 ? "hang" : page(Number(query["after"] ?? 0));
    },
  });
  await world.partners.requests(37);
  const { partners } = world;
  partners.answer = ({ query }) => page(Number(query["after"] ?? 0));
  const next = await world.restart();
  await partners.requests(total / pageSize + 1);
  await next.idle();
  expect(await next.serving.store.read.counts()).toMatchObject({
    messages: total,
    done: total / 10,
  });
  const asked = partners.seen.map(({ query }) => Number(query["after"] ?? 0));
  expect(asked.slice(36, 38)).toEqual([36 * pageSize, 36 * pageSize]);
  expect(asked).toHaveLength(total / pageSize + 1);
});

test("a poll keeps to the budget of its partner, and to the rest that it asks for", async () => {
  const world = await World.open({
    files: withPoll("budget: [{ limit: 2, per: 1m }]"),
    arrange: ({ partners }) => {
      partners.answer = ({ query }, count) =>
        count === 5
          ? { status: 429, headers: { "retry-after": "600" } }
          : page(Number(query["after"] ?? 0), { size: 5, of: 50 });
    },
  });
  const start = world.clock.now();
  await world.partners.requests(2);
  await world.idle();
  expect(world.partners.seen).toHaveLength(2);
  await world.advance(30 * 60_000);
  const times = world.partners.seen.map(({ at }) => at - start);
  for (const [index, at] of times.entries()) {
    expect(at - (times[index - 2] ?? -Infinity)).toBeGreaterThanOrEqual(60_000);
  }
  expect(times[5] ?? 0).toBeGreaterThanOrEqual((times[4] ?? 0) + 600_000);
});

test("a poll asks nobody while its partner is paused or seems to be down", async () => {
  const world = await World.open({
    files: withPoll("circuit: { failures: 3, within: 10m, open: 30m }"),
    arrange: ({ partners }) => {
      partners.answer = () => ({ status: 503 });
    },
  });
  await world.partners.requests(1);
  await world.advance(20 * 60_000);
  expect(world.partners.seen).toHaveLength(3);
  await world.serving.engine.pause({ kind: "system", system: "erp" }, "ada");
  await world.advance(2 * 3_600_000);
  expect(world.partners.seen).toHaveLength(3);
  await world.serving.engine.resume({ kind: "system", system: "erp" }, "ada");
  await world.partners.requests(4);
});

test("a time that a mapping makes for a poll goes out as the partner writes times", async () => {
  const files = withPoll(
    "codec: { tag: __class__, types: { date-time: { tag: datetime, fields: { year: year, hour: hour } } } }\n",
  );
  const adapter = "flows/system/erp.erp-one.yaml";
  const polled = (files[adapter] ?? "").replace(
    /get: \/changes\n {4}query: .*\n/,
    "post: /changes\n    body: { map: erp/since, with: { since: \"${ '2026-11-26T10:00:00Z' }\" } }\n",
  );
  expect(polled).toContain("erp/since");
  const schema = (title: string) =>
    JSON.stringify({
      title,
      owner: "ops",
      type: "object",
      required: ["since"],
      properties: { since: { type: "string", format: "date-time" } },
    });
  const world = await World.open({
    files: {
      ...files,
      [adapter]: polled,
      "mappings/erp/since.yaml":
        "mapping: erp/since\nfrom: vendor/erp/asked\nto: vendor/erp/since\n",
      "mappings/erp/since.jsonata": `{ "since": since }`,
      "schemas/vendor/erp/asked.json": schema("Asked"),
      "schemas/vendor/erp/since.json": schema("Since"),
    },
    arrange: ({ partners }) => {
      partners.answer = () => page(total);
    },
  });
  await world.partners.requests(1);
  expect(world.partners.seen[0]?.body).toEqual({
    since: { __class__: "datetime", year: 2026, hour: 10 },
  });
});

test("a page is taken only as far as there is room in the backlog, the rest once there is some", async () => {
  const limit = 20;
  let of = 0;
  let most = 0;
  const world = await World.open({
    files: {
      ...withPoll(),
      "flows/process/post-thing.yaml": flowText(callText("erp", "create")).replace(
        "shop.thing.made",
        "erp.thing.changed",
      ),
    },
    limits: { backlog: limit },
    arrange: ({ partners }) => {
      partners.answer = ({ method, query }) =>
        method === "GET" ? page(Number(query["after"] ?? 0), { of }) : {};
    },
  });
  const { engine, store } = world.serving;
  await world.partners.requests(1);
  await world.idle();
  await engine.pause({ kind: "flow", flow: "post-thing" }, "ada");
  of = 100;
  world.signals.on(() => {
    most = Math.max(most, engine.status().backlog);
  });
  await world.advance(3_600_000);
  while (!world.log.some((line) => line.includes("takes nothing now"))) await world.idle();
  // Not a page of 40, but what the engine takes.
  expect([engine.status().backlog, most]).toEqual([limit, limit]);
  await engine.resume({ kind: "flow", flow: "post-thing" }, "ada");
  const done = async (): Promise<number> =>
    (await store.read.runs({ flow: "post-thing", status: "done", limit: 1_000 })).length;
  while ((await done()) < of) await world.advance(5_000);
  expect(most).toBe(limit);
  expect(world.partners.effects("erp").size).toBe(of);
});
