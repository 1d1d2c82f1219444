import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Right, rightNames, rights } from "../../../../engine/model/plan/rights.ts";
import { at, flow, generation } from "../plans.ts";
import { listening } from "./world.ts";

const plans = generation({ flows: [flow("orders")] });
const token = { SLUICE_ADMIN_TOKEN: "t0ken" };
const headers = { authorization: "Bearer t0ken", "x-sluice-actor": "ann@example.com" };

describe("who may do what", () => {
  test("without a token this machine may look and not touch", async () => {
    const { ask, engine } = await listening(plans);
    expect((await ask("/admin/v1/runs")).status).toBe(200);
    expect(
      (await ask("/admin/v1/runs", { headers: { "x-forwarded-for": "1.2.3.4" } })).status,
    ).toBe(403);
    expect(await ask("/admin/v1/runs/r-1/resume", { body: "{}" })).toMatchObject({
      status: 403,
      body: { code: "http-in/forbidden" },
    });
    expect(engine.told.map((one) => (one as string[])[0])).toEqual(["runs"]);
  });

  test("with a token nobody looks without it", async () => {
    const { ask, audit } = await listening(plans, token);
    for (const path of ["/admin/v1/status", "/admin/v1/openapi.json", "/metrics"]) {
      expect((await ask(path)).status).toBe(401);
      expect((await ask(path, { headers: { authorization: "Bearer t0ken2" } })).status).toBe(401);
      expect((await ask(path, { headers })).status).toBe(200);
    }
    expect(audit).toHaveLength(6);
  });
});

describe("what a role may do", () => {
  const roles = {
    operator: ["runs.read", "runs.replay"],
    steward: ["runs.edit", "runs.replay"],
    partner: [],
  } as const;
  const granted = generation({ flows: [flow("orders")], workspace: { roles } });
  const tokens = {
    ...token,
    SLUICE_API_TOKEN: "any",
    SLUICE_API_TOKEN_OPERATOR: "op",
    SLUICE_API_TOKEN_STEWARD: "st",
    SLUICE_API_TOKEN_PARTNER: "pa",
  };
  const as = (bearer: string) => ({
    headers: { authorization: `Bearer ${bearer}`, "x-sluice-actor": "bob" },
  });

  test("its token opens what sluice.yaml grants it, and no more", async () => {
    const { ask, engine } = await listening(granted, tokens);
    expect((await ask("/admin/v1/runs", as("op"))).status).toBe(200);
    expect((await ask("/admin/v1/runs", as("pa"))).status).toBe(403);
    expect((await ask("/admin/v1/runs", as("any"))).status).toBe(401);
    expect((await ask("/metrics", as("op"))).status).toBe(403);
    const resume = { ...as("op"), body: "{}" };
    expect((await ask("/admin/v1/runs/r-1/resume", resume)).status).toBe(200);
    expect(engine.told.at(-1)).toEqual(["unpark", "r-1", { kind: "resume", by: "bob (operator)" }]);
  });

  test("the refusal names the right and who has it, and is audited under the caller's name", async () => {
    const { ask, audit } = await listening(granted, tokens);
    const body = JSON.stringify({ data: { a: 1 }, reason: "mended" });
    expect(await ask("/admin/v1/runs/r-1/resume", { ...as("op"), body })).toMatchObject({
      status: 403,
      body: {
        code: "http-in/forbidden",
        detail:
          'the right "runs.edit" is needed; operator has runs.read and runs.replay, and steward and admin may do it',
        right: "runs.edit",
        roles: ["steward", "admin"],
      },
    });
    expect(audit).toMatchObject([
      { actor: "bob (operator)", action: "refused", target: "POST /admin/v1/runs/r-1/resume" },
    ]);
    expect((await ask("/admin/v1/runs/r-1/resume", { ...as("st"), body })).status).toBe(200);
    expect(audit[1]).toMatchObject({ actor: "bob (steward)", action: "admin.resume" });
  });

  test("a role's token counts while no admin token is set", async () => {
    const { ask } = await listening(granted, { SLUICE_API_TOKEN_OPERATOR: "op" });
    expect((await ask("/admin/v1/runs/r-1/resume", { ...as("op"), body: "{}" })).status).toBe(200);
    const discard = { ...as("op"), body: JSON.stringify({ reason: "no" }) };
    expect((await ask("/admin/v1/runs/r-1/discard", discard)).status).toBe(403);
  });

  test("each right opens something, alone, and is documented", async () => {
    const described = await (
      await listening(granted, tokens)
    ).ask("/admin/v1/openapi.json", {
      headers,
    });
    const paths = described.body["paths"] as Record<string, Record<string, object>>;
    const asked = Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, operation]) => ({
        method: method.toUpperCase(),
        path: path.replaceAll(/\{\w+\}/g, "1"),
        right: (operation as { "x-sluice-right": Right })["x-sluice-right"],
      })),
    );
    // What `data` in a body asks for stands beside the right of the route.
    expect(new Set([...asked.map(({ right }) => right), "runs.edit"])).toEqual(new Set(rightNames));
    for (const right of rightNames) {
      const plan = generation({ flows: [flow("orders")], workspace: { roles: { one: [right] } } });
      const { ask } = await listening(plan, { ...token, SLUICE_API_TOKEN_ONE: "one" });
      for (const { method, path, right: needed } of asked) {
        const answer = await ask(path, {
          method,
          ...as("one"),
          ...(method === "GET" ? {} : { body: "{}" }),
        });
        expect(`${right} ${method} ${path} ${answer.status === 403}`).toBe(
          `${right} ${method} ${path} ${needed !== right}`,
        );
      }
    }
    const page = readFileSync("docs/operations.md", "utf8");
    for (const [right, opens] of Object.entries(rights)) {
      expect(page).toContain(`| \`${right}\` | ${opens} |`);
    }
  });
});

