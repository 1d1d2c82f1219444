import { expect, onTestFinished, test } from "vitest";
import { createTransport } from "../../../../engine/channels/http-out/index.ts";
import { ExpressionError } from "../../../../engine/model/evaluation-error.ts";
import type { Json } from "../../../../engine/model/json.ts";
import type { AuthPlan } from "../../../../engine/model/plan/adapter.ts";
import { VirtualClock } from "../../../../engine/testing/virtual-clock.ts";
import { json, partner, type Seen } from "../partner.ts";
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

const secrets = {
  USER: "ann",
  PASSWORD: "canary-password",
  TOKEN: "canary-token",
  REFRESH: "canary-refresh",
};

function open(values: Readonly<Record<string, string>> = secrets) {
  const clock = new VirtualClock();
  const log = memoryLog();
  const transport = createTransport({ secrets: secretsOf(values), clock, log });
  onTestFinished(async () => transport.close());
  return { transport, clock, log };
}

const plans = (url: string, auth: AuthPlan) =>
  generation({
    adapters: [adapter("tryton", url, { auth })],
    workspace: { secrets: { USER: "", PASSWORD: "", TOKEN: "", REFRESH: "" } },
  });

interface Responses {
  readonly body: { readonly key: string };
  readonly status: number;
}
type SessionValue = Extract<AuthPlan, { kind: "session" }>["value"];

const session = (more: Partial<SessionValue> = {}): AuthPlan => ({
  kind: "session",
  at,
  containing,
  value: {
    at,
    login: {
      at,
      post: template("/login"),
      body: template((scope: { secret: Record<string, string> }) => ({
        user: scope.secret["USER"] ?? "",
        password: scope.secret["PASSWORD"] ?? "",
      })),
      result: expression((scope: { response: Responses }) => scope.response.body.key),
      errors: [
        {
          at,
          when: expression((scope: { response: Responses }) => scope.response.status === 429),
          class: "throttled",
          wait: 300_000,
        },
      ],
    },
    send: { Authorization: template((scope: { session: string }) => `Session ${scope.session}`) },
    renew: { at, idle: 240_000 },
    ...more,
  },
});

test("basic, bearer and header credentials are sent", async () => {
  const erp = await partner((_seen, response) => json(response, 200, {}));
  const { transport } = open();
  const kinds: AuthPlan[] = [
    { kind: "basic", at, value: { at, user: "USER", password: "PASSWORD" } },
    { kind: "bearer", at, value: "TOKEN" },
    {
      kind: "header",
      at,
      value: {
        "X-Key": template((scope: { secret: Record<string, string> }) => scope.secret["TOKEN"]),
      },
    },
  ];
  for (const auth of kinds) await transport.send(delivery(erp.url), plans(erp.url, auth));
  expect(erp.seen.map(({ headers }) => headers.authorization ?? headers["x-key"])).toEqual([
    `Basic ${Buffer.from("ann:canary-password").toString("base64")}`,
    "Bearer canary-token",
    "canary-token",
  ]);
});

test("a secret that is not set is named, and nothing is sent", async () => {
  const erp = await partner((_seen, response) => json(response, 200, {}));
  const { transport } = open({});
  const outcome = await transport.send(
    delivery(erp.url),
    plans(erp.url, { kind: "bearer", at, value: "TOKEN" }),
  );
  expect(outcome).toMatchObject({
    kind: "unauthorized",
    reason: containing('"TOKEN"'),
  });
  expect(erp.seen).toEqual([]);
});

/** A partner whose sessions are numbered; `dead` ones are refused with 401 before any effect. */
async function sessionPartner(
  dead: Set<string>,
  onLogIn?: (seen: Seen) => [number, Json, object?],
) {
  let count = 0;
  const effects: string[] = [];
  const erp = await partner((seen, response) => {
    if (seen.url === "/login") {
      const [status, body, headers] = onLogIn?.(seen) ?? [200, { key: `k${++count}` }];
      json(response, status, body, headers);
      return;
    }
    const key = seen.headers.authorization ?? "";
    if (dead.has(key)) return json(response, 401, {});
    effects.push(key);
    json(response, 200, {});
  });
  return { erp, effects, logIns: () => erp.seen.filter(({ url }) => url === "/login").length };
}

test("one log-in serves a burst of requests", async () => {
  const { erp, effects, logIns } = await sessionPartner(new Set());
  const { transport } = open();
  const to = plans(erp.url, session());
  await Promise.all(Array.from({ length: 20 }, async () => transport.send(delivery(erp.url), to)));
  expect(logIns()).toBe(1);
  expect(effects).toEqual(Array.from({ length: 20 }, () => "Session k1"));
  expect(JSON.parse(erp.seen[0]?.body ?? "")).toEqual({ user: "ann", password: "canary-password" });
});

