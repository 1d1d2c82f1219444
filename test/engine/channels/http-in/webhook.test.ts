import { createHmac } from "node:crypto";
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { StoreError } from "../../../../engine/errors/flow-error.ts";
import { ExpressionError } from "../../../../engine/model/evaluation-error.ts";
import type { Json } from "../../../../engine/model/json.ts";
import type { WebhookPlan } from "../../../../engine/model/plan/adapter.ts";
import { adapter, at, containing, expression, generation, template } from "../plans.ts";
import { listening } from "./world.ts";

interface Sees {
  readonly body: { readonly id: string; readonly type?: string; readonly lines?: string[] };
  readonly item: Json;
  readonly headers: Readonly<Record<string, string>>;
}

const now = Date.parse("2026-05-01T00:00:00Z");
const seconds = String(now / 1000);
const hmac = (key: string | Buffer, text: string, encoding: "hex" | "base64" = "hex") =>
  createHmac("sha256", key).update(text).digest(encoding);

const open: WebhookPlan["verify"] = { kind: "none", value: true, at };
const plan = (more: Partial<WebhookPlan> = {}): WebhookPlan => ({
  at,
  verify: open,
  dedupe: expression(({ body }: Sees) => body.id),
  ...more,
});
const plans = (webhook: WebhookPlan, more: Partial<Parameters<typeof generation>[0]> = {}) =>
  generation({
    adapters: [adapter("stripe", "http://x.test", { webhooks: { events: webhook } })],
    ...more,
  });
const path = "/webhooks/stripe/events";
const secrets = { NEW: "new-secret", OLD: "old-secret" };