test("lists take filters, and wrong ones are told", async () => {
  const { ask, engine } = await listening(plans, token);
  await ask("/admin/v1/runs?flow=orders&status=dead&since=2026-05-01T00:00:00Z&limit=10", {
    headers,
  });
  expect(engine.told).toEqual([
    [
      "runs",
      { flow: "orders", status: "dead", since: Date.parse("2026-05-01T00:00:00Z"), limit: 10 },
    ],
  ]);
  expect((await ask("/admin/v1/runs?limit=0", { headers })).status).toBe(400);
  expect((await ask("/admin/v1/messages?since=yesterday", { headers })).status).toBe(400);
  for (const path of [
    "/admin/v1/messages",
    "/admin/v1/dead-letters",
    "/admin/v1/tasks",
    "/admin/v1/audit",
  ]) {
    expect(await ask(path, { headers })).toMatchObject({ status: 200, body: { items: [] } });
  }
});

test("status tells counts and what the last reload found", async () => {
  const { ask } = await listening(plans, token, {
    findings: () => [{ code: "spec/x", severity: "error", message: "wrong", at }],
  });
  expect(await ask("/admin/v1/status", { headers })).toMatchObject({
    body: { state: "running", counts: { messages: 5 }, findings: [{ code: "spec/x" }] },
  });
});

test("a message is shown masked, and with its bytes to whoever is named; a trace by any id", async () => {
  const { ask, audit, engine } = await listening(plans, token);
  await engine.receive({
    channel: "webhook",
    source: "s",
    type: "t",
    dedupeKey: "1",
    data: {},
    headers: {},
    raw: Buffer.from("{ }"),
  });
  const masked = await ask("/admin/v1/messages/m-1", { headers });
  expect(masked.body).toMatchObject({ message: { id: "m-1", data: "masked" } });
  expect(masked.body).not.toHaveProperty("raw");
  expect(audit).toEqual([]);
  const reveal = { method: "POST", headers, body: "{}" };
  expect((await ask("/admin/v1/messages/m-1/reveal", reveal)).body).toMatchObject({
    message: { id: "m-1", data: {} },
    raw: Buffer.from("{ }").toString("base64"),
  });
  expect(audit).toMatchObject([{ action: "admin.reveal", target: "m-1" }]);
  expect((await ask("/admin/v1/messages/m-2", { headers })).status).toBe(404);
  await ask("/admin/v1/trace/SO%2F1", { headers });
  await ask("/admin/v1/crosswalk/order/7", { headers });
  expect(engine.told).toEqual([
    ["trace", "SO/1"],
    ["crosswalk", "order", "7"],
  ]);
});

