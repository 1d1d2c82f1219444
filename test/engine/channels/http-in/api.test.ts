import { describe, expect, test } from "vitest";
import type { TriggerPlan } from "../../../../engine/model/plan/flow.ts";
import type { Generation } from "../../../../engine/model/plan/generation.ts";
import { at, containing, flow, generation } from "../plans.ts";
import { listening } from "./world.ts";

type ApiValue = Extract<TriggerPlan, { kind: "api" }>["value"];

const api = (value: Omit<ApiValue, "at">) =>
  ({ kind: "api", at, value: { at, ...value } as ApiValue }) as const;
const schemas: Generation["schemas"] = new Map([
  [
    "canonical/order",
    {
      name: "canonical/order",
      at,
      schema: {
        $id: "canonical/order",
        type: "object",
        properties: { customer: { $ref: "canonical/customer" } },
      },
      check: (value: unknown) =>
        JSON.stringify(value).includes("wrong")
          ? [{ pointer: "/total", message: "is no decimal", keyword: "format" }]
          : [],
    },
  ],
  [
    "canonical/customer",
    {
      name: "canonical/customer",
      at,
      schema: { type: "object", $defs: { id: {} }, $ref: "#/$defs/id" },
      check: () => [],
    },
  ],
]);

const plans = generation({
  schemas,
  workspace: { roles: { partner: [] } },
  flows: [
    flow("entitlement-check", {
      deadline: 2_000,
      trigger: [
        api({
          kind: "get",
          value: "/entitlements/{customerId}",
          query: {
            asset: { type: "string" },
            limit: { type: "integer", default: 10 },
            open: { type: "boolean" },
            tag: { type: "array", items: { type: "integer" } },
            sort: { type: "string", enum: ["up", "down"] },
          },
        }),
      ],
    }),
    flow("entitlement-default", { trigger: [api({ kind: "get", value: "/entitlements/none" })] }),
    flow("orders", {
      input: "canonical/order",
      respond: { 201: { at }, 422: { at } },
      trigger: [api({ kind: "post", value: "/orders", version: 2 })],
    }),
    flow("partner-orders", {
      trigger: [api({ kind: "get", value: "/partner/orders", roles: ["partner"] })],
    }),
  ],
});

test("path and query become the message's data, each in its own type; the flow's answer is given", async () => {
  const { ask, clock, engine } = await listening(plans);
  engine.answer = { status: 203, headers: { "x-as-of": "now" }, body: { level: "gold" } };
  const answer = await ask("/api/v1/entitlements/C%2F1%20x?asset=A1&open=true&tag=1&tag=2");
  expect(answer).toMatchObject({
    status: 203,
    headers: { "x-as-of": "now", "x-sluice-message": "m-1" },
    body: { level: "gold" },
  });
  expect(engine.received).toMatchObject([
    {
      channel: "api",
      source: "api",
      flow: "entitlement-check",
      data: { customerId: "C/1 x", asset: "A1", open: true, tag: [1, 2], limit: 10 },
      respondBy: clock.now() + 2_000,
    },
  ]);
});

test("a literal path goes before one with parameters", async () => {
  const { ask, engine } = await listening(plans);
  await ask("/api/v1/entitlements/none");
  expect(engine.received[0]?.flow).toBe("entitlement-default");
});

test("every wrong parameter is told at once", async () => {
  const { ask, engine } = await listening(plans);
  const answer = await ask(
    "/api/v1/entitlements/C1?limit=ten&open=yes&colour=red&sort=sideways&asset=a&asset=b",
  );
  expect(answer).toMatchObject({ status: 400, body: { code: "http-in/bad-request" } });
  expect(answer.body["errors"]).toMatchObject([
    { parameter: "colour", message: containing("asset, limit, open") },
    { parameter: "asset" },
    { parameter: "limit", message: containing('"ten"') },
    { parameter: "open" },
    { parameter: "sort", message: containing('"up"') },
  ]);
  expect(engine.received).toEqual([]);
});

test("a parameter's own schema is asked where the composition gives a check", async () => {
  const { ask } = await listening(
    plans,
    {},
    {
      checkParameter: (_schema, value) =>
        value === 0 ? [{ pointer: "", message: "is less than 1", keyword: "minimum" }] : [],
    },
  );
  expect((await ask("/api/v1/entitlements/C1?limit=0")).body["errors"]).toEqual([
    { parameter: "limit", message: "is less than 1" },
  ]);
});

