import fc from "fast-check";
import { expect, test } from "vitest";
import type { HttpRequest } from "../../../engine/model/request.ts";
import {
  type Envelope,
  envelopeOf,
  envelopeText,
  plainEnvelopeText,
} from "../../../engine/store/sqlite/envelope-text.ts";
import { headersOf, headersText } from "../../../engine/store/sqlite/headers-text.ts";
import {
  plainRequestText,
  requestOf,
  requestText,
} from "../../../engine/store/sqlite/request-text.ts";

const words = fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 });
const request = fc.record(
  {
    method: fc.constantFrom("GET", "POST"),
    url: fc.webUrl(),
    query: fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.array(fc.string()))),
    headers: words,
    body: fc.jsonValue(),
    encode: fc.constantFrom("json", "none", "xml"),
    decode: fc.constantFrom("json", "text"),
    timeoutMs: fc.nat(),
  },
  { requiredKeys: ["method", "url", "headers", "encode", "timeoutMs"] },
) as fc.Arbitrary<HttpRequest>;
const envelope = fc.record(
  {
    dedupeKey: fc.string(),
    subject: fc.string(),
    time: fc.nat(),
    sequence: fc.oneof(fc.nat(), fc.string()),
    headers: words,
    traceparent: fc.string(),
    replayOf: fc.uuid(),
  },
  { requiredKeys: ["dedupeKey", "time", "headers", "traceparent"] },
) as fc.Arbitrary<Envelope>;

/** As its JSON is read. */
function asJson<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

test("headers are read as they were written, those that are met most in few characters", () => {
  const given = {
    "content-type": "application/json",
    "content-length": "15",
    "x-own": "0",
    date: "Fri, 27 Nov 2026 02:32:51 GMT",
  };
  expect(headersText(given)).toEqual([0, 11, "15", "x-own", "0", 12, given.date]);
  const name = fc.oneof(
    fc.constantFrom("content-type", "date", "connection", "vary", "10", "0"),
    fc.string(),
  );
  const value = fc.oneof(fc.constantFrom("application/json", "keep-alive", "0"), fc.string());
  fc.assert(
    fc.property(fc.dictionary(name, value), (headers) => {
      expect(headersOf(headersText(headers))).toEqual(asJson(headers));
    }),
    { numRuns: 500 },
  );
});

test("a request is read as it was written, as a list or as an object of an older version", () => {
  fc.assert(
    fc.property(request, (given) => {
      expect(requestOf(requestText(given))).toEqual(asJson(given));
      expect(requestOf(JSON.stringify(given))).toEqual(asJson(given));
    }),
    { numRuns: 500 },
  );
});

test("a request's body of null is one, and none is none", () => {
  const given = { method: "POST", url: "https://a.test", headers: {}, timeoutMs: 1 } as const;
  expect(requestOf(requestText({ ...given, encode: "json", body: null })).body).toBeNull();
  expect("body" in requestOf(requestText({ ...given, encode: "none" }))).toBe(false);
});

test("an emptied request says whom it asked, and nothing of what was sent", () => {
  const given: HttpRequest = {
    method: "POST",
    url: "https://a.test/orders",
    query: { name: "Ada" },
    headers: { "x-name": "Ada" },
    body: { name: "Ada" },
    encode: "json",
    timeoutMs: 5,
  };
  const plain = { method: "POST", url: given.url, headers: {}, encode: "none", timeoutMs: 5 };
  expect(requestOf(plainRequestText(requestText(given)))).toEqual(plain);
  expect(requestOf(plainRequestText(JSON.stringify(given)))).toEqual(plain);
});

test("an envelope is read as it was written, as a list or as an object of an older version", () => {
  fc.assert(
    fc.property(envelope, (given) => {
      expect(envelopeOf(envelopeText(given))).toEqual(asJson(given));
      expect(envelopeOf(JSON.stringify(given))).toEqual(asJson(given));
    }),
    { numRuns: 500 },
  );
});

test("an emptied envelope has no subject and no headers", () => {
  const given: Envelope = {
    dedupeKey: "d-1",
    subject: "Ada",
    time: 7,
    sequence: 3,
    headers: { "x-name": "Ada" },
    traceparent: "t",
  };
  const plain = { dedupeKey: "d-1", time: 7, sequence: 3, headers: {}, traceparent: "t" };
  expect(envelopeOf(plainEnvelopeText(envelopeText(given)))).toEqual(plain);
  expect(envelopeOf(plainEnvelopeText(JSON.stringify(given)))).toEqual(plain);
});
