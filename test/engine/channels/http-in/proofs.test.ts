import {
  createHash,
  createHmac,
  generateKeyPairSync,
  type KeyObject,
  randomUUID,
  sign,
} from "node:crypto";
import { exportJWK, SignJWT } from "jose";
import { describe, expect, test } from "vitest";
import type { ServerOptions } from "../../../../engine/channels/http-in/index.ts";
import { compiledAdapter } from "../compiled.ts";
import { listening } from "./world.ts";

/** Proofs that no header over raw bytes gives: values that are signed, private keys, tokens. */

const path = "/webhooks/vendor/events";
const now = Date.parse("2026-05-01T00:00:00Z");
const seconds = now / 1000;

interface Options {
  readonly rest?: string;
  readonly dedupe?: string;
  readonly more?: Partial<ServerOptions>;
}

async function open(
  verify: string,
  key: string,
  { rest = "", dedupe = "$string($body.id)", more = {} }: Options = {},
) {
  const yaml = `
base-url: https://vendor.example.com
auth: { none: true }
operations: { read: { request: { get: / } } }
webhooks:
  events:
    verify: ${verify}
    dedupe: "${dedupe}"
${rest}`;
  return listening(compiledAdapter(yaml, ["KEY"]), { KEY: key }, more);
}

const hmac = (key: string | Buffer, text: string, algorithm = "sha256") =>
  createHmac(algorithm, key).update(text);

describe("values that are signed", () => {
  // Key and signature that Adyen's own libraries are tested with.
  const adyenKey = "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056";
  const adyen = `
      hmac: KEY
      key: hex
      encoding: base64
      signature: "$item.NotificationRequestItem.additionalData.hmacSignature"
      over: "$item.NotificationRequestItem.$join([pspReference, originalReference ?? '', merchantAccountCode, merchantReference, $string(amount.value), amount.currency, eventCode, success], ':')"`;
  const adyenRest = `    items: "$body.notificationItems"
    respond: { status: 200, encode: text, body: "[accepted]" }`;
  const options = { rest: adyenRest, dedupe: "$item.NotificationRequestItem.pspReference" };
  const notification = (more: object = {}) => ({
    NotificationRequestItem: {
      pspReference: "7914073381342284",
      merchantAccountCode: "TestMerchant",
      merchantReference: "TestPayment-1407325143704",
      amount: { value: 1130, currency: "EUR" },
      eventCode: "AUTHORISATION",
      success: "true",
      additionalData: { hmacSignature: "coqCmt/IZ4E3CzPvMY8zTjQVL5hYJUiBRg8UU+iCWo0=" },
      ...more,
    },
  });

  test("Adyen: each item of a batch carries its own, made with a key in hex", async () => {
    const { ask, engine } = await open(adyen, adyenKey, options);
    const send = async (...notificationItems: readonly object[]) =>
      ask(path, { body: JSON.stringify({ live: "false", notificationItems }) });
    expect(await send(notification())).toMatchObject({ status: 200, text: "[accepted]" });
    expect(engine.received).toHaveLength(1);
    const forged = notification({ amount: { value: 1131, currency: "EUR" } });
    // One that does not hold refuses all: none of them may be stored.
    expect((await send(notification(), forged)).status).toBe(401);
    const unsigned = await send(notification({ additionalData: {} }));
    expect(unsigned).toMatchObject({ status: 401, body: { code: "http-in/bad-signature" } });
    expect(String(unsigned.body["detail"])).toContain("hmacSignature");
    expect((await send()).status).toBe(401);
    expect(engine.received).toHaveLength(1);
  });

  test("a key that is not written as the spec says is our fault, and no answer to the sender", async () => {
    const { ask, log } = await open(adyen, "not hex", options);
    const body = JSON.stringify({ notificationItems: [notification()] });
    expect((await ask(path, { body })).status).toBe(500);
    expect(JSON.stringify(log.lines)).toContain("not written in hex");
  });

  test("Mailgun: signature, time and token stand in the body", async () => {
    const verify = `
      hmac: KEY
      signature: "$body.signature.signature"
      over: "$body.signature.timestamp & $body.signature.token"
      sent: "$body.signature.timestamp"`;
    const { ask, engine } = await open(verify, "mailgun-key", {
      dedupe: "$body.'event-data'.id",
    });
    const send = async (timestamp: string, key = "mailgun-key") => {
      const signature = hmac(key, `${timestamp}tok`).digest("hex");
      const event = { id: "e1", event: "failed", recipient: "a@example.com" };
      const whole = { signature: { timestamp, token: "tok", signature }, "event-data": event };
      return (await ask(path, { body: JSON.stringify(whole) })).status;
    };
    expect(await send(String(seconds))).toBe(202);
    expect(await send(String(seconds), "another")).toBe(401);
    expect(await send(String(seconds - 3600))).toBe(401);
    expect(engine.received).toHaveLength(1);
  });

  test("Twilio: the address with the form's fields in order, as its documentation shows", async () => {
    const verify = `
      hmac: KEY
      header: X-Twilio-Signature
      algorithm: sha1
      encoding: base64
      url: "https://mycompany.com/myapp.php?foo=1&bar=2"
      over: "$request.uri & $join($sort($keys($body)) ~> $map(function($name) { $name & $lookup($body, $name) }))"`;
    const { ask, engine } = await open(verify, "12345", {
      rest: "    accept: form",
      dedupe: "$body.CallSid",
    });
    const form =
      "Digits=1234&CallSid=CA1234567890ABCDE&To=%2B18005551212&From=%2B14158675309&Caller=%2B14158675309";
    const headers = {
      "content-type": "application/x-www-form-urlencoded",
      "x-twilio-signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8=",
    };
    expect((await ask(path, { body: form, headers })).status).toBe(202);
    const other = form.replace("Digits=1234", "Digits=1235");
    expect((await ask(path, { body: other, headers })).status).toBe(401);
    expect(engine.received).toHaveLength(1);
  });

  test("only a digest of the body is signed: that it is this body's is asked besides", async () => {
    const verify = `
      hmac: KEY
      header: X-Twilio-Signature
      algorithm: sha1
      encoding: base64
      over: "$request.uri"
      that: "$query.bodySHA256 = $request.sha256"`;
    const { ask, server } = await open(verify, "12345");
    const body = '{"id":"SM1"}';
    const sha256 = createHash("sha256").update(body).digest("hex");
    const target = `${path}?bodySHA256=${sha256}`;
    const signature = hmac("12345", `${server.url}${target}`, "sha1").digest("base64");
    const headers = { "x-twilio-signature": signature };
    expect((await ask(target, { body, headers })).status).toBe(202);
    expect((await ask(target, { body: '{"id":"SM2"}', headers })).status).toBe(401);
  });
});

