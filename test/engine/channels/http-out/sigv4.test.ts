import { createHash, createHmac } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import { createTransport } from "../../../../engine/channels/http-out/index.ts";
import { sigv4Headers } from "../../../../engine/channels/http-out/sigv4.ts";
import { writeRequest } from "../../../../engine/channels/http-out/wire.ts";
import type { AuthPlan } from "../../../../engine/model/plan/adapter.ts";
import type { HttpRequest } from "../../../../engine/model/request.ts";
import { VirtualClock } from "../../../../engine/testing/virtual-clock.ts";
import { json, partner } from "../partner.ts";
import { adapter, at, delivery, generation, memoryLog, secretsOf, template } from "../plans.ts";

function written(request: Partial<HttpRequest> & Pick<HttpRequest, "method" | "url">) {
  const one = writeRequest({ headers: {}, encode: "json", timeoutMs: 1, ...request });
  if (one.kind === "refused") throw new Error(one.reason);
  return one;
}

/** Of AWS's published test suite: each case is known by its name and its signature. */
const suite = {
  accessKey: "AKIDEXAMPLE",
  secretKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  region: "us-east-1",
  service: "service",
};
const suiteTime = Date.parse("2015-08-30T12:36:00Z");
const host = "https://example.amazonaws.com";
const unreserved = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

test.each([
  ["get-vanilla", "GET", "/", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"],
  ["post-vanilla", "POST", "/", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"],
  [
    "get-vanilla-query-order-key-case",
    "GET",
    "/?Param2=value2&Param1=value1",
    "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
  ],
  [
    "get-vanilla-empty-query-key",
    "GET",
    "/?Param1=value1",
    "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb",
  ],
  [
    "get-vanilla-query-unreserved",
    "GET",
    `/?${unreserved}=${unreserved}`,
    "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197",
  ],
  // Dots and empty segments go before anything is signed.
  ["get-slashes", "GET", "//", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"],
  [
    "get-relative",
    "GET",
    "/example/..",
    "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
  ],
] as const)("AWS's suite, %s", (_name, method, path, signature) => {
  const headers = sigv4Headers(written({ method, url: `${host}${path}` }), suite, suiteTime);
  expect(headers).toEqual({
    "x-amz-date": "20150830T123600Z",
    authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=${signature}`,
  });
});

test("AWS's suite, post-x-www-form-urlencoded: the body's type is signed, and the body", () => {
  const request = written({
    method: "POST",
    url: host,
    encode: "form",
    body: { Param1: "value1" },
  });
  const { authorization } = sigv4Headers(request, suite, suiteTime);
  expect(authorization).toContain("SignedHeaders=content-type;host;x-amz-date, ");
  expect(authorization).toContain(
    "Signature=ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
  );
});

test.each([
  ["lifecycle", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"],
  ["max-keys=2&prefix=J", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"],
])("S3's documented GET of a bucket's ?%s, with the hash of what it sends", (query, signature) => {
  const url = `https://examplebucket.s3.amazonaws.com/?${query}`;
  const keys = {
    ...suite,
    accessKey: "AKIAIOSFODNN7EXAMPLE",
    secretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    service: "s3",
  };
  const time = Date.parse("2013-05-24T00:00:00Z");
  const headers = sigv4Headers(written({ method: "GET", url }), keys, time);
  expect(headers["x-amz-content-sha256"]).toBe(createHash("sha256").update("").digest("hex"));
  expect(headers["authorization"]).toContain(`Signature=${signature}`);
});

test("the token of temporary credentials goes with the request, and is signed", () => {
  const keys = { ...suite, sessionToken: "token-canary" };
  const headers = sigv4Headers(written({ method: "GET", url: host }), keys, suiteTime);
  expect(headers["x-amz-security-token"]).toBe("token-canary");
  expect(headers["authorization"]).toContain("host;x-amz-date;x-amz-security-token, ");
});

const plan: AuthPlan = {
  kind: "sigv4",
  at,
  value: {
    at,
    accessKey: "KEY",
    secretKey: "KEY_SECRET",
    region: template("eu-central-1"),
    service: "execute-api",
  },
};

/** What the partner makes of what came: every part read anew. */
const hmac = (key: string | Buffer, text: string) =>
  createHmac("sha256", key).update(text).digest();
const hash = (text: string) => createHash("sha256").update(text).digest("hex");

test("what goes over the wire is what was signed: path, query, body, and the engine's time", async () => {
  const clock = new VirtualClock(Date.parse("2026-05-01T10:20:30.456Z"));
  const { seen, url } = await partner((_, response) => json(response, 200, {}));
  const log = memoryLog();
  const transport = createTransport({
    secrets: secretsOf({ KEY: "key-id", KEY_SECRET: "secret-canary" }),
    clock,
    log,
  });
  onTestFinished(async () => transport.close());
  const aws = adapter("aws", url, { auth: plan });
  const outcome = await transport.send(
    delivery(url, {
      adapter: "aws",
      request: {
        method: "POST",
        url: `${url}/a%20b/caf%C3%A9`,
        query: { q: "one two+three", "a*": "~" },
        headers: { "X-Amz-Target": "Things.Put" },
        body: { word: "ünïcode" },
        encode: "json",
        timeoutMs: 1_000,
      },
    }),
    generation({ adapters: [aws] }),
  );
  expect(outcome.kind).toBe("response");
  const [got] = seen;
  const headers = got?.headers ?? {};
  expect(headers["x-amz-date"]).toBe("20260501T102030Z");
  expect(got?.url).toBe("/a%20b/caf%C3%A9?q=one%20two%2Bthree&a%2A=~");
  const canonical = [
    "POST",
    "/a%2520b/caf%25C3%25A9",
    "a%2A=~&q=one%20two%2Bthree",
    "content-type:application/json",
    `host:${headers.host ?? ""}`,
    "x-amz-date:20260501T102030Z",
    "x-amz-target:Things.Put",
    "",
    "content-type;host;x-amz-date;x-amz-target",
    hash(got?.body ?? ""),
  ].join("\n");
  const scope = "20260501/eu-central-1/execute-api/aws4_request";
  const key = scope.split("/").reduce<string | Buffer>(hmac, "AWS4secret-canary");
  const text = ["AWS4-HMAC-SHA256", "20260501T102030Z", scope, hash(canonical)].join("\n");
  expect(headers.authorization).toMatch(
    new RegExp(`Credential=key-id/${scope}, .*Signature=${hmac(key, text).toString("hex")}$`),
  );
  expect(JSON.stringify(log)).not.toContain("canary");
});

test("a secret that is not set is said by its name, and nothing is sent", async () => {
  const { seen, url } = await partner((_, response) => json(response, 200, {}));
  const transport = createTransport({
    secrets: secretsOf({ KEY: "key-id" }),
    clock: new VirtualClock(),
    log: memoryLog(),
  });
  onTestFinished(async () => transport.close());
  const aws = adapter("aws", url, { auth: plan });
  const outcome = await transport.send(
    delivery(url, {
      adapter: "aws",
      request: { method: "GET", url, headers: {}, encode: "json", timeoutMs: 1_000 },
    }),
    generation({ adapters: [aws] }),
  );
  expect(outcome).toMatchObject({ kind: "unauthorized", reason: 'secret "KEY_SECRET" is not set' });
  expect(seen).toEqual([]);
});