describe("bodies", () => {
  const path = "/api/v2/orders";

  test("members of the body become data; the flow's input schema is asked first", async () => {
    const { ask, engine } = await listening(plans);
    await ask(path, { body: '{"total":"1.00"}' });
    expect(engine.received[0]?.data).toEqual({ total: "1.00" });
    expect(await ask(path, { body: '{"total":"wrong"}' })).toMatchObject({
      status: 422,
      body: {
        code: "http-in/breaks-schema",
        errors: [{ pointer: "/total", message: "is no decimal" }],
      },
    });
    expect(engine.received).toHaveLength(1);
  });

  test("wrong type, version, method, shape and size are refused", async () => {
    const { ask, engine } = await listening(plans);
    const answers = [
      await ask(path, {
        body: "a=1",
        headers: { "content-type": "application/x-www-form-urlencoded" },
      }),
      await ask("/api/v1/orders", { body: "{}" }),
      await ask(path),
      await ask(path, { body: "[1]" }),
      await ask(path, { body: "{" }),
      await ask(path, { body: JSON.stringify({ a: "x".repeat(1024 * 1024) }) }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([415, 404, 405, 400, 400, 413]);
    expect(answers[2]?.headers["allow"]).toBe("POST");
    expect(engine.received).toEqual([]);
  });

  test("an Idempotency-Key makes a repetition the same call, and another request under it a mistake", async () => {
    const { ask, engine } = await listening(plans);
    const headers = { "idempotency-key": "k-1" };
    const first = await ask(path, { body: '{"total":"1"}', headers });
    const again = await ask(path, { body: '{"total":"1"}', headers });
    expect([first.headers["x-sluice-message"], again.headers["x-sluice-message"]]).toEqual([
      "m-1",
      "m-1",
    ]);
    expect((await ask(path, { body: '{"total":"2"}', headers })).body["code"]).toBe(
      "http-in/key-reused",
    );
    await ask(path, { body: '{"total":"1"}' });
    expect(engine.received).toHaveLength(2);
  });
});

describe("answers that come late", () => {
  test("202 says where the answer will be", async () => {
    const { ask, engine } = await listening(plans);
    engine.answer = undefined;
    const late = await ask("/api/v2/orders", { body: "{}" });
    expect(late).toMatchObject({
      status: 202,
      headers: { location: "/api/runs/run-m-1" },
      body: { id: "m-1", run: "run-m-1", outcome: "pending" },
    });
    const where = String(late.headers["location"]);
    expect(await ask(where)).toMatchObject({ status: 202, body: { outcome: "pending" } });
    engine.answer = { status: 201, headers: {}, body: { orderId: "7" } };
    expect(await ask(where)).toMatchObject({ status: 201, body: { orderId: "7" } });
    expect((await ask("/api/runs/run-other")).status).toBe(404);
  });

  test("a busy engine is 429 with Retry-After", async () => {
    const { ask, clock, engine } = await listening(plans);
    engine.refusal = {
      outcome: "refused",
      reason: "busy",
      message: "full",
      retryAt: clock.now() + 1,
    };
    expect(await ask("/api/v2/orders", { body: "{}" })).toMatchObject({
      status: 429,
      headers: { "retry-after": "1" },
    });
  });
});

describe("who may call", () => {
  const tokens = {
    SLUICE_API_TOKEN: "any",
    SLUICE_API_TOKEN_PARTNER: "partner",
    SLUICE_ADMIN_TOKEN: "admin",
  };
  const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
  const open = "/api/v1/entitlements/C1";
  const closed = "/api/v1/partner/orders";

  test("any token opens what has no roles; a role's own token what has", async () => {
    const { ask } = await listening(plans, tokens);
    const status = async (path: string, token: string) => (await ask(path, bearer(token))).status;
    expect(await status(open, "any")).toBe(200);
    expect(await status(open, "partner")).toBe(200);
    expect(await status(open, "wrong")).toBe(401);
    expect(await status(closed, "any")).toBe(403);
    expect(await status(closed, "partner")).toBe(200);
    expect(await status(closed, "admin")).toBe(200);
    expect((await ask(open)).headers["www-authenticate"]).toBe("Bearer");
  });

  test("without tokens this machine may call what has no roles, and no one through a proxy or a web page", async () => {
    const { ask } = await listening(plans);
    expect((await ask(open)).status).toBe(200);
    expect((await ask(closed)).status).toBe(401);
    for (const headers of [
      { "x-forwarded-for": "1.2.3.4" },
      { host: "evil.test" },
      { origin: "https://evil.test" },
    ]) {
      expect((await ask(open, { headers })).status).toBe(401);
    }
  });

  test("calls of two callers under one key are two calls", async () => {
    const { ask, engine } = await listening(plans, tokens);
    for (const token of ["any", "partner"]) {
      await ask("/api/v2/orders", {
        body: "{}",
        headers: { authorization: `Bearer ${token}`, "idempotency-key": "k" },
      });
    }
    expect(engine.received).toHaveLength(2);
  });
});

test("the description names every endpoint, its parameters, schemas and answers", async () => {
  const { ask } = await listening(plans);
  const { body } = await ask("/api/openapi.json");
  expect(body).toMatchObject({
    openapi: "3.1.0",
    paths: {
      "/api/v1/entitlements/{customerId}": {
        get: {
          parameters: [
            { name: "customerId", in: "path", required: true },
            { name: "asset", in: "query", required: false, schema: { type: "string" } },
            { name: "limit" },
            { name: "open" },
            { name: "tag" },
            { name: "sort" },
          ],
        },
      },
      "/api/v2/orders": {
        post: {
          requestBody: {
            content: {
              "application/json": { schema: { $ref: "#/components/schemas/canonical-order" } },
            },
          },
          responses: { 201: {}, 422: {}, 202: {}, default: {} },
        },
      },
    },
    components: {
      schemas: {
        "canonical-order": {
          properties: { customer: { $ref: "#/components/schemas/canonical-customer" } },
        },
        "canonical-customer": { $ref: "#/components/schemas/canonical-customer/$defs/id" },
        Problem: { type: "object" },
      },
    },
  });
});

test("an answer that cannot be written breaks the connection, and not the server", async () => {
  const { ask, engine, log } = await listening(plans);
  const loop: Record<string, unknown> = {};
  loop["self"] = loop;
  engine.answer = { status: 200, headers: {}, body: loop as never };
  await expect(ask("/api/v2/orders", { body: "{}" })).rejects.toThrow(/closed/);
  expect(log.lines.join()).toContain("an answer could not be written");
  engine.answer = { status: 200, headers: { "x-a": "1\r\nx-b: 2" }, body: null };
  const { headers } = await ask("/api/v2/orders", { body: "{}" });
  expect(headers).toMatchObject({ "x-a": "1??x-b: 2" });
  expect(headers).not.toHaveProperty("x-b");
});