describe("signatures", () => {
  const stripe: WebhookPlan["verify"] = {
    kind: "hmac",
    at,
    value: ["NEW", "OLD"],
    header: "Stripe-Signature",
    format: "t={t},v1={signature}",
    signed: "{t}.{body}",
  };
  const body = '{"id":"evt_1",  "amount": 1.10}';
  const sign = (key: string, time = seconds, text = body) => ({
    "stripe-signature": `t=${time},v1=${hmac(key, `${time}.${text}`)},v0=ignored`,
  });

  test("a Stripe signature is checked over the bytes as they came", async () => {
    const { ask, engine } = await listening(plans(plan({ verify: stripe })), secrets);
    expect(await ask(path, { body, headers: sign("new-secret") })).toMatchObject({
      status: 202,
      body: { id: "m-1", outcome: "accepted" },
    });
    expect(engine.received[0]?.raw).toEqual(Buffer.from(body));
  });

  test("while a secret is replaced, the old one holds too", async () => {
    const { ask } = await listening(plans(plan({ verify: stripe })), secrets);
    expect((await ask(path, { body, headers: sign("old-secret") })).status).toBe(202);
    expect((await ask(path, { body, headers: sign("other-secret") })).status).toBe(401);
  });

  test("one altered byte is refused, nothing is stored, one audit row tells it", async () => {
    const { ask, audit, engine } = await listening(plans(plan({ verify: stripe })), secrets);
    const answer = await ask(path, {
      body: body.replace("1.10", "1.11"),
      headers: sign("new-secret"),
    });
    expect(answer).toMatchObject({
      status: 401,
      headers: { "content-type": "application/problem+json" },
      body: { code: "http-in/bad-signature", status: 401, title: "Unauthorized" },
    });
    expect(engine.received).toEqual([]);
    expect(audit).toEqual([
      {
        actor: "127.0.0.1",
        action: "refused",
        target: `POST ${path}`,
        detail: { code: "http-in/bad-signature", status: 401 },
      },
    ]);
  });

  test("a signature is worth five minutes, before and after", async () => {
    const { ask, clock } = await listening(plans(plan({ verify: stripe })), secrets);
    await clock.advance(300_000);
    expect((await ask(path, { body, headers: sign("new-secret") })).status).toBe(202);
    await clock.advance(1_000);
    expect((await ask(path, { body, headers: sign("new-secret") })).body["code"]).toBe(
      "http-in/old-signature",
    );
    const ahead = String(clock.now() / 1000 + 301);
    expect((await ask(path, { body, headers: sign("new-secret", ahead) })).status).toBe(401);
  });

  test("the time that is signed is the time that counts", async () => {
    const { ask, clock } = await listening(plans(plan({ verify: stripe })), secrets);
    await clock.advance(600_000);
    const { "stripe-signature": old } = sign("new-secret");
    const forged = old.replace(`t=${seconds}`, `t=${clock.now() / 1000}`);
    expect((await ask(path, { body, headers: { "stripe-signature": forged } })).status).toBe(401);
  });

  test("GitHub, Zendesk and Standard Webhooks write theirs differently", async () => {
    const iso = "2026-05-01T00:00:00Z";
    const key = Buffer.from("standard key");
    const cases: [WebhookPlan["verify"], Readonly<Record<string, string>>][] = [
      [
        {
          kind: "hmac",
          at,
          value: ["NEW"],
          header: "X-Hub-Signature-256",
          format: "sha256={signature}",
        },
        { "x-hub-signature-256": `sha256=${hmac("new-secret", body)}` },
      ],
      [
        {
          kind: "hmac",
          at,
          value: ["NEW"],
          header: "X-Zendesk-Webhook-Signature",
          timestamp: "X-Zendesk-Webhook-Signature-Timestamp",
          signed: "{timestamp}{body}",
          encoding: "base64",
        },
        {
          "x-zendesk-webhook-signature": hmac("new-secret", `${iso}${body}`, "base64"),
          "x-zendesk-webhook-signature-timestamp": iso,
        },
      ],
      [
        {
          kind: "hmac",
          at,
          value: ["STANDARD"],
          header: "webhook-signature",
          timestamp: "webhook-timestamp",
          format: "v1,{signature}",
          signed: "{webhook-id}.{webhook-timestamp}.{body}",
          encoding: "base64",
        },
        {
          "webhook-id": "msg_1",
          "webhook-timestamp": seconds,
          "webhook-signature": `v1,bm90IHRoaXMgb25l v1,${hmac(key, `msg_1.${seconds}.${body}`, "base64")}`,
        },
      ],
    ];
    for (const [verify, headers] of cases) {
      const values = { ...secrets, STANDARD: `whsec_${key.toString("base64")}` };
      const { ask } = await listening(plans(plan({ verify })), values);
      expect((await ask(path, { body, headers })).status).toBe(202);
      expect((await ask(path, { body: `${body} `, headers })).status).toBe(401);
      expect((await ask(path, { body })).status).toBe(401);
    }
  });

  test("HubSpot signs method, address, body and time", async () => {
    const verify: WebhookPlan["verify"] = {
      kind: "hmac",
      at,
      value: ["NEW"],
      header: "X-HubSpot-Signature-v3",
      timestamp: "X-HubSpot-Request-Timestamp",
      signed: "{method}{uri}{body}{timestamp}",
      encoding: "base64",
    };
    const signed = (uri: string, more: Readonly<Record<string, string>> = {}) => ({
      "x-hubspot-signature-v3": hmac("new-secret", `POST${uri}${body}${now}`, "base64"),
      "x-hubspot-request-timestamp": String(now),
      ...more,
    });
    const proxied = { "x-forwarded-proto": "https, http", "x-forwarded-host": "hooks.example.com" };
    const uri = `https://hooks.example.com${path}`;
    const { ask } = await listening(plans(plan({ verify })), secrets);
    const by = async (headers: Readonly<Record<string, string>>, target = path) =>
      (await ask(target, { body, headers })).status;
    expect(await by(signed(uri, proxied))).toBe(202);
    expect(await by(signed(`${uri}?a=1`, proxied), `${path}?a=1`)).toBe(202);
    expect(await by(signed(uri, proxied), `${path}?a=1`)).toBe(401);
    expect(await by(signed("https://elsewhere.example.com/", proxied))).toBe(401);
    const told = { ...verify, url: template("https://told.example.com/crm") };
    const behind = await listening(plans(plan({ verify: told })), secrets);
    const headers = signed("https://told.example.com/crm");
    expect((await behind.ask(path, { body, headers })).status).toBe(202);
  });

  test("a header that is to be signed and is missing is not taken for nothing", async () => {
    const verify: WebhookPlan["verify"] = {
      kind: "hmac",
      at,
      value: ["NEW"],
      header: "x-signature",
      signed: "{webhook-id}{body}",
    };
    const { ask } = await listening(plans(plan({ verify })), secrets);
    const headers = { "x-signature": hmac("new-secret", body) };
    expect((await ask(path, { body, headers })).status).toBe(401);
  });

  test("a user with its password may call; without a password nobody may", async () => {
    const by = (user: string, password: string): WebhookPlan["verify"] => ({
      kind: "basic",
      at,
      value: { at, user, password },
    });
    const basic = (text: string) => ({
      authorization: `Basic ${Buffer.from(text).toString("base64")}`,
    });
    const { ask } = await listening(plans(plan({ verify: by("OLD", "NEW") })), secrets);
    const status = async (headers: Readonly<Record<string, string>>) =>
      (await ask(path, { body, headers })).status;
    expect(await status(basic("old-secret:new-secret"))).toBe(202);
    expect(await status(basic("old-secret:new-secre"))).toBe(401);
    expect(await status(basic("old-secret"))).toBe(401);
    expect(await status({})).toBe(401);
    const unset = await listening(plans(plan({ verify: by("OLD", "MISSING") })), secrets);
    const headers = basic("old-secret:");
    expect((await unset.ask(path, { body, headers })).status).toBe(401);
  });

  test("a shared token is compared whole; a secret that is not set opens nothing", async () => {
    const verify: WebhookPlan["verify"] = {
      kind: "token",
      at,
      value: ["NEW", "MISSING"],
      header: "Authorization",
      prefix: "Bearer ",
    };
    const { ask } = await listening(plans(plan({ verify })), secrets);
    const by = async (authorization: string) =>
      (await ask(path, { body, headers: { authorization } })).status;
    expect(await by("Bearer new-secret")).toBe(202);
    expect(await by("Bearer new-secret2")).toBe(401);
    expect(await by("Bearer ")).toBe(401);
    expect(await by("new-secret")).toBe(401);
    const without = await listening(plans(plan({ verify: stripe })), {});
    expect((await without.ask(path, { body, headers: sign("") })).status).toBe(401);
  });

  test("credentials are not kept with the message, and are in no log line", async () => {
    const { ask, engine, log } = await listening(plans(plan({ verify: stripe })), secrets);
    const headers = {
      ...sign("new-secret"),
      authorization: "Bearer canary",
      "x-api-key": "canary",
      "x-request-id": "r1",
    };
    await ask(path, { body, headers });
    expect(engine.received[0]?.headers).toEqual({
      "content-type": "application/json",
      "x-request-id": "r1",
    });
    expect(JSON.stringify(log.lines)).not.toMatch(/canary|new-secret/);
  });
});

