import { generateKeyPairSync } from "node:crypto";
import { importSPKI, jwtVerify } from "jose";
import { expect, onTestFinished, test } from "vitest";
import {
  createTransport,
  type TransportOptions,
} from "../../../../engine/channels/http-out/index.ts";
import type { Json } from "../../../../engine/model/json.ts";
import { SeededIds } from "../../../../engine/testing/seeded-ids.ts";
import { VirtualClock } from "../../../../engine/testing/virtual-clock.ts";
import { compiledAdapter } from "../compiled.ts";
import { json, partner, type Seen } from "../partner.ts";
import { containing, delivery, memoryLog, secretsOf } from "../plans.ts";

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const pem = privateKey.export({ type: "pkcs8", format: "pem" });
const spki = publicKey.export({ type: "spki", format: "pem" }) as string;
const values = {
  CLIENT: "client-1",
  SECRET: "canary-secret",
  // As environment variables often carry it.
  KEY: String(pem).replaceAll("\n", "\\n"),
  REFRESH: "first-token",
};

const yaml = (url: string, oauth: string) => `
base-url: ${url}
auth:
  oauth2:
    token-url: ${url}/token
    client: CLIENT
${oauth.replaceAll(/^/gm, "    ")}
operations: { read: { request: { get: / } } }
`;

async function world(oauth: string, answer: (seen: Seen, count: number) => [number, Json]) {
  let count = 0;
  const server = await partner((seen, response) => {
    if (seen.url !== "/token") return json(response, 200, {});
    const [status, body] = answer(seen, ++count);
    json(response, status, body);
  });
  const generation = compiledAdapter(yaml(server.url, oauth), Object.keys(values));
  const clock = new VirtualClock(Date.parse("2026-05-01T00:00:00Z"));
  const log = memoryLog();
  const open = (more: Partial<TransportOptions> = {}, given: Partial<typeof values> = {}) => {
    const transport = createTransport({
      secrets: secretsOf({ ...values, ...given }),
      clock,
      log,
      ids: new SeededIds(1),
      ...more,
    });
    onTestFinished(async () => transport.close());
    return async () => transport.send(delivery(server.url, { adapter: "vendor" }), generation);
  };
  const asked = () =>
    server.seen
      .filter(({ url }) => url === "/token")
      .map(({ body }) => Object.fromEntries(new URLSearchParams(body)));
  return { open, server, asked, clock, log };
}

const claimsOf = async (jwt: string | undefined, at: Date) =>
  jwtVerify(jwt ?? "", await importSPKI(spki, "RS256"), { currentDate: at });

test("a signed assertion is the grant, with the claims that are said (RFC 7523)", async () => {
  const { open, asked, server, clock } = await world(
    `grant: jwt-bearer
jwt:
  key: KEY
  key-id: key-7
  subject: ann@example.com
  audience: https://login.example.com
  claims: { scope: api }`,
    () => [200, { access_token: "t1" }],
  );
  expect((await open()()).kind).toBe("response");
  const [form] = asked();
  expect(form?.["grant_type"]).toBe("urn:ietf:params:oauth:grant-type:jwt-bearer");
  expect(Object.keys(form ?? {})).toEqual(["grant_type", "assertion"]);
  const at = new Date(clock.now());
  const { payload, protectedHeader } = await claimsOf(form?.["assertion"], at);
  expect(protectedHeader).toEqual({ alg: "RS256", typ: "JWT", kid: "key-7" });
  expect(payload).toMatchObject({
    iss: "client-1",
    sub: "ann@example.com",
    aud: "https://login.example.com",
    scope: "api",
    iat: clock.now() / 1000,
    exp: clock.now() / 1000 + 180,
  });
  expect(payload.jti).toMatch(/^[0-9a-f-]{36}$/);
  expect(server.seen.at(-1)?.headers.authorization).toBe("Bearer t1");
});

test("a client proves itself by a key instead of a secret, and gives what else is wanted", async () => {
  const { open, asked, server, clock } = await world(
    `grant: client-credentials
scope: rest
jwt: { key: KEY }
params: { resource: "https://api.example.com" }`,
    () => [200, { access_token: "t1" }],
  );
  await open()();
  const [form] = asked();
  expect(form).toMatchObject({
    grant_type: "client_credentials",
    client_id: "client-1",
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    scope: "rest",
    resource: "https://api.example.com",
  });
  const { payload } = await claimsOf(form?.["client_assertion"], new Date(clock.now()));
  expect(payload).toMatchObject({ sub: "client-1", aud: `${server.url}/token` });
  expect(server.seen[0]?.headers.authorization).toBeUndefined();
});

test("a key that signs nothing is named and not shown", async () => {
  const { open, server, log } = await world(`grant: jwt-bearer\njwt: { key: KEY }`, () => [
    200,
    {},
  ]);
  expect(await open({}, { KEY: "canary-no-key" })()).toMatchObject({
    kind: "unauthorized",
    reason: containing('secret "KEY" is no key that signs RS256'),
  });
  expect(server.seen).toEqual([]);
  expect(log.lines.join("\n")).not.toContain("canary");
});

const rotating = "grant: refresh-token\nsecret: SECRET\nrefresh-token: REFRESH";

/** A partner that takes each refresh token once, as rotation means it. */
function rotation() {
  let valid = "first-token";
  let count = 0;
  const answer = ({ body }: Seen): [number, Json] => {
    if (new URLSearchParams(body).get("refresh_token") !== valid) {
      return [400, { error: "invalid_grant" }];
    }
    valid = `canary-${++count}`;
    return [200, { access_token: `t${count}`, expires_in: 100, refresh_token: valid }];
  };
  return { answer, set: (token: string) => (valid = token) };
}

function memory() {
  const rows = new Map<string, Json>();
  return {
    rows,
    checkpoint: async (name: string) => rows.get(name) ?? null,
    saveCheckpoint: async (name: string, value: Json) => void rows.set(name, value),
  };
}

test("a replaced refresh token outlives the process, and lies in the store sealed", async () => {
  const { answer } = rotation();
  const { open, asked, clock } = await world(rotating, answer);
  const kept = memory();
  const first = open({ memory: kept });
  await first();
  await clock.advance(100_000);
  await first();
  const second = open({ memory: kept });
  expect((await second()).kind).toBe("response");
  expect(asked().map((form) => form["refresh_token"])).toEqual([
    "first-token",
    "canary-1",
    "canary-2",
  ]);
  expect(JSON.stringify([...kept.rows])).not.toMatch(/canary|first-token/);
  // Without a memory the same restart is locked out: that is what the memory is for.
  expect((await open()()).kind).toBe("unauthorized");
});

test("a token that a person gives anew begins a chain of its own", async () => {
  const { answer, set } = rotation();
  const { open, clock } = await world(rotating, answer);
  const kept = memory();
  await open({ memory: kept })();
  set("second-token");
  await clock.advance(100_000);
  expect((await open({ memory: kept }, { REFRESH: "second-token" })()).kind).toBe("response");
});

test("a stored token under another client's secret, or a broken one, is not used", async () => {
  const { answer, set } = rotation();
  const { open } = await world(rotating, answer);
  const kept = memory();
  await open({ memory: kept })();
  set("first-token");
  expect((await open({ memory: kept }, { SECRET: "another" })()).kind).toBe("response");
  for (const name of kept.rows.keys()) kept.rows.set(name, { of: "x", sealed: "AAAA" });
  set("first-token");
  expect((await open({ memory: kept })()).kind).toBe("response");
});
