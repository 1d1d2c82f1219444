import { expect, test } from "vitest";
import { callText, flowText, texts } from "./world/texts.ts";
import { World, made } from "./world/world.ts";

test("what the door refuses has the canonical form, one audit row, and starts nothing", async () => {
  const world = await World.open();
  const long = made("1", "k", { note: "x".repeat(20_000) });
  const refused = [
    [await world.deliver(made("1"), { headers: { "x-shop-signature": "" } }), 401],
    [await world.deliver(made("1"), { headers: { "x-shop-signature": "00" } }), 401],
    [await world.deliver(made("1"), { tamper: (text) => text.replace("k", "K") }), 401],
    [await world.deliver(made("1"), { signedAt: world.clock.now() - 600_000 }), 401],
    [await world.deliver(long), 413],
    [await world.deliver(made("1"), { headers: { "content-type": "text/plain" } }), 415],
  ] as const;
  for (const [answer, status] of refused) {
    expect(answer.status).toBe(status);
    expect(answer.headers.get("content-type")).toContain("application/problem+json");
    expect(await answer.json()).toMatchObject({ status, type: "about:blank" });
  }
  const { read } = world.serving.store;
  const metrics = await (await fetch(`${world.serving.url}/metrics`, auth)).text();
  expect(metrics).toMatch(/refus/);
  expect(await read.messages({})).toEqual([]);
  const audits = (await read.audits({})).filter(({ action }) => /refus/.test(action));
  const total = audits.reduce((sum, { detail }) => sum + countOf(detail), 0);
  expect(total).toBe(refused.length);
  expect(world.partners.seen).toEqual([]);
});

test("more than the engine may keep is refused with a time to come back, and nothing is lost", async () => {
  const world = await World.open({ limits: { backlog: 3 } });
  world.partners.answer = () => ({ status: 503 });
  for (const id of ["1", "2", "3"]) expect((await world.deliver(made(id, id))).status).toBe(202);
  const refused = await world.deliver(made("4", "4"));
  expect([429, 503]).toContain(refused.status);
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  await world.advance(600_000);
  world.partners.answer = () => ({});
  expect((await world.deliver(made("4", "4"))).status).toBe(202);
  await world.idle();
  expect(world.partners.story.at(-1)).toBe("erp POST /things 4");
});

test("a sender beyond its rate is told when to come back, and no stranger uses its rate up", async () => {
  const base = texts();
  const world = await World.open({
    files: texts({
      "flows/system/shop.web-shop.yaml": (base["flows/system/shop.web-shop.yaml"] ?? "").replace(
        "limit: 20000",
        "limit: 20000\n    rate: { limit: 5, per: 1m }",
      ),
      "flows/experience/create.yaml": `flow: create-thing
owner: ops
trigger: { api: { post: /things, rate: { limit: 1, per: 10s } } }
key: none
steps:
${callText("erp", "create")}`,
    }),
    env: { SLUICE_API_TOKEN: "t" },
  });
  for (let count = 0; count < 9; count += 1) {
    const stranger = await world.deliver(made("0"), { headers: { "x-shop-signature": "00" } });
    expect(stranger.status).toBe(401);
  }
  for (let count = 0; count < 5; count += 1) {
    expect((await world.deliver(made(`${count}`))).status).toBe(202);
  }
  await world.idle();
  const refused = await world.deliver(made("5"));
  expect(refused.status).toBe(429);
  expect(refused.headers.get("ratelimit")).toBe(
    `"default";r=0;t=${refused.headers.get("retry-after")}`,
  );
  expect(await refused.json()).toMatchObject({ status: 429, code: "http-in/rate", limit: 5 });
  const { read } = world.serving.store;
  expect(await read.messages({})).toHaveLength(5);
  const rows = (await read.audits({})).filter(({ detail }) =>
    JSON.stringify(detail).includes("http-in/rate"),
  );
  expect(rows).toHaveLength(1);
  await world.advance(60_000);
  expect((await world.deliver(made("5"))).status).toBe(202);

  const call = () =>
    fetch(`${world.serving.url}/api/v1/things`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: "Bearer t" },
      body: JSON.stringify({ id: "a", key: "a" }),
    });
  expect((await call()).status).toBeLessThan(300);
  expect((await call()).status).toBe(429);
});