describe("refusals", () => {
  test("each has its status and code, and stores nothing", async () => {
    const schemas = new Map([
      [
        "vendor/event",
        {
          name: "vendor/event",
          schema: {},
          at,
          check: (value: unknown) =>
            JSON.stringify(value).includes("wrong")
              ? [{ pointer: "/id", message: "is wrong", keyword: "const" }]
              : [],
        },
      ],
    ]);
    const { ask, audit, engine } = await listening(
      plans(plan({ limit: 100, contract: "vendor/event" }), { schemas }),
    );
    const refusals = [
      [await ask("/webhooks/stripe/other", { body: "{}" }), 404, "http-in/not-found"],
      [await ask("/webhooks/nobody/events", { body: "{}" }), 404, "http-in/not-found"],
      [await ask("/webhooks/stripe/constructor", { body: "{}" }), 404, "http-in/not-found"],
      [await ask("/webhooks/stripe/events/more", { body: "{}" }), 404, "http-in/not-found"],
      [await ask(path), 405, "http-in/wrong-method"],
      [
        await ask(path, { body: "{}", headers: { "content-type": "text/xml" } }),
        415,
        "http-in/content-type",
      ],
      [await ask(path, { body: `{"id":"${"x".repeat(100)}"}` }), 413, "http-in/too-large"],
      [await ask(path, { body: '{\n "id": x}' }), 400, "http-in/bad-json"],
      [await ask(path, { body: Buffer.from([0x22, 0xff, 0x22]) }), 400, "http-in/bad-json"],
      [await ask(path, { body: '{"id":"wrong"}' }), 422, "http-in/breaks-schema"],
      [await ask(path, { body: '{"id":""}' }), 422, "http-in/unreadable"],
    ] as const;
    for (const [answer, status, code] of refusals) {
      expect(answer).toMatchObject({ status, body: { status, code, detail: containing("") } });
    }
    expect(refusals[7][0].body).toMatchObject({ line: 2, column: 8 });
    expect(refusals[9][0].body).toMatchObject({
      errors: [{ pointer: "/id", message: "is wrong" }],
    });
    expect(engine.received).toEqual([]);
    expect(audit).toHaveLength(refusals.length);
  });

  test("what the body lacks is named in the answer, and where it was asked for in the log", async () => {
    const { ask, log } = await listening(
      plans(
        plan({
          dedupe: expression(() => {
            throw new ExpressionError(
              "mapping/absent-path",
              "`$body.event_id` is absent: `$body` has id",
              { ...at, file: "flows/system/shop.yaml", line: 11, column: 14 },
            );
          }),
        }),
      ),
    );
    expect(await ask(path, { body: '{"id":"secret-7"}' })).toMatchObject({
      status: 422,
      body: {
        detail: "the body cannot be read: `$body.event_id` is not there",
        cause: "mapping/absent-path",
        path: "$body.event_id",
      },
    });
    const [line] = log.lines.filter((one) => one.includes("could not be read"));
    expect(JSON.parse(line ?? "{}")).toMatchObject({
      level: "warn",
      webhook: "stripe.events",
      path: "$body.event_id",
      at: "flows/system/shop.yaml:11:14",
    });
    expect(log.lines.join()).not.toContain("secret-7");
  });

  test("a body that lies about its length is cut off at the limit", async () => {
    const { engine, server } = await listening(plans(plan({ limit: 50 })));
    const { hostname, port } = new URL(server.url);
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(port), hostname, () => {
        socket.write(
          `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n`,
        );
        socket.write(`40\r\n${"x".repeat(64)}\r\n`);
      });
      socket.once("data", (chunk: Buffer) => {
        socket.destroy();
        resolve(chunk.toString("latin1"));
      });
      socket.once("error", reject);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(engine.received).toEqual([]);
  });

  test("a busy engine is 429, a stopping one and a full store 503, each with Retry-After", async () => {
    const { ask, clock, engine } = await listening(plans(plan()));
    for (const [reason, status] of [
      ["busy", 429],
      ["stopping", 503],
      ["store", 503],
    ] as const) {
      const retryAt = clock.now() + 2_500;
      engine.refusal = { outcome: "refused", reason, message: "not now", retryAt };
      expect(await ask(path, { body: '{"id":"1"}' })).toMatchObject({
        status,
        headers: { "retry-after": "3" },
        body: { code: `http-in/${reason}` },
      });
    }
  });

  test("what the store cannot take is 503, what breaks inside is 500, and neither says more", async () => {
    const { ask, engine, log } = await listening(plans(plan()));
    engine.receive = async () =>
      Promise.reject(new StoreError("store/full", "disk /dev/canary is full"));
    const full = await ask(path, { body: '{"id":"1"}' });
    expect(full).toMatchObject({ status: 503, headers: { "retry-after": "10" } });
    engine.receive = async () => Promise.reject(new Error("canary inside"));
    const broken = await ask(path, { body: '{"id":"1"}' });
    expect(broken.status).toBe(500);
    expect(JSON.stringify([full.body, broken.body])).not.toContain("canary");
    expect(log.lines.join()).toContain("canary inside");
  });

  test("a flood of refusals does not fill the audit trail, and the next row counts it", async () => {
    const { ask, audit, clock } = await listening(plans(plan()));
    for (let count = 0; count < 70; count += 1) await ask("/webhooks/stripe/other", { body: "{}" });
    expect(audit).toHaveLength(60);
    await clock.advance(60_000);
    await ask("/webhooks/stripe/other", { body: "{}" });
    expect(audit.at(-1)?.detail).toMatchObject({ unwritten: 10 });
  });
});

