import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { retryAt, retryDelayMs, type RetryPolicy } from "../../engine/core/retry.ts";
import { mergePatch } from "../../engine/model/merge-patch.ts";
import { canonicalJson } from "../../engine/model/canonical-json.ts";
import { dateTimeText } from "../../engine/model/civil.ts";
import { parseDateTime } from "../../engine/steps/shared/instant.ts";
import type { Json } from "../../engine/model/json.ts";
import type { RunEvent } from "../../engine/model/run-event.ts";
import { adapter, at, flow, generation, step, system, t, x } from "../engine/core/plans.ts";
import { Stage } from "../engine/core/stage.ts";

/** fast-check prints the seed and the path of a failure; the same numbers repeat it. */
const runs = { numRuns: 150 };

const policies: fc.Arbitrary<RetryPolicy> = fc.record({
  max: fc.integer({ min: 0, max: 50 }),
  backoffMs: fc.integer({ min: 1, max: 60_000 }),
  factor: fc.double({ min: 1, max: 10, noNaN: true }),
  limitMs: fc.integer({ min: 1, max: 3_600_000 }),
  jitter: fc.double({ min: 0, max: 1, noNaN: true }),
  on: fc.constant(["transient"] as const),
});
const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe("retry delays", () => {
  test("never exceed the limit, and grow up to jitter", () => {
    fc.assert(
      fc.property(policies, fc.integer({ min: 1, max: 60 }), chance, (policy, retry, random) => {
        const delay = retryDelayMs(policy, retry, random);
        expect(delay).toBeLessThanOrEqual(policy.limitMs);
        expect(delay).toBeGreaterThanOrEqual(0);
        const next = retryDelayMs(policy, retry + 1, random);
        expect(next).toBeGreaterThanOrEqual(delay);
      }),
      runs,
    );
  });

  test("are never before what the partner asked for, and end", () => {
    fc.assert(
      fc.property(policies, fc.nat(1e9), chance, (policy, later, random) => {
        const failure = { class: "transient", retryAt: later } as const;
        for (let failures = 1; failures <= policy.max; failures += 1) {
          expect(retryAt(policy, failures, failure, { now: 5, random })).toBeGreaterThanOrEqual(
            later,
          );
        }
        expect(retryAt(policy, policy.max + 1, failure, { now: 5, random })).toBeUndefined();
        expect(retryAt(policy, 1, { class: "business" }, { now: 5, random })).toBeUndefined();
      }),
      runs,
    );
  });
});

const write = {
  request: { at, post: t("/x"), body: t({ n: 1 }) },
  inDoubt: { kind: "resend", value: "safe" },
};
const call = (id: string) =>
  step("call", id, "erp.make", {
    common: { retry: { at, max: 2 }, undo: step("set", `${id}Undo`, {}) },
  });

/** Everything that may happen in one plan: calls, a wait, a listen, a child, a handler, a split. */
const plan = generation({
  flows: [
    flow(
      "main",
      [
        step("parallel", "p", [
          [call("a"), step("set", "afterA", { v: t(1) })],
          [step("wait", "w", { kind: "for", value: 5 }), call("b")],
          [
            step(
              "listen",
              "l",
              { event: "erp.done", correlate: { id: x(() => "1") }, within: 9 },
              { common: { onError: "continue" } },
            ),
          ],
          [
            step(
              "task",
              "k",
              { team: "f", within: 5, choices: ["y", "n"] },
              { common: { catch: [{ at, steps: [call("h")] }] } },
            ),
          ],
        ]),
        step("split", "s", {
          from: x(() => ["1", "2", "3"]),
          key: x((scope) => (scope as { item: string }).item),
          concurrency: 2,
          onFailure: { continue: true },
          steps: [call("i")],
        }),
        step("run", "c", "child"),
      ],
      { onError: [step("set", "r", {})] },
    ),
    flow("child", []),
  ],
  adapters: [adapter("tryton", { make: write })],
  systems: [system("erp", { make: { effect: "create" } })],
});

const outcomes = [
  { kind: "response", response: { status: 200, headers: {}, body: {} }, ms: 1 },
  { kind: "response", response: { status: 422, headers: {}, body: {} }, ms: 1 },
  { kind: "response", response: { status: 503, headers: { "retry-after": "3" }, body: {} }, ms: 1 },
  { kind: "unknown", reason: "reset", ms: 1 },
  { kind: "not-sent", reason: "refused", ms: 1 },
] as const;

