import { expect, test } from "vitest";
import type { Failure } from "../../../engine/errors/failure.ts";
import type { Decision } from "../../../engine/model/decision.ts";
import type { RunSnapshot } from "../../../engine/model/run.ts";
import { Circuit } from "../../../engine/runtime/circuit.ts";
import { park } from "../../../engine/runtime/park.ts";
import { isAlive, restOf, restUntil } from "../../../engine/runtime/rest.ts";
import { response } from "./bench.ts";

const now = Date.UTC(2026, 0, 1);

test.each([
  ["429 with seconds", response(429, { "retry-after": "30" }), 0, now + 30_000],
  [
    "429 with a date",
    response(429, { "retry-after": "Thu, 01 Jan 2026 00:01:00 GMT" }),
    0,
    now + 60_000,
  ],
  ["503 with seconds", response(503, { "retry-after": "5" }), 0, now + 5_000],
  ["429 that asks for years", response(429, { "retry-after": "99999999" }), 0, now + 86_400_000],
  ["a bare 429", response(429), 0, now + 1_000],
  ["the fourth bare 429 in a row", response(429), 3, now + 8_000],
  ["the hundredth bare 429 in a row", response(429), 99, now + 60_000],
  ["a header that says nothing", response(429, { "retry-after": "soon" }), 0, now + 1_000],
  ["503 without a header", response(503), 0, undefined],
  ["200 with a header", response(200, { "retry-after": "30" }), 0, undefined],
  ["no answer", { kind: "unknown", reason: "reset", ms: 1 } as const, 0, undefined],
  [
    "a log-in that must wait",
    { kind: "unauthorized", reason: "locked", ms: 1, retryAt: now + 7_000 } as const,
    0,
    now + 7_000,
  ],
])("after %s, the partner rests as long as it asked", (_, outcome, inARow, until) => {
  expect(restUntil(outcome, inARow, now)).toBe(until);
});

test("a partner that answers at all is alive, unless it says that it is not", () => {
  expect([200, 404, 429].map((status) => isAlive(response(status)))).toEqual([true, true, true]);
  expect(isAlive(response(500))).toBe(false);
  expect(isAlive({ kind: "not-sent", reason: "refused", ms: 1 })).toBe(false);
});

test("a circuit opens by failures in a row within its time, and one probe at a time tests it", () => {
  const circuit = new Circuit({ failures: 3, withinMs: 1_000, openMs: 5_000 });
  const fail = (at: number): string | undefined => circuit.ended(false, at);
  expect([fail(0), fail(600), fail(1_100)]).toEqual([undefined, undefined, undefined]);
  expect(circuit.ended(true, 1_200)).toBeUndefined();
  expect([fail(1_300), fail(1_400), fail(1_500)]).toEqual([undefined, undefined, "opened"]);
  expect([circuit.state(6_499), circuit.free(2_000)]).toEqual(["open", 6_500]);
  // What left before it opened may still come back; it opens nothing anew.
  expect(fail(2_000)).toBeUndefined();
  circuit.sending(6_500);
  expect(circuit.free(6_500)).toBeUndefined();
  expect([fail(6_600), circuit.free(6_600)]).toEqual(["opened", 11_600]);
  circuit.sending(11_600);
  expect([circuit.ended(true, 11_700), circuit.state(11_700)]).toEqual(["closed", "closed"]);
});

test("a circuit without a policy never opens, and taking the policy away closes it", () => {
  const none = new Circuit(undefined);
  for (let count = 0; count < 100; count += 1) expect(none.ended(false, count)).toBeUndefined();
  expect(none.free(100)).toBe(100);
  const circuit = new Circuit({ failures: 1, withinMs: 1, openMs: 5_000 });
  circuit.ended(false, 0);
  circuit.repolicy(undefined);
  expect(circuit.state(1)).toBe("closed");
});

test("a rest that only a rule of the adapter reads from an answer holds the adapter too", () => {
  const event = {
    kind: "outcome",
    deliveryId: "d",
    path: "steps.lines[a/b].post/request",
    outcome: response(200),
    crashed: false,
  } as const;
  const error = { class: "throttled", code: "slow-down", message: "", adapter: "erp" } as const;
  const run = { state: { version: 1, phase: "steps", nodes: {}, completions: 0 } } as const;
  const decide = (failure: Failure): Decision => {
    const decision = park(run as unknown as RunSnapshot, failure, event);
    const node = { status: "retrying", failures: 1, startedAt: now, error: failure } as const;
    return {
      ...decision,
      state: { ...decision.state, nodes: { "steps.lines[a/b].post": node } },
    };
  };
  const told = decide({ ...error, retryAt: now + 9 });
  expect(restOf({ event, decision: told })).toEqual({ adapter: "erp", until: now + 9 });
  expect(restOf({ event, decision: decide(error) })).toBeUndefined();
  const business = decide({ ...error, class: "business", retryAt: now + 9 });
  expect(restOf({ event, decision: business })).toBeUndefined();
  expect(restOf({ event: { kind: "start" }, decision: told })).toBeUndefined();
});
