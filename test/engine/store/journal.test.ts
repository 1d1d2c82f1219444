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
  expect(historyText(entries)).toBe(
    '[["steps.a","done",{"n":1}],["","done"],["steps.b","skipped",null]]',
  );
  expect(historyOf(historyText(entries))).toEqual(entries);
});