test("when the session dies under load, one log-in renews it and each request goes once more", async () => {
  const dead = new Set<string>();
  const { erp, effects, logIns } = await sessionPartner(dead);
  const { transport } = open();
  const to = plans(erp.url, session());
  await transport.send(delivery(erp.url), to);
  dead.add("Session k1");
  const outcomes = await Promise.all(
    Array.from({ length: 30 }, async () => transport.send(delivery(erp.url), to)),
  );
  expect(outcomes.every((one) => one.kind === "response" && one.response.status === 200)).toBe(
    true,
  );
  expect(logIns()).toBe(2);
  expect(effects).toHaveLength(31);
});

test("a request whose session died goes once more only when the partner may have one more", async () => {
  const { erp, effects } = await sessionPartner(new Set(["Session k1"]));
  const { transport } = open();
  const told: string[] = [];
  const pace = (isAllowed: boolean) => ({
    left: () => void told.push("left"),
    again: async () => {
      told.push("again");
      return isAllowed;
    },
  });
  const to = plans(erp.url, session());
  const refused = await transport.send(delivery(erp.url), to, pace(false));
  expect(refused).toMatchObject({ kind: "not-sent" });
  expect(told.splice(0)).toEqual(["left", "again"]);
  expect(effects).toEqual([]);
  await transport.send(delivery(erp.url), to, pace(true));
  expect(told).toEqual(["left"]);
  const dying = await sessionPartner(new Set(["Session k1"]));
  told.length = 0;
  await transport.send(delivery(dying.erp.url), plans(dying.erp.url, session()), pace(true));
  expect(told).toEqual(["left", "again", "left"]);
  expect(dying.effects).toEqual(["Session k2"]);
});

test("a renewed session that is refused too is an answer, not a loop", async () => {
  const { erp, logIns } = await sessionPartner(new Set(["Session k1", "Session k2"]));
  const { transport } = open();
  const outcome = await transport.send(delivery(erp.url), plans(erp.url, session()));
  expect(outcome).toMatchObject({ kind: "response", response: { status: 401 } });
  expect(logIns()).toBe(2);
});

test("a session is renewed by the adapter's own sign of death", async () => {
  let fresh = false;
  const erp = await partner((seen, response) => {
    if (seen.url === "/login") return json(response, 200, { key: "k" });
    json(response, 200, { expired: !fresh });
    fresh = true;
  });
  const { transport } = open();
  const when = expression(
    (scope: { response: { body: { expired: boolean } } }) => scope.response.body.expired,
  );
  const outcome = await transport.send(
    delivery(erp.url),
    plans(erp.url, session({ renew: { at, when } })),
  );
  expect(outcome).toMatchObject({ response: { body: { expired: false } } });
});

test("a session that idled too long is not used again", async () => {
  const { erp, logIns } = await sessionPartner(new Set());
  const { transport, clock } = open();
  const to = plans(erp.url, session());
  await transport.send(delivery(erp.url), to);
  await clock.advance(240_000);
  await transport.send(delivery(erp.url), to);
  expect(logIns()).toBe(1);
  await clock.advance(240_001);
  await transport.send(delivery(erp.url), to);
  expect(logIns()).toBe(2);
});

test("a lock-out is respected: nobody logs in before it ends", async () => {
  let locked = true;
  const { erp, logIns } = await sessionPartner(new Set(), () =>
    locked ? [429, {}] : [200, { key: "k" }],
  );
  const { transport, clock } = open();
  const to = plans(erp.url, session());
  const retryAt = clock.now() + 300_000;
  for (const _ of [1, 2, 3]) {
    expect(await transport.send(delivery(erp.url), to)).toMatchObject({
      kind: "unauthorized",
      retryAt,
    });
  }
  expect(logIns()).toBe(1);
  locked = false;
  await clock.advance(300_000);
  expect((await transport.send(delivery(erp.url), to)).kind).toBe("response");
  expect(logIns()).toBe(2);
});

test("wrong credentials are tried again later and later, never in a storm", async () => {
  const { erp, logIns } = await sessionPartner(new Set(), () => [401, { error: "no" }]);
  const { transport, clock } = open();
  const to = plans(erp.url, session());
  const start = clock.now();
  expect(await transport.send(delivery(erp.url), to)).toMatchObject({ retryAt: start + 5_000 });
  await Promise.all(Array.from({ length: 10 }, async () => transport.send(delivery(erp.url), to)));
  expect(logIns()).toBe(1);
  await clock.advance(5_000);
  expect(await transport.send(delivery(erp.url), to)).toMatchObject({ retryAt: start + 15_000 });
  expect(logIns()).toBe(2);
});

test("a log-in that cannot be reached leaves the delivery unsent", async () => {
  const { erp, effects } = await sessionPartner(new Set(), () => [503, {}]);
  const { transport } = open();
  expect(await transport.send(delivery(erp.url), plans(erp.url, session()))).toMatchObject({
    kind: "not-sent",
    reason: containing("503"),
  });
  expect(effects).toEqual([]);
});