test("a caller of an API gets its own projection only, by its own credential", async () => {
  const api = (role: string, body: string) => `flow: ${role}-thing
owner: ops
pattern: lookup
trigger: { api: { get: "/${role}/things/{id}", roles: [${role}] } }
key: none
steps:
  - call: erp.find
    id: found
    with: { id: "\${ $message.data.id }", key: k }
respond:
  "200": { body: ${body} }
`;
  const world = await World.open({
    files: texts({
      "sluice.yaml": `${texts()["sluice.yaml"]}roles: { partner: [], finance: [] }\n`,
      "flows/experience/partner.yaml": api("partner", '{ id: "${ $steps.found.id }" }'),
      "flows/experience/finance.yaml": api(
        "finance",
        '{ id: "${ $steps.found.id }", cost: "${ $steps.found.cost }" }',
      ),
    }),
    env: { SLUICE_API_TOKEN_PARTNER: "p", SLUICE_API_TOKEN_FINANCE: "f" },
  });
  world.partners.answer = () => ({ body: { id: "7", cost: "5.00", margin: "1.00" } });
  const ask = (role: string, token: string) =>
    fetch(`${world.serving.url}/api/v1/${role}/things/7`, {
      headers: { authorization: `Bearer ${token}` },
    });
  expect(await (await ask("partner", "p")).json()).toEqual({ id: "7" });
  expect(await (await ask("finance", "f")).json()).toEqual({ id: "7", cost: "5.00" });
  expect((await ask("finance", "p")).status).toBe(403);
  expect((await ask("finance", "none")).status).toBe(401);
});

const auth = { headers: { authorization: "Bearer admin-token" } };

function countOf(detail: unknown): number {
  if (typeof detail !== "object" || detail === null || !("count" in detail)) return 1;
  return Number(detail.count);
}

test("a caller is answered in its request, or told in time where its answer will be", async () => {
  const files = texts({
    "flows/experience/create.yaml": `flow: create-thing
owner: ops
trigger: { api: { post: /things } }
input: canonical/thing@1
key: "$message.data.key"
deadline: 2s
steps:
${callText("erp", "create")}${callText("billing", "create")}
respond:
  "200": { when: "$error = null", body: { number: "\${ $steps.erpcreate.number }" } }
  "503": { body: { code: failed } }
`,
    "flows/process/post-thing.yaml": flowText(callText("erp", "create")),
  });
  const world = await World.open({ files, env: { SLUICE_API_TOKEN: "t" } });
  const headers = { "content-type": "application/json", authorization: "Bearer t" };
  const call = (id: string) =>
    fetch(`${world.serving.url}/api/v1/things`, {
      method: "POST",
      headers,
      body: JSON.stringify({ id, key: id }),
    });
  const quick = await call("1");
  expect([quick.status, await quick.json()]).toEqual([200, { number: "N-1" }]);
  let goOn = (): void => {};
  const slow = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  world.partners.answer = async ({ system }) => {
    if (system === "erp") await slow;
    return {};
  };
  const pending = call("2");
  await world.partners.requests(3);
  await world.clock.advance(2_000);
  const late = await pending;
  expect(late.status).toBe(202);
  expect(await late.json()).toMatchObject({ outcome: "pending" });
  goOn();
  await world.idle();
  const place = `${world.serving.url}${late.headers.get("location")}`;
  const answer = await fetch(place, { headers });
  expect([answer.status, await answer.json()]).toEqual([200, { number: "N-3" }]);
  expect(world.partners.to("billing")).toHaveLength(2);
});

test("a look-up answers from memory, with its age, while its partner is away", async () => {
  const files = texts({
    "flows/experience/check.yaml": `flow: check
owner: ops
pattern: lookup
trigger: { api: { get: "/checks/{id}" } }
key: none
deadline: 2s
steps:
  - call: erp.find
    id: found
    with: { id: "\${ $message.data.id }", key: k }
    retry: { max: 0 }
    cache: { fresh: 1m, stale: 24h, stale-on: [transient] }
respond:
  "200": { when: "$error = null", body: "\${ $steps.found }" }
  "503": { body: { code: erp-away } }
`,
  });
  const world = await World.open({ files, env: { SLUICE_API_TOKEN: "t" } });
  const ask = async (id: string) => {
    const answer = await fetch(`${world.serving.url}/api/v1/checks/${id}`, {
      headers: { authorization: "Bearer t" },
    });
    return [answer.status, await answer.json()] as const;
  };
  world.partners.answer = () => ({ body: { eligible: true } });
  const asOf = new Date(world.clock.now()).toISOString().replace(".000", "");
  expect(await ask("1")).toEqual([200, expect.objectContaining({ eligible: true })]);
  world.partners.answer = () => ({ status: 503 });
  await world.advance(3_600_000);
  const [status, body] = await ask("1");
  expect(status).toBe(200);
  expect(body).toMatchObject({ eligible: true, asOf });
  expect(await ask("2")).toEqual([503, { code: "erp-away" }]);
  await world.advance(24 * 3_600_000);
  expect((await ask("1"))[0]).toBe(503);
});