describe("changes", () => {
  test("a person's word reaches the engine under that person's name, and is audited", async () => {
    const { ask, audit, engine } = await listening(plans, token);
    await engine.receive({
      channel: "api",
      source: "s",
      type: "t",
      dedupeKey: "1",
      data: {},
      headers: {},
    });
    const by = "ann@example.com";
    const post = async (path: string, body: object) => {
      const answer = await ask(`/admin/v1${path}`, { body: JSON.stringify(body), headers });
      expect(answer.status).toBe(200);
    };
    await post("/tasks/t-1/choose", { choice: "approve", comment: "fine" });
    await post("/runs/r-1/resume", { generation: "abc" });
    await post("/runs/r-1/discard", { reason: "test data" });
    await post("/messages/m-1/replay", { flow: "orders", data: { canary: 1 }, reason: "typo" });
    await post("/pause", { kind: "key", flow: "orders", laneKey: "C1" });
    await post("/unpause", { kind: "system", system: "erp" });
    expect(engine.told).toEqual([
      ["choose", "t-1", { choice: "approve", by, comment: "fine" }],
      ["unpark", "r-1", { kind: "resume", by, generation: "abc" }],
      ["unpark", "r-1", { kind: "discard", by, reason: "test data" }],
      ["replay", "m-1", { by, flow: "orders", data: { canary: 1 }, reason: "typo" }],
      ["pause", { kind: "key", flow: "orders", laneKey: "C1" }, by],
      ["unpause", { kind: "system", system: "erp" }, by],
    ]);
    expect(audit.map(({ action, actor }) => [action, actor])).toEqual(
      ["choose", "resume", "discard", "replay", "pause", "unpause"].map((verb) => [
        `admin.${verb}`,
        by,
      ]),
    );
    expect(audit[3]?.detail).toEqual({ flow: "orders", edited: true, reason: "typo" });
  });

  test("what waits for nobody is 409, what lacks a word 400, what is not there 404", async () => {
    const { ask, engine } = await listening(plans, token);
    const status = async (path: string, body: object) =>
      (await ask(`/admin/v1${path}`, { body: JSON.stringify(body), headers })).status;
    expect(await status("/tasks/t-2/choose", { choice: "approve" })).toBe(409);
    expect(await status("/runs/r-2/resume", {})).toBe(409);
    engine.told.length = 0;
    expect(await status("/tasks/t-1/choose", {})).toBe(400);
    expect(await status("/runs/r-1/discard", { reason: " " })).toBe(400);
    expect(await status("/runs/r-1/resume", { generation: 7 })).toBe(400);
    expect(await status("/runs/r-1/resume", { data: {} })).toBe(400);
    expect(await status("/pause", { kind: "planet" })).toBe(400);
    expect(await status("/pause", { kind: "flow", flow: "order" })).toBe(400);
    expect(await status("/pause", { kind: "system", system: "epr" })).toBe(400);
    expect(await status("/messages/m-1/replay", {})).toBe(404);
    expect(await status("/nothing", {})).toBe(404);
    expect(await status("/runs", {})).toBe(405);
    expect(engine.told).toEqual([]);
  });
});

test("the description names every endpoint of the admin API", async () => {
  const { ask } = await listening(plans, token);
  const { body } = await ask("/admin/v1/openapi.json", { headers });
  const paths = body["paths"] as Record<string, object>;
  expect(Object.keys(paths)).toContain("/admin/v1/runs/{id}/resume");
  expect(paths["/admin/v1/tasks/{id}/choose"]).toMatchObject({
    post: {
      parameters: [{ name: "id", in: "path" }],
      requestBody: { content: { "application/json": { schema: { required: ["choice"] } } } },
    },
  });
});

test("health says whether the process lives and whether it takes work", async () => {
  const { ask, engine } = await listening(plans, token);
  expect((await ask("/health/live")).status).toBe(200);
  expect((await ask("/health/ready")).status).toBe(200);
  engine.view = { ...engine.view, state: "stopping" };
  expect((await ask("/health/live")).status).toBe(200);
  expect(await ask("/health/ready")).toMatchObject({
    status: 503,
    body: { code: "http-in/not-ready" },
  });
});

test("metrics are Prometheus text, and count what was refused", async () => {
  const { ask } = await listening(plans, token);
  await ask("/webhooks/a/b", { body: "{}" });
  const { headers: answered, text } = await ask("/metrics", { headers });
  expect(answered["content-type"]).toMatch(/^text\/plain/);
  const lines = text.split("\n");
  for (const line of [
    "sluice_up 1",
    "sluice_backlog 3",
    'sluice_adapter_circuit{adapter="tryton"} 2',
    'sluice_store_rows{kind="messages"} 5',
    'sluice_http_refusals_total{code="http-in/not-found"} 1',
    'sluice_http_requests_total{area="webhooks",status="404"} 1',
  ]) {
    expect(lines).toContain(line);
  }
  expect(
    lines.filter(
      (line) => line !== "" && !/^(# (HELP|TYPE) \w+|\w+(\{[^}]*\})? [\d.]+$)/.test(line),
    ),
  ).toEqual([]);
});
