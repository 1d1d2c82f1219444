import { createHmac } from "node:crypto";
import Stripe from "stripe";
import { Webhook } from "standardwebhooks";
import { describe, expect, test } from "vitest";
import { compiledAdapter } from "../compiled.ts";
import { type Asked, listening } from "./world.ts";

const secret = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const endpoint = (verify: string, rest = "", dedupe = "$body.id") => `
base-url: https://vendor.example.com
auth: { none: true }
operations: { read: { request: { get: / } } }
webhooks:
  events:
    verify: ${verify}
    dedupe: "${dedupe}"
${rest}`;
const path = "/webhooks/vendor/events";
const now = Date.parse("2026-05-01T00:00:00Z");

async function open(yaml: string, key = secret) {
  return listening(compiledAdapter(yaml, ["KEY"]), { KEY: key });
}

const body = '{"id":"evt_1","object":"event","amount": 1.10}';
/** Each as its vendor signs `body`; the first two by the vendor's own library. */
const senders: readonly [name: string, verify: string, key: string, headers: Asked["headers"]][] = [
  [
    "Stripe",
    '{ hmac: KEY, header: Stripe-Signature, format: "t={t},v1={signature}", signed: "{t}.{body}" }',
    "whsec_test",
    {
      "stripe-signature": new Stripe("sk_test_x").webhooks.generateTestHeaderString({
        payload: body,
        secret: "whsec_test",
        timestamp: now / 1000,
      }),
    },
  ],
  [
    "Standard Webhooks",
    '{ hmac: KEY, header: webhook-signature, format: "v1,{signature}", signed: "{webhook-id}.{timestamp}.{body}", timestamp: webhook-timestamp, encoding: base64 }',
    `whsec_${secret}`,
    {
      "webhook-id": "msg_1",
      "webhook-timestamp": String(now / 1000),
      "webhook-signature": new Webhook(`whsec_${secret}`).sign("msg_1", new Date(now), body),
    },
  ],
  [
    "Slack",
    '{ hmac: KEY, header: X-Slack-Signature, format: "v0={signature}", signed: "v0:{timestamp}:{body}", timestamp: X-Slack-Request-Timestamp }',
    secret,
    {
      "x-slack-request-timestamp": String(now / 1000),
      "x-slack-signature": `v0=${hex("sha256", `v0:${now / 1000}:${body}`)}`,
    },
  ],
  [
    "Paddle",
    '{ hmac: KEY, header: Paddle-Signature, format: "ts={t};h1={signature}", signed: "{t}:{body}" }',
    secret,
    { "paddle-signature": `ts=${now / 1000};h1=${hex("sha256", `${now / 1000}:${body}`)}` },
  ],
  [
    "Recurly",
    '{ hmac: KEY, header: Recurly-Signature, format: "{t},{signature}", signed: "{t}.{body}" }',
    secret,
    { "recurly-signature": `${now},${"0".repeat(64)},${hex("sha256", `${now}.${body}`)}` },
  ],
  [
    "Intercom (SHA-1)",
    '{ hmac: KEY, header: X-Hub-Signature, format: "sha1={signature}", algorithm: sha1 }',
    secret,
    { "x-hub-signature": `sha1=${hex("sha1", body)}` },
  ],
  [
    "Paystack (SHA-512)",
    "{ hmac: KEY, header: x-paystack-signature, algorithm: sha512 }",
    secret,
    { "x-paystack-signature": hex("sha512", body) },
  ],
];

function hex(algorithm: string, text: string): string {
  return createHmac(algorithm, secret).update(text).digest("hex");
}

test.each(senders)(
  "%s's signature is taken, and none for another body",
  async (_, verify, key, headers) => {
    const { ask, engine } = await open(endpoint(verify), key);
    const answer = await ask(path, { body, ...(headers === undefined ? {} : { headers }) });
    expect([answer.status, engine.received.length]).toEqual([202, 1]);
    const other = body.replace("1.10", "1.11");
    expect(
      (await ask(path, { body: other, ...(headers === undefined ? {} : { headers }) })).status,
    ).toBe(401);
  },
);

test("Slack's published example verifies", async () => {
  // https://docs.slack.dev/authentication/verifying-requests-from-slack
  const form =
    "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
  const verify =
    '{ hmac: KEY, header: X-Slack-Signature, format: "v0={signature}", signed: "v0:{timestamp}:{body}", timestamp: X-Slack-Request-Timestamp, tolerance: 10000d }';
  const yaml = endpoint(verify, "    accept: form", "$body.trigger_id");
  const { ask, engine } = await open(yaml, "8f742231b10e8888abcd99yyyzzz85a5");
  const headers = {
    "content-type": "application/x-www-form-urlencoded",
    "x-slack-request-timestamp": "1531420618",
    "x-slack-signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
  };
  expect((await ask(path, { body: form, headers })).status).toBe(202);
  expect(engine.received[0]?.data).toMatchObject({ command: "/webhook-collect", text: "" });
});

test("a token in the address proves the caller, and is in no audit row", async () => {
  const { ask, audit, engine } = await open(endpoint("{ token: KEY, query: token }"));
  const given = async (query: string) =>
    (await ask(`${path}${query}`, { body, headers: {} })).status;
  expect(await given(`?token=${secret}&a=1`)).toBe(202);
  const wrong = [`?token=${secret}x`, "?token=", "", `?other=${secret}`];
  expect(await Promise.all(wrong.map(given))).toEqual([401, 401, 401, 401]);
  const withoutBody = await ask(`${path}?token=${secret}`, { body: "{", headers: {} });
  expect(withoutBody.status).toBe(400);
  expect(JSON.stringify([audit, withoutBody.text])).not.toContain(secret);
  expect(engine.received).toHaveLength(1);
});