/** The events that may come next: those that are open, and some that are not. */
function candidates(stage: Stage): readonly RunEvent[] {
  const sent = stage.sent.flatMap(({ id, path }) =>
    outcomes.map((outcome): RunEvent => ({
      kind: "outcome",
      deliveryId: id,
      path,
      outcome,
      crashed: false,
    })),
  );
  const timers = [...stage.timers.keys()].map((key): RunEvent => {
    const [path = "", name = ""] = key.split(" ");
    return { kind: "timer", path, name: name as "wait" };
  });
  return [
    ...sent,
    ...timers,
    { kind: "matched", path: "steps.l", message: stage.run.message },
    { kind: "chosen", path: "steps.k", choice: "y", by: "b" },
    { kind: "child-ended", path: "steps.c", childRunId: "c", result: { output: 1 } },
    {
      kind: "child-ended",
      path: "steps.c",
      childRunId: "c",
      result: { failure: { class: "business", code: "n", message: "n" } },
    },
    { kind: "resume", by: "ada" },
    { kind: "start" },
  ];
}

describe("decide", () => {
  test("is total and deterministic, whatever comes in whatever order, and never sends a path twice", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { maxLength: 40 }), (choices) => {
        const stage = new Stage(plan).start();
        for (const chosen of choices) {
          const events = candidates(stage);
          const event = events[chosen % events.length];
          if (event === undefined) break;
          const before = JSON.stringify(stage.run);
          const once = stage.peek(event);
          expect(stage.peek(event)).toEqual(once);
          expect(JSON.stringify(stage.run)).toBe(before);
          expect(JSON.parse(JSON.stringify(once.state))).toEqual(once.state);
          stage.on(event);
        }
        expect(new Set(stage.paths()).size).toBe(stage.sent.length);
      }),
      runs,
    );
  });

  test("an event that was handled, come again, changes nothing", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { maxLength: 25 }), (choices) => {
        const stage = new Stage(plan).start();
        for (const chosen of choices) {
          const events = candidates(stage).filter(
            ({ kind }) => kind !== "resume" && kind !== "start",
          );
          const event = events[chosen % events.length];
          if (event === undefined) break;
          stage.on(event);
          const path = "path" in event ? (event.path.split("/")[0] ?? "") : "";
          const { status } = stage.run.state.nodes[path] ?? { status: "waiting" };
          if (status === "waiting" || status === "retrying") continue;
          const again = stage.peek(event);
          expect(again.state).toEqual(stage.run.state);
          expect(again.deliveries).toEqual([]);
          expect(again.emits).toEqual([]);
        }
      }),
      runs,
    );
  });

  test("the order in which branches answer does not change where the run ends", () => {
    const ids = ["a", "b", "c", "d"];
    const branches = generation({
      flows: [
        flow("main", [
          step(
            "parallel",
            "p",
            ids.map((id) => [call(id), step("set", `${id}2`, { v: t(id) })]),
          ),
        ]),
      ],
      adapters: [adapter("tryton", { make: write })],
      systems: [system("erp", { make: { effect: "create" } })],
    });
    const end = (order: readonly string[], fails: ReadonlySet<string>, all: boolean) => {
      const stage = new Stage(branches).start();
      for (const id of order)
        stage.answer(`steps.${id}/request`, { id }, fails.has(id) ? 422 : 200);
      const { run, status } = stage;
      const undone = ids.map((id) => run.state.nodes[`steps.${id}`]?.status);
      return { status, undone, ...(all ? { results: run.results } : {}) };
    };
    fc.assert(
      fc.property(
        fc.shuffledSubarray(ids, { minLength: 4 }),
        fc.subarray(ids),
        (order, failing) => {
          const fails = new Set(failing);
          // Without failures even the results are the same; with them, what had begun may differ.
          expect(end(order, fails, fails.size === 0)).toEqual(end(ids, fails, fails.size === 0));
        },
      ),
      runs,
    );
  });
});

describe("small laws", () => {
  const json = fc.jsonValue() as fc.Arbitrary<Json>;

  test("a merge patch that is applied twice is applied once", () => {
    fc.assert(
      fc.property(json, json, (target, patch) => {
        const once = mergePatch(target, patch);
        expect(mergePatch(once, patch)).toEqual(once);
      }),
      runs,
    );
  });

  test("canonical JSON keeps the value and forgets the order of members", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), json), (members) => {
        const turned = Object.fromEntries(Object.entries(members).reverse());
        expect(canonicalJson(turned)).toBe(canonicalJson(members));
        expect(JSON.parse(canonicalJson(members))).toEqual(JSON.parse(JSON.stringify(members)));
      }),
      runs,
    );
  });

  test("date-times are read as they are written", () => {
    const instants = fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 });
    fc.assert(
      fc.property(instants, (instant) => {
        expect(parseDateTime(dateTimeText(instant))).toBe(instant);
        expect(dateTimeText(instant)).toBe(new Date(instant).toISOString().replace(".000Z", "Z"));
      }),
      runs,
    );
  });
});
