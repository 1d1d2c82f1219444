import { expect, onTestFinished, test } from "vitest";
import { createTransport } from "../../../../engine/channels/http-out/index.ts";
import type { AuthPlan } from "../../../../engine/model/plan/adapter.ts";
import { VirtualClock } from "../../../../engine/testing/virtual-clock.ts";
import { json, partner } from "../partner.ts";
import {
  adapter,
  at,
  containing,
  delivery,
  expression,
  generation,
  memoryLog,
  secretsOf,
  template,
} from "../plans.ts";

interface Sees {
  readonly secret: Record<string, string>;
  readonly session: { readonly uid: number; readonly id: string };
  readonly response: {
    readonly cookies: Record<string, string>;
    readonly body: { readonly uid: number };
  };
}

function open() {
  const log = memoryLog();
  const secrets = secretsOf({ KEY: "canary-key", PASSWORD: "canary-password" });
  const transport = createTransport({ secrets, clock: new VirtualClock(), log });
  onTestFinished(async () => transport.close());
  return { transport, log };
}

const plans = (url: string, auth: AuthPlan) =>
  generation({
    adapters: [adapter("tryton", url, { auth })],
    workspace: { secrets: { KEY: "", PASSWORD: "" } },
  });
const key = template(({ secret }: Sees) => secret["KEY"]);
const request = {
  method: "POST",
  headers: {},
  encode: "json",
  timeoutMs: 5_000,
} as const;

test("an API key is a user without password", async () => {
  const erp = await partner((_seen, response) => json(response, 200, {}));
  const { transport } = open();
  const auth: AuthPlan = { kind: "basic", at, value: { at, user: "KEY" } };
  await transport.send(delivery(erp.url), plans(erp.url, auth));
  const basic = `Basic ${Buffer.from("canary-key:").toString("base64")}`;
  expect(erp.seen[0]?.headers.authorization).toBe(basic);
});

test("credentials in the query join what the request asks for", async () => {
  const erp = await partner((_seen, response) => json(response, 200, {}));
  const { transport } = open();
  const auth: AuthPlan = { kind: "query", at, value: { api_token: key } };
  const one = delivery(erp.url, { request: { ...request, url: erp.url, query: { page: "2" } } });
  await transport.send(one, plans(erp.url, auth));
  expect(erp.seen[0]?.url).toBe("/?page=2&api_token=canary-key");
});

test("credentials in the body fill their place on the wire, and nowhere else", async () => {
  const erp = await partner((_seen, response) => json(response, 200, {}));
  const { transport, log } = open();
  const auth: AuthPlan = { kind: "body", at, value: { "/params/args/2": key, "/a~1b": key } };
  const body = { params: { args: ["db", 7, null, "res.partner"] }, "a/b": null };
  const one = delivery(erp.url, { request: { ...request, url: erp.url, body } });
  await transport.send(one, plans(erp.url, auth));
  expect(JSON.parse(erp.seen[0]?.body ?? "")).toEqual({
    params: { args: ["db", 7, "canary-key", "res.partner"] },
    "a/b": "canary-key",
  });
  expect(JSON.stringify([one, log.lines])).not.toContain("canary-key");
});

test.each([
  ["/params/args/9", { params: { args: [] } }],
  ["/params/args/-1", { params: { args: [1] } }],
  ["/params/key", { params: {} }],
  ["/params/key", "text"],
  ["/__proto__", {}],
  ["params", { params: null }],
])("a body without the place %s is not sent", async (pointer, body) => {
  const erp = await partner((_seen, response) => json(response, 200, {}));
  const { transport } = open();
  const auth: AuthPlan = { kind: "body", at, value: { [pointer]: key } };
  const one = delivery(erp.url, { request: { ...request, url: erp.url, body } });
  expect(await transport.send(one, plans(erp.url, auth))).toMatchObject({
    kind: "not-sent",
    refused: true,
    reason: containing(pointer),
  });
  expect(erp.seen).toEqual([]);
});

test("a log-in may give its session as a cookie, and want it in header and body", async () => {
  const erp = await partner((seen, response) => {
    if (seen.url === "/login") {
      response.setHeader("set-cookie", [
        "lang=en; Expires=Tue, 01 Dec 2026 10:00:00 GMT; Path=/",
        "session_id=s-1; HttpOnly",
      ]);
      json(response, 200, { uid: 7 });
    } else json(response, 200, {});
  });
  const { transport } = open();
  const auth: AuthPlan = {
    kind: "session",
    at,
    value: {
      at,
      login: {
        at,
        post: template("/login"),
        result: expression(({ response }: Sees) => ({
          uid: response.body.uid,
          id: `${response.cookies["lang"]}-${response.cookies["session_id"]}`,
        })),
      },
      send: { Cookie: template(({ session }: Sees) => `session_id=${session.id}`) },
      body: { "/uid": template(({ session }: Sees) => session.uid) },
    },
  };
  const one = delivery(erp.url, { request: { ...request, url: erp.url, body: { uid: null } } });
  await transport.send(one, plans(erp.url, auth));
  expect(erp.seen[1]?.headers.cookie).toBe("session_id=en-s-1");
  expect(JSON.parse(erp.seen[1]?.body ?? "")).toEqual({ uid: 7 });
});

test("a token endpoint may want client and secret in the body", async () => {
  const erp = await partner((_seen, response) => json(response, 200, { access_token: "t" }));
  const { transport } = open();
  const auth: AuthPlan = {
    kind: "oauth2",
    at,
    value: {
      at,
      tokenUrl: template(`${erp.url}/token`),
      grant: "client-credentials",
      client: "KEY",
      secret: "PASSWORD",
      clientIn: "body",
    },
  };
  await transport.send(delivery(erp.url), plans(erp.url, auth));
  expect(erp.seen[0]?.headers.authorization).toBeUndefined();
  expect(Object.fromEntries(new URLSearchParams(erp.seen[0]?.body))).toEqual({
    grant_type: "client_credentials",
    client_id: "canary-key",
    client_secret: "canary-password",
  });
});