const none = "{ none: true }";

describe("bodies", () => {
  const soap = (inner: string) =>
    `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>${inner}</soapenv:Body></soapenv:Envelope>`;
  const outbound = endpoint(
    none,
    `    accept: xml
    items: "$body.Envelope.Body.notifications.Notification"
    respond:
      status: 200
      encode: xml
      body:
        soapenv:Envelope:
          "@xmlns:soapenv": http://schemas.xmlsoap.org/soap/envelope/
          soapenv:Body: { notificationsResponse: { "@xmlns": "http://soap.sforce.com/2005/09/outbound", Ack: "true" } }`,
    "$item.Id",
  );
  const headers = { "content-type": "text/xml; charset=utf-8" };

  test("a SOAP notification becomes its facts, and is acknowledged in SOAP", async () => {
    const { ask, engine } = await open(outbound);
    const notification = (id: string) =>
      `<Notification><Id>${id}</Id><sObject xsi:type="sf:Opportunity" xmlns:sf="urn:sobject"><sf:Code>007</sf:Code><sf:Name>A &amp; B</sf:Name><sf:Note xsi:nil="true"/></sObject></Notification>`;
    const text = soap(
      `<notifications xmlns="http://soap.sforce.com/2005/09/outbound">${notification("1")}${notification("2")}</notifications>`,
    );
    const answer = await ask(path, { body: text, headers });
    expect([answer.status, answer.headers["content-type"]]).toEqual([
      200,
      "text/xml; charset=utf-8",
    ]);
    expect(answer.text).toContain(
      '<soapenv:Body><notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack></notificationsResponse></soapenv:Body>',
    );
    expect(engine.received.map(({ data }) => data)).toEqual(
      ["1", "2"].map((id) => ({
        Id: id,
        sObject: { "@type": "sf:Opportunity", Code: "007", Name: "A & B", Note: null },
      })),
    );
  });

  test.each([
    [
      "an entity of its own",
      '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
      "document type",
    ],
    [
      "entities of entities",
      '<!DOCTYPE a [<!ENTITY x "lol"><!ENTITY y "&x;&x;">]><a>&y;</a>',
      "document type",
    ],
    ["no end", "<a><b>1</b>", "Unclosed"],
    ["ten thousand levels", "<a>".repeat(10_000) + "</a>".repeat(10_000), "nested"],
    ["two roots", "<a/><b/>", "root"],
  ])("XML with %s is refused", async (_, text, why) => {
    const { ask, engine } = await open(outbound);
    const answer = await ask(path, { body: text, headers });
    expect(answer).toMatchObject({ status: 400, body: { code: "http-in/bad-body" } });
    expect(String(answer.body["detail"])).toContain(why);
    expect(engine.received).toEqual([]);
  });

  test("a form with nested names becomes maps and lists; one that contradicts itself is refused", async () => {
    const { ask, engine } = await open(endpoint(none, "    accept: form"));
    const form = { "content-type": "application/x-www-form-urlencoded" };
    const text = "id=7&a[b][0]=x&a[b][1]=y&c[]=1&c[]=2&d=1&d=2&__proto__[x]=1&e[k]=";
    expect((await ask(path, { body: text, headers: form })).status).toBe(202);
    expect(JSON.stringify(engine.received[0]?.data)).toBe(
      '{"id":"7","a":{"b":["x","y"]},"c":["1","2"],"d":["1","2"],"__proto__":{"x":"1"},"e":{"k":""}}',
    );
    const crossed = await ask(path, { body: "id=7&a=1&a[b]=2", headers: form });
    expect(crossed.body["code"]).toBe("http-in/bad-body");
    expect((await ask(path, { body: "{}" })).status).toBe(415);
  });
});

describe("handshakes", () => {
  test("a HEAD asks whether the endpoint is there, and leaves nothing", async () => {
    const { audit, engine, server } = await open(endpoint("{ token: KEY, header: X-Token }"));
    const head = async (at: string) =>
      (await fetch(`${server.url}${at}`, { method: "HEAD" })).status;
    expect(await head(path)).toBe(200);
    expect([engine.received, audit]).toEqual([[], []]);
    expect(await head(`${path}s`)).toBe(404);
  });

  test("a token in the address is sent back as plain text, and what is no question is a fact", async () => {
    const yaml = endpoint(
      "{ token: KEY, header: X-Token }",
      `    handshake: { when: "$exists($query.validationToken)", answer: "\${ $query.validationToken }", signed: false }`,
    );
    const { ask, engine } = await open(yaml);
    for (const method of ["GET", "POST"]) {
      const answer = await ask(`${path}?validationToken=a%3Cb`, { method });
      expect([answer.status, answer.text, answer.headers["content-type"]]).toEqual([
        200,
        "a<b",
        "text/plain; charset=utf-8",
      ]);
    }
    expect(engine.received).toEqual([]);
    expect((await ask(path, { method: "GET" })).status).toBe(400);
    expect((await ask(path, { body })).status).toBe(401);
    expect((await ask(path, { body, headers: { "x-token": secret } })).status).toBe(202);
  });

  test("a challenge in a signed body is answered only when its signature holds", async () => {
    const yaml = endpoint(
      "{ hmac: KEY, header: X-Signature }",
      `    handshake: { when: "$body.type = 'url_verification'", answer: { challenge: "\${ $body.challenge }" } }`,
    );
    const { ask, engine } = await open(yaml);
    const text =
      '{"type":"url_verification","challenge":"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"}';
    const headers = { "x-signature": hex("sha256", text) };
    expect(await ask(path, { body: text, headers })).toMatchObject({
      status: 200,
      body: { challenge: "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P" },
    });
    expect((await ask(path, { body: text })).status).toBe(401);
    expect(engine.received).toEqual([]);
  });
});
