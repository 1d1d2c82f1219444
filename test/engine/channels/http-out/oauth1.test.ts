import { createHmac } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import { createTransport } from "../../../../engine/channels/http-out/index.ts";
import { oauth1BaseString, oauth1Header } from "../../../../engine/channels/http-out/oauth1.ts";
import { writeRequest } from "../../../../engine/channels/http-out/wire.ts";
import type { AuthPlan } from "../../../../engine/model/plan/adapter.ts";
import type { HttpRequest } from "../../../../engine/model/request.ts";
import { VirtualClock } from "../../../../engine/testing/virtual-clock.ts";
import { json, partner, type Seen } from "../partner.ts";
import { adapter, at, delivery, generation, memoryLog, secretsOf, template } from "../plans.ts";

function written(request: Partial<HttpRequest> & Pick<HttpRequest, "method" | "url">) {
  const one = writeRequest({ headers: {}, encode: "json", timeoutMs: 1, ...request });
  if (one.kind === "refused") throw new Error(one.reason);
  return one;
}

test("the header of RFC 5849's photos.example.net is made to the letter (§1.2)", () => {
  const header = oauth1Header(
    written({
      method: "GET",
      url: "http://photos.example.net/photos?file=vacation.jpg&size=original",
    }),
    {
      consumer: "dpf43f3p2l4k3l03",
      consumerSecret: "kd94hf93k423kf44",
      token: "nnch734d00sl2jdk",
      tokenSecret: "pfkkdhi9sl3r4s00",
      algorithm: "sha1",
      realm: "Photos",
    },
    { timestamp: 137_131_202, nonce: "chapoH" },
  );
  expect(header).toBe(
    'OAuth realm="Photos", oauth_consumer_key="dpf43f3p2l4k3l03", oauth_token="nnch734d00sl2jdk", oauth_signature_method="HMAC-SHA1", oauth_timestamp="137131202", oauth_nonce="chapoH", oauth_signature="MdpQcU8iPSUjWoN%2FUDMsK2sui9I%3D"',
  );
});

test("what is signed is RFC 5849's text, of query, form and header (§3.4.1.1)", () => {
  const request = written({
    method: "POST",
    url: "HTTP://EXAMPLE.COM:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b",
    encode: "form",
    body: { c2: "", a3: "2 q" },
  });
  const text = oauth1BaseString(request, [
    ["oauth_consumer_key", "9djdj82h48djs9d2"],
    ["oauth_token", "kkk9d7dh3k39sjv7"],
    ["oauth_signature_method", "HMAC-SHA1"],
    ["oauth_timestamp", "137131201"],
    ["oauth_nonce", "7d8f3e4a"],
  ]);
  expect(text).toBe(
    "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7",
  );
});

const secrets = {
  CONSUMER: "consumer-key",
  CONSUMER_SECRET: "canary-consumer & secret",
  TOKEN: "token-id",
  TOKEN_SECRET: "canary-token",
};

/** Verifies as a partner does: every parameter read anew from what came. */
function isSigned({ body, headers, method, url }: Seen, base: string): boolean {
  const fields = new Map(
    [...(headers.authorization ?? "").matchAll(/(\w+)="([^"]*)"/g)].map(
      ([, name = "", value = ""]) => [name, decodeURIComponent(value)] as const,
    ),
  );
  const enc = (text: string) =>
    encodeURIComponent(text).replace(
      /[!*'()]/g,
      (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
    );
  const at = new URL(url, base);
  const isForm = headers["content-type"] === "application/x-www-form-urlencoded";
  const parameters = [
    ...at.searchParams,
    ...(isForm ? new URLSearchParams(body) : []),
    ...[...fields].filter(([name]) => !["realm", "oauth_signature"].includes(name)),
  ].map(([name, value]) => `${enc(name)}=${enc(value)}`);
  const text = [method, at.origin + at.pathname, parameters.toSorted().join("&")]
    .map(enc)
    .join("&");
  const key = `${enc(secrets.CONSUMER_SECRET)}&${enc(secrets.TOKEN_SECRET)}`;
  const wanted = createHmac("sha256", key).update(text).digest("base64");
  return fields.get("oauth_signature") === wanted && fields.get("realm") === "1234567_SB1";
}

const plan: AuthPlan = {
  kind: "oauth1",
  at,
  value: {
    at,
    consumer: "CONSUMER",
    consumerSecret: "CONSUMER_SECRET",
    token: "TOKEN",
    tokenSecret: "TOKEN_SECRET",
    realm: template("1234567_SB1"),
  },
};

function open(values: Readonly<Record<string, string>>) {
  const log = memoryLog();
  const transport = createTransport({ secrets: secretsOf(values), clock: new VirtualClock(), log });
  onTestFinished(async () => transport.close());
  return { transport, log };
}

test("each request is signed as it goes out, under a nonce of its own", async () => {
  const seen: boolean[] = [];
  const erp = await partner((one, response) => {
    seen.push(isSigned(one, erp.url));
    json(response, 200, {});
  });
  const { transport, log } = open(secrets);
  const plans = generation({ adapters: [adapter("tryton", erp.url, { auth: plan })] });
  const url = `${erp.url}/services/rest/record/v1/salesOrder/eid:A'(1)*!`;
  const query = { q: 'tranId IS "SO 1" & é', tag: ["b", "a"] };
  const base = delivery(url).request;
  await transport.send(delivery(url, { request: { ...base, query } }), plans);
  const form = { ...base, encode: "form", body: { name: "Zoë & co", tag: ["b", "a"] } } as const;
  await transport.send(delivery(url, { request: form }), plans);
  await transport.send(delivery(url, { request: form }), plans);
  expect(seen).toEqual([true, true, true]);
  const nonces = erp.seen.map(
    ({ headers }) => /nonce="([^"]+)"/.exec(headers.authorization ?? "")?.[1],
  );
  expect(new Set(nonces).size).toBe(3);
  expect(log.lines.join("\n")).not.toContain("canary");
});

test("a secret of the signature that is not set is named, and nothing is sent", async () => {
  const erp = await partner((_seen, response) => json(response, 200, {}));
  const { TOKEN_SECRET: _, ...others } = secrets;
  const { transport } = open(others);
  const plans = generation({ adapters: [adapter("tryton", erp.url, { auth: plan })] });
  expect(await transport.send(delivery(erp.url), plans)).toMatchObject({
    kind: "unauthorized",
    reason: 'secret "TOKEN_SECRET" is not set',
  });
  expect(erp.seen).toEqual([]);
});