describe("signatures by a private key", () => {
  const body = '{"id":"evt_1"}';
  const verify = `{ public-key: KEY, header: X-Sign, signed: "{timestamp}{body}", timestamp: X-Time, encoding: base64 }`;
  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const ed = generateKeyPairSync("ed25519");
  const der = (key: KeyObject) => key.export({ type: "spki", format: "der" }).toString("base64");
  const raw = (key: KeyObject) =>
    Buffer.from(String(key.export({ format: "jwk" }).x), "base64url").toString("hex");

  test.each([
    ["ECDSA, as SendGrid", ec.privateKey, der(ec.publicKey), "sha256"],
    [
      "RSA, as Wise",
      rsa.privateKey,
      String(rsa.publicKey.export({ type: "spki", format: "pem" })),
      "sha256",
    ],
    ["Ed25519, as Discord", ed.privateKey, raw(ed.publicKey), null],
  ])("%s", async (_, key, published, hash) => {
    const { ask, engine } = await open(verify, published);
    const signed = sign(hash, Buffer.from(`${seconds}${body}`), key).toString("base64");
    const headers = { "x-time": String(seconds), "x-sign": signed };
    expect((await ask(path, { body, headers })).status).toBe(202);
    expect((await ask(path, { body: body.replace("1", "2"), headers })).status).toBe(401);
    const junk = { ...headers, "x-sign": Buffer.from("junk").toString("base64") };
    expect((await ask(path, { body, headers: junk })).status).toBe(401);
    expect(engine.received).toHaveLength(1);
  });

  test("what is no public key is our fault, and is not repeated", async () => {
    const { ask, log } = await open(verify, "canary-of-a-key");
    const headers = { "x-time": String(seconds), "x-sign": "AAAA" };
    expect((await ask(path, { body, headers })).status).toBe(500);
    expect(JSON.stringify(log.lines)).toContain("no public key");
    expect(JSON.stringify(log.lines)).not.toContain("canary");
  });
});

