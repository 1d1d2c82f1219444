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
  ["429 with parts of a second", response(429, { "retry-after": "2.5" }), 0, now + 2_500],
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

const limits = (more: Record<string, string>) => response(200, more);
const custom = (resetAs?: "epoch-seconds" | "epoch-milliseconds" | "milliseconds" | "date-time") =>
  ({
    remaining: "X-Left",
    reset: "X-Reset",
    ...(resetAs === undefined ? {} : { resetAs }),
    at,
  }) as const;
const at = { file: "a.yaml", line: 1, column: 1, length: 1 };

test.each([
  ["RateLimit with nothing left", { ratelimit: `"day";r=0;t=30` }, undefined, 30_000],
  ["RateLimit with something left", { ratelimit: `"day";r=1;t=30` }, undefined, undefined],
  [
    "one of several policies used up",
    { ratelimit: `"a,b";r=0;t=5, "day";r=9;t=900` },
    undefined,
    5_000,
  ],
  [
    "a policy's window where no time is told",
    { "ratelimit-policy": `"min";q=100;w=60`, ratelimit: `"min";r=0` },
    undefined,
    60_000,
  ],
  ["a time that is none", { ratelimit: `"min";r=0;t=-1` }, undefined, undefined],
  [
    "the three headers of the drafts",
    { "ratelimit-remaining": "0", "ratelimit-reset": "12" },
    undefined,
    12_000,
  ],
  ["headers that no adapter names", { "x-left": "0", "x-reset": "12" }, undefined, undefined],
  ["the adapter's own", { "x-left": "0", "x-reset": "12" }, custom(), 12_000],
  ["some left", { "x-left": "3", "x-reset": "12" }, custom(), undefined],
  ["some left for others", { "x-left": "3", "x-reset": "12" }, { ...custom(), keep: 3 }, 12_000],
  [
    "a time since 1970",
    { "x-left": "0", "x-reset": String(now / 1_000 + 9) },
    custom("epoch-seconds"),
    9_000,
  ],
  [
    "milliseconds since 1970",
    { "x-left": "0", "x-reset": String(now + 9) },
    custom("epoch-milliseconds"),
    9,
  ],
  ["milliseconds", { "x-left": "0", "x-reset": "70" }, custom("milliseconds"), 70],
  ["a date", { "x-left": "0", "x-reset": "2026-01-01T00:00:03Z" }, custom("date-time"), 3_000],
  ["a year", { "x-left": "0", "x-reset": "99999999" }, custom(), 86_400_000],
  ["nonsense", { "x-left": "none", "x-reset": "soon" }, custom(), undefined],
])("an answer that says by %s what is left is believed", (_, headers, plan, ms) => {
  const until = restUntil(limits(headers), 0, now, plan);
  expect(until === undefined ? undefined : until - now).toBe(ms);
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