describe("what a body becomes", () => {
  test("an event rule names it and maps it; its time and sequence come from the body", async () => {
    const webhook = plan({
      time: expression(() => "2026-04-30T23:59:00Z"),
      sequence: expression(() => 42),
      events: [
        {
          kind: "event",
          value: "billing.invoice.finalized",
          at,
          when: expression(({ body }: Sees) => body.type === "invoice.finalized"),
          map: "stripe/invoice-in",
        },
        { kind: "else", value: "ignore", at },
      ],
    });
    const mappings = new Map([
      [
        "stripe/invoice-in",
        {
          name: "stripe/invoice-in",
          at,
          expression: expression(({ input }: { input: { id: string } }) => ({
            invoiceId: input.id,
          })),
        },
      ],
    ]);
    const { ask, engine } = await listening(plans(webhook, { mappings }));
    await ask(path, { body: '{"id":"in_1","type":"invoice.finalized"}' });
    expect(engine.received).toMatchObject([
      {
        channel: "webhook",
        source: "stripe.events",
        type: "billing.invoice.finalized",
        dedupeKey: "in_1",
        data: { invoiceId: "in_1" },
        time: Date.parse("2026-04-30T23:59:00Z"),
        sequence: 42,
      },
    ]);
    expect(await ask(path, { body: '{"id":"in_2","type":"other"}' })).toMatchObject({
      status: 202,
      body: { id: null, outcome: "ignored" },
    });
    expect(engine.received).toHaveLength(1);
  });

  test("a repetition gets the first id", async () => {
    const { ask, engine } = await listening(plans(plan()));
    await ask(path, { body: '{"id":"1"}' });
    expect(await ask(path, { body: '{"id":"1"}' })).toMatchObject({
      status: 202,
      body: { id: "m-1", outcome: "duplicate" },
    });
    expect(engine.received).toHaveLength(1);
  });

  test("several facts in one body are several messages", async () => {
    const webhook = plan({
      items: expression(({ body }: Sees) => body.lines ?? []),
      dedupe: expression(({ body, item }: Sees) => `${body.id}:${JSON.stringify(item)}`),
      where: expression(({ item }: Sees) => item !== "noise"),
      feed: "changes",
    });
    const { ask, engine } = await listening(plans(webhook));
    const answer = await ask(path, { body: '{"id":"1","lines":["a","noise","b"]}' });
    expect(answer.body).toMatchObject({ id: "m-1", messages: [{ id: "m-1" }, { id: "m-2" }] });
    expect(engine.received.map(({ data, source }) => [data, source])).toEqual([
      ["a", "stripe.changes"],
      ["b", "stripe.changes"],
    ]);
  });

  test("our own echo is answered and not stored", async () => {
    const { ask, engine } = await listening(plans(plan({ echo: expression(() => true) })));
    expect((await ask(path, { body: '{"id":"1"}' })).body).toMatchObject({ outcome: "ignored" });
    expect(engine.received).toEqual([]);
  });

  test("a known event that cannot be mapped is kept as invalid: its sender cannot mend it", async () => {
    const data = template(() => {
      throw new ExpressionError("mapping/absent", "there is no amount", at);
    });
    const events: WebhookPlan["events"] = [{ kind: "event", value: "billing.paid", at, data }];
    const { ask, engine } = await listening(plans(plan({ events })));
    expect((await ask(path, { body: '{"id":"1"}' })).status).toBe(202);
    expect(engine.received).toMatchObject([
      {
        type: "billing.paid",
        data: { id: "1" },
        invalid: { code: "mapping/absent", message: "there is no amount" },
      },
    ]);
  });

  test("what no rule takes is kept as invalid where the plan says so", async () => {
    const events: WebhookPlan["events"] = [{ kind: "else", value: "invalid", at }];
    const { ask, engine } = await listening(plans(plan({ events })));
    await ask(path, { body: '{"id":"1"}' });
    expect(engine.received).toMatchObject([
      { type: "stripe.events", invalid: { code: "channels/no-rule" } },
    ]);
  });

  test("the vendor's own kind of answer is given, and its correlation and trace are kept", async () => {
    const respond = {
      at,
      status: 200,
      body: template(({ body }: Sees) => `[accepted ${body.id}]`),
    };
    const { ask, engine } = await listening(plans(plan({ respond })));
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const headers = { "x-correlation-id": "case-7", traceparent };
    expect(await ask(path, { body: '{"id":"1"}', headers })).toMatchObject({
      status: 200,
      body: "[accepted 1]",
    });
    expect(engine.received).toMatchObject([{ correlationId: "case-7", traceparent }]);
    await ask(path, {
      body: '{"id":"2"}',
      headers: { "x-correlation-id": "a b", traceparent: "00-0-0-00" },
    });
    expect(engine.received[1]).not.toHaveProperty("correlationId");
    expect(engine.received[1]).not.toHaveProperty("traceparent");
  });
});

test("close waits for a request that is being answered", async () => {
  const { ask, engine, server } = await listening(plans(plan()));
  const arrived = Promise.withResolvers<void>();
  const stored = Promise.withResolvers<void>();
  engine.receive = async () => {
    arrived.resolve();
    await stored.promise;
    return { outcome: "accepted", messageId: "m-9", runs: [] };
  };
  const answer = ask(path, { body: '{"id":"1"}' });
  await arrived.promise;
  const closed = server.close();
  stored.resolve();
  expect(await answer).toMatchObject({
    status: 202,
    headers: { connection: "close" },
    body: { id: "m-9" },
  });
  await closed;
});