describe("tokens", () => {
  const body = '{"id":"evt_1"}';
  const sha256 = createHash("sha256").update(body).digest("hex");
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const token = async (claims: Record<string, unknown>, kid = "k1", key = privateKey) =>
    new SignJWT(claims).setProtectedHeader({ alg: "ES256", kid }).sign(key);
  const good = { iss: "https://vendor", aud: "us", exp: seconds + 60, iat: seconds, body: sha256 };
  const verify = `
      jwt:
        keys: https://vendor.example.com/.well-known/jwks.json
        issuer: https://vendor
        audience: us
        that: "$claims.body = $request.sha256"`;

  async function keyed() {
    const jwk = { ...(await exportJWK(publicKey)), kid: "k1", alg: "ES256" };
    const asked: (readonly [string, boolean])[] = [];
    let kid = "k1";
    let reachable = true;
    const keySet: ServerOptions["keySet"] = async (url, _, fresh) => {
      asked.push([url, fresh]);
      if (!reachable) return { kind: "unreachable", reason: "it was answered 502" };
      return { kind: "keys", keys: { keys: [{ ...jwk, kid: fresh ? kid : "k1" }] } };
    };
    const world = await open(verify, "unused", { more: { keySet } });
    const send = async (text: string, of = body) =>
      world.ask(path, { body: of, headers: { authorization: `Bearer ${text}` } });
    return {
      ...world,
      asked,
      send,
      rotate: (to: string) => (kid = to),
      breakKeys: () => (reachable = false),
    };
  }

  test("a token of the vendor's own key for this body is taken, and every other is refused", async () => {
    const { engine, send } = await keyed();
    expect((await send(await token(good))).status).toBe(202);
    const stranger = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
    const parts = (await token(good)).split(".");
    const none = Buffer.from('{"alg":"none"}').toString("base64url");
    const refused: readonly [string, string][] = [
      [await token({ ...good, exp: seconds - 60 }), "it has expired"],
      [await token({ ...good, aud: "others" }), 'its claim "aud" is wrong'],
      [await token({ ...good, iss: "https://evil" }), 'its claim "iss" is wrong'],
      [await token(good, "k1", stranger), "ERR_JWS_SIGNATURE_VERIFICATION_FAILED"],
      [await token({ ...good, body: "x" }), "verify.jwt.that"],
      [await token(good, "k9"), "ERR_JWKS_NO_MATCHING_KEY"],
      [`${none}.${parts[1]}.`, "holds no valid token"],
      // A public key must not be taken for a shared secret.
      [
        await new SignJWT(good)
          .setProtectedHeader({ alg: "HS256", kid: "k1" })
          .sign(
            new TextEncoder().encode(String(publicKey.export({ type: "spki", format: "pem" }))),
          ),
        "ERR_JOSE_ALG_NOT_ALLOWED",
      ],
      ["", "holds no"],
      [randomUUID(), "holds no valid token"],
    ];
    for (const [text, why] of refused) {
      const answer = await send(text);
      expect([why, answer.status]).toEqual([why, 401]);
      expect(String(answer.body["detail"])).toContain(why);
    }
    expect((await send(await token(good), '{"id":"evt_2"}')).status).toBe(401);
    expect(engine.received).toHaveLength(1);
  });

  test("keys are asked anew for one that is not known yet, and where they cannot be had the sender is to try again", async () => {
    const { asked, breakKeys, rotate, send } = await keyed();
    rotate("k2");
    expect((await send(await token(good, "k2"))).status).toBe(202);
    const url = "https://vendor.example.com/.well-known/jwks.json";
    expect(asked).toEqual([
      [url, false],
      [url, true],
    ]);
    breakKeys();
    const answer = await send(await token(good));
    expect(answer).toMatchObject({ status: 503, body: { code: "http-in/no-keys" } });
    expect(answer.headers["retry-after"]).toBe("30");
  });

  test("a shared secret and a header of its own; a token without an end is old after five minutes", async () => {
    const shared =
      '{ jwt: { secret: KEY, header: X-Token, that: "$claims.payload_hash = $request.sha256" } }';
    const key = "a-secret-of-at-least-32-bytes-in-all";
    const { ask } = await open(shared, key);
    const send = async (iat: number) => {
      const text = await new SignJWT({ payload_hash: sha256, iat })
        .setProtectedHeader({ alg: "HS256" })
        .sign(new TextEncoder().encode(key));
      return (await ask(path, { body, headers: { "x-token": text } })).status;
    };
    expect(await send(seconds)).toBe(202);
    expect(await send(seconds - 600)).toBe(401);
  });
});