type OauthValue = Extract<AuthPlan, { kind: "oauth2" }>["value"];
const oauth = (url: string, more: Partial<OauthValue> = {}): AuthPlan => ({
  kind: "oauth2",
  at,
  containing,
  value: {
    at,
    tokenUrl: template(`${url}/token`),
    grant: "client-credentials",
    client: "USER",
    secret: "PASSWORD",
    scope: "read write",
    ...more,
  },
});

async function tokenPartner(answer: (count: number, seen: Seen) => [number, Json]) {
  let count = 0;
  const server = await partner((seen, response) => {
    if (seen.url === "/token") {
      const [status, body] = answer(++count, seen);
      return json(response, status, body);
    }
    json(response, 200, {});
  });
  const calls = () => server.seen.filter(({ url }) => url !== "/token");
  return { server, tokens: () => count, calls };
}

test("a token is fetched once, used, and renewed before it expires", async () => {
  const { server, tokens, calls } = await tokenPartner((count) => [
    200,
    { access_token: `t${count}`, expires_in: 3600 },
  ]);
  const { transport, clock } = open();
  const to = plans(server.url, oauth(server.url));
  const burst = async () =>
    Promise.all(Array.from({ length: 10 }, async () => transport.send(delivery(server.url), to)));
  await burst();
  expect(tokens()).toBe(1);
  const request = server.seen.find(({ url }) => url === "/token");
  expect(Object.fromEntries(new URLSearchParams(request?.body))).toEqual({
    grant_type: "client_credentials",
    scope: "read write",
  });
  expect(request?.headers.authorization).toBe(
    `Basic ${Buffer.from("ann:canary-password").toString("base64")}`,
  );
  await clock.advance(3_299_000);
  await burst();
  expect(tokens()).toBe(1);
  await clock.advance(1_000);
  await burst();
  expect(tokens()).toBe(2);
  expect(calls().at(-1)?.headers.authorization).toBe("Bearer t2");
});

test("when renewal ahead of time fails, the token is used until its end", async () => {
  let down = false;
  const { server, calls } = await tokenPartner((count) =>
    down ? [503, {}] : [200, { access_token: `t${count}`, expires_in: 3600 }],
  );
  const { transport, clock } = open();
  const to = plans(server.url, oauth(server.url));
  await transport.send(delivery(server.url), to);
  down = true;
  await clock.advance(3_400_000);
  expect((await transport.send(delivery(server.url), to)).kind).toBe("response");
  expect(calls().at(-1)?.headers.authorization).toBe("Bearer t1");
  await clock.advance(300_000);
  expect((await transport.send(delivery(server.url), to)).kind).toBe("not-sent");
});

test("a web page in place of a token is no word about the credentials", async () => {
  let isShown = true;
  const { server } = await tokenPartner((count) =>
    isShown
      ? [200, "<!doctype html><title>Back soon</title>"]
      : [200, { access_token: `t${count}`, expires_in: 3600 }],
  );
  const { transport } = open();
  const to = plans(server.url, oauth(server.url));
  expect(await transport.send(delivery(server.url), to)).toMatchObject({
    kind: "not-sent",
    reason: containing("with a web page"),
  });
  isShown = false;
  expect((await transport.send(delivery(server.url), to)).kind).toBe("response");
});

test("a replaced refresh token is used for the next renewal", async () => {
  const { server } = await tokenPartner((count) => [
    200,
    { access_token: `t${count}`, expires_in: 100, refresh_token: `r${count}` },
  ]);
  const { transport, clock } = open();
  const to = plans(
    server.url,
    oauth(server.url, { grant: "refresh-token", refreshToken: "REFRESH" }),
  );
  await transport.send(delivery(server.url), to);
  await clock.advance(100_000);
  await transport.send(delivery(server.url), to);
  const used = server.seen
    .filter(({ url }) => url === "/token")
    .map(({ body }) => new URLSearchParams(body).get("refresh_token"));
  expect(used).toEqual(["canary-refresh", "r1"]);
});

test("secrets are in no outcome and no log line, whatever goes wrong", async () => {
  const { erp } = await sessionPartner(new Set(), (seen) => [
    400,
    { error: seen.body, message: seen.body },
  ]);
  const { transport, log } = open();
  const broken: AuthPlan = {
    kind: "header",
    at,
    value: {
      "x-key": template((scope: { secret: Record<string, string> }) => {
        throw new ExpressionError("mapping/type", `not a number: ${scope.secret["TOKEN"]}`, at);
      }),
    },
  };
  const multiline: AuthPlan = { kind: "bearer", at, value: "BAD" };
  const outcomes = [
    await transport.send(delivery(erp.url), plans(erp.url, session())),
    await transport.send(delivery(erp.url), plans(erp.url, broken)),
    await open({ BAD: "canary-\n" }).transport.send(delivery(erp.url), plans(erp.url, multiline)),
  ];
  expect(outcomes.map(({ kind }) => kind)).toEqual(["unauthorized", "unauthorized", "not-sent"]);
  expect(JSON.stringify(outcomes) + log.lines.join("\n")).not.toContain("canary");
});
