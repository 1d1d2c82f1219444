import fc from "fast-check";
import { expect, test } from "vitest";
import type { RawOutcome } from "../../../engine/model/request.ts";
import {
  attemptOf,
  attemptText,
  historyOf,
  historyText,
  plainAttempt,
} from "../../../engine/store/sqlite/journal.ts";

const response = { status: 201, headers: { "content-type": "application/json" }, body: { id: 7 } };

test.each<[RawOutcome, object]>([
  [
    { kind: "response", response, ms: 3 },
    { outcome: "response", status: 201, ms: 3, response },
  ],
  [
    { kind: "response", response: { status: 204, headers: {}, body: null }, ms: 0 },
    { outcome: "response", status: 204, ms: 0, response: { status: 204, headers: {}, body: null } },
  ],
  [
    { kind: "unknown", reason: "the connection was reset", ms: 12 },
    { outcome: "unknown", ms: 12, response: { reason: "the connection was reset" } },
  ],
  [
    { kind: "unauthorized", reason: "log-in failed", ms: 1, retryAt: 5 },
    { outcome: "unauthorized", ms: 1, response: { reason: "log-in failed" } },
  ],
])("%j is read as it was", (outcome, attempt) => {
  expect(attemptOf(attemptText(outcome))).toEqual(attempt);
});

test("an attempt that was emptied says what came of it, and nothing that the partner said", () => {
  const plain = plainAttempt(attemptText({ kind: "response", response, ms: 3 }));
  expect(plain).toBe("[201,3]");
  expect(attemptOf(plain)).toEqual({ outcome: "response", status: 201, ms: 3 });
  expect(plainAttempt(plain)).toBe(plain);
  const older = '{"outcome":"not-sent","status":null,"ms":2,"response":{"reason":"no route"}}';
  expect(plainAttempt(older)).toBe('["not-sent",2]');
  expect(attemptOf(plainAttempt(older))).toEqual({ outcome: "not-sent", ms: 2 });
});

test("rows of older versions are read as well", () => {
  expect(attemptOf('[201,3,{"content-type":"application/json"},{"id":7}]')).toEqual({
    outcome: "response",
    status: 201,
    ms: 3,
    response,
  });
  const older = { outcome: "response", status: 201, ms: 3, response };
  expect(attemptOf(JSON.stringify(older))).toEqual(older);
  expect(attemptOf('{"outcome":"response","status":201,"ms":3,"response":null}')).toEqual({
    outcome: "response",
    status: 201,
    ms: 3,
  });
  const entries = [
    { path: "steps.a", what: "done", detail: { n: 1 } },
    { path: "", what: "done" },
    { path: "steps.b", what: "skipped", detail: null },
  ];
  expect(historyOf(JSON.stringify(entries))).toEqual(entries);
  const lists = '[["steps.a","done",{"n":1}],["","done"],["steps.b","skipped",null]]';
  expect(historyOf(lists)).toEqual(entries);
  expect(historyOf(historyText(entries))).toEqual(entries);
});

test("what happens most often is said in few characters", () => {
  const sending = { method: "POST", url: "https://erp.test/orders" };
  const entries = [
    { path: "steps.customer/request", what: "answered", detail: { outcome: "ok" } },
    { path: "steps.customer", what: "done" },
    { path: "steps.order", what: "started" },
    { path: "steps.order/request", what: "sending", detail: sending },
  ];
  const text = historyText(entries);
  expect(text).toBe(
    '[[0,"steps.customer/request",3],[14,"",1],[6,"order",0],[11,"/request",4,"POST","https://erp.test/orders"]]',
  );
  expect(historyOf(text)).toEqual(entries);
});

test("any entry is read as it was written", () => {
  const path = fc.oneof(
    fc.constantFrom("", "steps.a", "steps.a/request", "steps.ab[1].steps.c", "on-error.tell"),
    fc.string(),
  );
  const what = fc.oneof(
    fc.constantFrom("started", "done", "skipped", "answered", "sending"),
    fc.string(),
  );
  const detail = fc.oneof(
    fc.constantFrom({ outcome: "ok" }, { method: "GET", url: "https://a.test" }, null, 3),
    fc.record({ method: fc.string(), url: fc.string(), more: fc.nat() }, { requiredKeys: [] }),
    fc.jsonValue(),
  );
  const entry = fc.record({ path, what, detail }, { requiredKeys: ["path", "what"] });
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 6 }), (entries) => {
      const plain = JSON.parse(JSON.stringify(entries)) as never;
      expect(historyOf(historyText(plain))).toEqual(plain);
    }),
    { numRuns: 1000 },
  );
});