describe("proofs of ours", () => {
  test("Zoom: its own check is signed, and wants our digest of its token", async () => {
    const verify = `{ hmac: KEY, header: x-zm-signature, format: "v0={signature}", signed: "v0:{timestamp}:{body}", timestamp: x-zm-request-timestamp }`;
    const rest = `    handshake:
      when: "$body.event = 'endpoint.url_validation'"
      proof: { hmac: KEY, of: "$body.payload.plainToken" }
      answer: { plainToken: "\${ $body.payload.plainToken }", encryptedToken: "\${ $proof }" }`;
    const { ask, engine } = await open(verify, "zoom-secret", { rest });
    const body =
      '{"payload":{"plainToken":"qgg8vlvZRS6UYooatFL8Aw"},"event_ts":1777593600000,"event":"endpoint.url_validation"}';
    const signature = hmac("zoom-secret", `v0:${seconds}:${body}`).digest("hex");
    const headers = {
      "x-zm-request-timestamp": String(seconds),
      "x-zm-signature": `v0=${signature}`,
    };
    expect(await ask(path, { body, headers })).toMatchObject({
      status: 200,
      body: {
        plainToken: "qgg8vlvZRS6UYooatFL8Aw",
        encryptedToken: hmac("zoom-secret", "qgg8vlvZRS6UYooatFL8Aw").digest("hex"),
      },
    });
    // Unsigned, it would sign for anyone what only the vendor may sign.
    expect((await ask(path, { body })).status).toBe(401);
    expect(engine.received).toEqual([]);
  });

  const x = `    handshake:
      when: "$exists($query.crc_token)"
      proof: { hmac: KEY, of: "$query.crc_token", encoding: base64 }
      answer: { response_token: "\${ 'sha256=' & $proof }" }`;
  const xVerify =
    '{ hmac: KEY, header: x-twitter-webhooks-signature, format: "sha256={signature}", encoding: base64 }';

  test("X: a challenge by GET is answered, and none that is the body of a message", async () => {
    const { ask } = await open(xVerify, "consumer-secret", { rest: x });
    const crc = "NGVkZTM1ZjMtZjU1Ni00ZDg4LTk0MTctYjZjZGYyNjVjZTAz";
    expect(await ask(`${path}?crc_token=${crc}&nonce=1`)).toMatchObject({
      status: 200,
      body: { response_token: `sha256=${hmac("consumer-secret", crc).digest("base64")}` },
    });
    const forged = await ask(`${path}?crc_token=${encodeURIComponent('{"id":"1"}')}`);
    expect(forged).toMatchObject({ status: 401, body: { code: "http-in/bad-signature" } });
    expect(forged.text).not.toContain(hmac("consumer-secret", '{"id":"1"}').digest("base64"));
  });

  test("eBay: a plain digest of its code, our token and our address", async () => {
    const rest = `    handshake:
      when: "$exists($query.challenge_code)"
      proof: { of: "$query.challenge_code & $secret.KEY & $substringBefore($request.uri, '?')" }
      answer: { challengeResponse: "\${ $proof }" }`;
    const { ask, server } = await open("{ token: KEY, header: X-Token }", "ebay-token", { rest });
    const wanted = createHash("sha256").update(`c0deebay-token${server.url}${path}`).digest("hex");
    expect((await ask(`${path}?challenge_code=c0de`)).body).toEqual({ challengeResponse: wanted });
  });
});
