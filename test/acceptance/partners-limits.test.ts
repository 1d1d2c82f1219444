import { expect, test } from "vitest";
import { adapterText, callText, flowText, texts } from "./world/texts.ts";
import { World, made } from "./world/world.ts";

const fiveFlows = (adapter: string) =>
  texts({
    "flows/system/erp.erp-one.yaml": adapterText("erp", adapter),
    "flows/process/post-thing.yaml": null,
    ...Object.fromEntries(
      [1, 2, 3, 4, 5].map((number) => [
        `flows/process/post-thing-${number}.yaml`,
        flowText(callText("erp", "create")).replace("post-thing", `post-thing-${number}`),
      ]),
    ),
  });

test("five flows together keep to a partner's budget, and what exceeds it waits", async () => {
  const files = fiveFlows(
    "budget: [{ limit: 10, per: 1s }, { limit: 60, per: 1d }]\nconcurrency: 50",
  );
  const world = await World.open({ files });
  await world.tell(...Array.from({ length: 15 }, (_, index) => made(`${index}`, `${index}`)));
  await world.advance(3_600_000);
  expect(world.partners.seen).toHaveLength(60);
  await world.advance(24 * 3_600_000);
  expect(world.partners.seen).toHaveLength(75);
  const times = world.partners.seen.map(({ at }) => at);
  for (const [index, at] of times.entries()) {
    expect(at - (times[index - 10] ?? -Infinity)).toBeGreaterThanOrEqual(1_000);
  }
  expect(await world.statuses()).toEqual({ done: 75 });
});

test("a request that goes once more with a new session counts, too", async () => {
  const session = adapterText(
    "erp",
    `auth:
  session:
    login: { post: /session, body: {}, result: "$response.body.token" }
    send: { X-Session: "\${ $session }" }
budget: [{ limit: 2, per: 1m }]
`,
  ).replace("auth: { none: true }\n", "");
  const world = await World.open({ files: texts({ "flows/system/erp.erp-one.yaml": session }) });
  let sessions = 0;
  const used = new Map<string, number>();
  // Each session is good for one request.
  world.partners.answer = ({ path, headers }) => {
    if (path === "/session") return { body: { token: `t${(sessions += 1)}` } };
    const token = String(headers["x-session"]);
    used.set(token, (used.get(token) ?? 0) + 1);
    return (used.get(token) ?? 0) > 1 ? { status: 401 } : {};
  };
  await world.tell(...Array.from({ length: 6 }, (_, index) => made(`${index}`, `${index}`)));
  await world.advance(3_600_000);
  expect(await world.statuses()).toEqual({ done: 6 });
  const times = world.partners
    .to("erp")
    .filter(({ path }) => path !== "/session")
    .map(({ at }) => at);
  expect(times.length).toBeGreaterThan(8);
  for (const [index, at] of times.entries()) {
    expect(at - (times[index - 2] ?? -Infinity)).toBeGreaterThanOrEqual(60_000);
  }
});

test("a partner that asks for a rest gets it from all flows, and no business case fails for it", async () => {
  const world = await World.open({ files: fiveFlows("concurrency: 1") });
  const start = world.clock.now();
  world.partners.answer = (_, count) =>
    count === 1 ? { status: 429, headers: { "retry-after": "30" } } : {};
  await world.tell(made("1"), made("2", "other"));
  await world.advance(29_999);
  expect(world.partners.seen).toHaveLength(1);
  await world.advance(3_600_000);
  expect(world.partners.seen[1]?.at).toBeGreaterThanOrEqual(start + 30_000);
  expect(await world.statuses()).toEqual({ done: 10 });
  const runs = await world.serving.store.read.runs({});
  const details = await Promise.all(runs.map(({ id }) => world.serving.store.read.run(id)));
  const attempts = details.flatMap((run) => run?.deliveries ?? []).flatMap((row) => row.attempts);
  expect(attempts.filter(({ status }) => status === 429)).toHaveLength(1);
  const notes = details.flatMap((run) => run?.history ?? []).map(({ detail }) => detail);
  expect(JSON.stringify(notes)).toContain('"throttled"');
});

test("a partner that says what is left of its limit is not asked beyond it", async () => {
  const files = fiveFlows(
    "concurrency: 1\nrate-limit: { remaining: X-RateLimit-Remaining, reset: X-RateLimit-Reset }",
  );
  const world = await World.open({ files });
  const start = world.clock.now();
  world.partners.answer = (_, count) => ({
    headers: { "x-ratelimit-remaining": String(3 - (count % 4)), "x-ratelimit-reset": "60" },
  });
  await world.tell(made("1"), made("2", "other"));
  expect(world.partners.seen).toHaveLength(3);
  expect(world.serving.engine.status().adapters[0]).toMatchObject({ why: "retry-after" });
  await world.advance(59_999);
  expect(world.partners.seen).toHaveLength(3);
  await world.advance(3_600_000);
  expect(world.partners.seen[3]?.at).toBe(start + 60_000);
  expect(await world.statuses()).toEqual({ done: 10 });
});

test("after failures in a row nothing is sent, and one request tries whether it is back", async () => {
  const files = fiveFlows("concurrency: 1\ncircuit: { failures: 10, within: 1h, open: 5m }");
  const world = await World.open({ files });
  world.partners.answer = () => ({ status: 503 });
  await world.tell(...Array.from({ length: 4 }, (_, index) => made(`${index}`, `${index}`)));
  expect(world.partners.seen).toHaveLength(10);
  const [status] = world.serving.engine.status().adapters;
  expect(status).toMatchObject({ circuit: "open", why: "circuit" });
  expect(world.log.filter((line) => line.includes("seems to be down"))).toHaveLength(1);
  await world.advance(5 * 60_000);
  expect(world.partners.seen).toHaveLength(11);
  world.partners.answer = () => ({});
  await world.advance(5 * 60_000);
  expect(world.serving.engine.status().adapters[0]?.circuit).toBe("closed");
  expect(await world.statuses()).toEqual({ done: 20 });
  expect(world.partners.effects("erp").size).toBe(20);
});

test("while a partner is paused, messages are taken in and nothing is sent; then all goes in order", async () => {
  const files = texts({
    "flows/system/erp.erp-one.yaml": adapterText("erp", "budget: [{ limit: 2, per: 1s }]"),
  });
  const world = await World.open({ files });
  const paused = await world.admin("POST", "/pause", { kind: "system", system: "erp" });
  expect(paused.status).toBe(200);
  const ids = ["1", "2", "3", "4", "5", "6"];
  await world.tell(...ids.map((id) => made(id)));
  const next = await world.restart();
  await next.advance(3_600_000);
  expect(next.partners.seen).toEqual([]);
  const unpaused = await next.admin("POST", "/unpause", { kind: "system", system: "erp" });
  expect(unpaused.status).toBe(200);
  await next.advance(60_000);
  expect(next.partners.seen.map(({ body }) => body["id"])).toEqual(ids);
  const times = next.partners.seen.map(({ at }) => at);
  for (const [index, at] of times.entries()) {
    expect(at - (times[index - 2] ?? -Infinity)).toBeGreaterThanOrEqual(1_000);
  }
});

test("a new system works by one adapter file: base URL, credentials, operations, paging, errors", async () => {
  const files = texts({
    "sluice.yaml": (texts()["sluice.yaml"] ?? "")
      .replace("support: support-one", "support: support-one, tax: tax-one")
      .replace("SHOP_SECRET:", "TAX_KEY: Key of the tax engine., SHOP_SECRET:"),
    "flows/system/tax.yaml": `system: tax
owner: ops
operations:
  rates: { input: canonical/thing@1, effect: read }
`,
    "flows/system/tax.tax-one.yaml": `adapter: tax-one
plays: tax
owner: ops
base-url: "\${ $env.PARTNERS_URL & '/tax' }"
auth: { header: { X-Key: "\${ $secret.TAX_KEY }" } }
errors:
  - { when: "$response.status = 404", class: business, code: rate-missing, message: "no rate" }
operations:
  rates:
    request: { get: /rates, query: { after: "\${ $cursor.after ?? 0 }" } }
    page:
      items: "$response.body.rows"
      start: { after: 0 }
      next: { after: "$response.body.next" }
      while: "$response.body.more"
      max: 100
`,
    "flows/process/post-thing.yaml": flowText(
      `${callText("tax", "rates")}  - set: { count: "\${ $count($steps.taxrates) }" }\n    id: counted\n`,
    ),
  });
  const world = await World.open({ files, env: { TAX_KEY: "tax-key" } });
  world.partners.answer = ({ query }) =>
    query["after"] === "0"
      ? { body: { rows: [1, 2], next: 2, more: true } }
      : { body: { rows: [3], next: 3, more: false } };
  await world.tell(made("1"));
  expect((await world.lastRun()).results["steps.counted"]).toEqual({ count: 3 });
  expect(world.partners.seen.map(({ headers }) => headers["x-key"])).toEqual([
    "tax-key",
    "tax-key",
  ]);
  world.partners.answer = () => ({ status: 404 });
  await world.tell(made("2"));
  expect((await world.lastRun()).error).toMatchObject({ class: "business", code: "rate-missing" });
});
