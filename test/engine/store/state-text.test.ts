import fc from "fast-check";
import { expect, test } from "vitest";
import { asRead } from "../../../engine/model/as-read.ts";
import type { RunState } from "../../../engine/model/run.ts";
import { plainStateText, stateOf, stateText } from "../../../engine/store/sqlite/state-text.ts";

const noKeys = (): undefined => undefined;
const sha = fc.string({
  unit: fc.constantFrom(..."0123456789abcdef".split("")),
  minLength: 64,
  maxLength: 64,
});
const path = fc.constantFrom("steps.a", "steps.a.steps.b[1]", "on-error.tell", "steps.a/undo");
const effect = fc.record({
  key: fc.oneof(sha, fc.string()),
  path: fc.oneof(
    path.map((of) => `${of}/request`),
    fc.string(),
  ),
});
const memo = fc.oneof(
  fc.record({ effects: fc.array(effect, { maxLength: 3 }) }),
  fc.record({ effects: fc.array(effect, { maxLength: 2 }), index: fc.integer() }),
  fc.jsonValue(),
);
const node = fc.record(
  {
    status: fc.constantFrom("waiting", "retrying", "done", "skipped", "failed", "caught", "undone"),
    failures: fc.nat(9),
    startedAt: fc.integer({ min: -1e12, max: 2e12 }),
    memo,
    error: fc.constant({ class: "business", code: "no", message: "it says no" }),
    order: fc.nat(99),
    undo: fc.jsonValue(),
    endedAt: fc.integer({ min: -1e12, max: 2e12 }),
    park: fc.constantFrom("dead", "stuck"),
    handler: fc.nat(3),
    late: fc.constantFrom(true, undefined),
  },
  { requiredKeys: ["status", "failures", "startedAt"] },
);
const state = fc.record(
  {
    version: fc.constant(1),
    phase: fc.constantFrom("steps", "on-error", "undo", "ended"),
    nodes: fc.dictionary(path, node, { maxKeys: 4 }),
    completions: fc.nat(99),
    error: fc.constant({ class: "business", code: "no", message: "it says no" }),
    rounds: fc.dictionary(path, fc.nat(3), { maxKeys: 2 }),
    endedAs: fc.constantFrom("done", "failed"),
    doubts: fc.nat(2),
    parked: fc.constantFrom(true, undefined),
  },
  { requiredKeys: ["version", "phase", "nodes", "completions"] },
) as fc.Arbitrary<RunState>;

test("a state is read as its JSON would be, with blanks behind it, too", () => {
  fc.assert(
    fc.property(state, fc.nat(20), (given, blanks) => {
      const text = stateText(given);
      expect(stateOf(text.padEnd(text.length + blanks), noKeys)).toEqual(asRead(given));
    }),
    { numRuns: 1000 },
  );
});

test("a text of an older version is read", () => {
  const older = { version: 1, phase: "steps", nodes: {}, completions: 0 };
  expect(stateOf(JSON.stringify(older), noKeys)).toEqual(older);
});

test("what a done call leaves takes half of its JSON", () => {
  const call = (name: string, order: number) => ({
    status: "done" as const,
    failures: 0,
    startedAt: 1_795_746_771_232,
    endedAt: 1_795_746_771_255,
    order,
    memo: { effects: [{ key: `${order}`.repeat(64), path: `${name}/request` }] },
  });
  const given: RunState = {
    version: 1,
    phase: "ended",
    endedAs: "done",
    completions: 2,
    nodes: { "steps.customer": call("steps.customer", 0), "steps.order": call("steps.order", 1) },
  };
  expect(stateOf(stateText(given), noKeys)).toEqual(given);
  expect(stateText(given).length).toBeLessThan(JSON.stringify(given).length / 2);
});

test("emptied it says where it stands, and nothing of the record", () => {
  const text = stateText({
    version: 1,
    phase: "ended",
    endedAs: "failed",
    completions: 1,
    error: { class: "business", code: "no", message: "Ada Lovelace is unknown" },
    nodes: { "steps.a": { status: "failed", failures: 1, startedAt: 7, undo: "Ada Lovelace" } },
  });
  expect(stateOf(plainStateText(text), noKeys)).toEqual({
    version: 1,
    phase: "ended",
    endedAs: "failed",
    completions: 1,
    nodes: {},
  });
  expect(
    stateOf(
      plainStateText('{"version":1,"phase":"ended","nodes":{"a":{}},"completions":1}'),
      noKeys,
    ),
  ).toEqual({
    version: 1,
    phase: "ended",
    completions: 1,
    nodes: {},
  });
});

test("a key that its request has on record is not said again, and found there", () => {
  const key = "0af1".repeat(16);
  const node = (of: string) => ({
    status: "done" as const,
    failures: 0,
    startedAt: 7,
    memo: { effects: [{ key, path: of }] },
  });
  const given: RunState = {
    version: 1,
    phase: "steps",
    completions: 2,
    nodes: { "steps.a": node("steps.a/x"), "steps.b": node("steps.b/x") },
  };
  const other = "1".repeat(64);
  const onRecord = new Map([
    ["steps.a/x", key],
    ["steps.b/x", other],
  ]);
  const text = stateText(given, onRecord);
  expect(text).toContain('["/x"]');
  expect(stateOf(text, (path) => onRecord.get(path))).toEqual(given);
  // The other has a key of its own.
  expect(stateText({ ...given, nodes: { "steps.b": node("steps.b/x") } }, onRecord)).not.toContain(
    '["/x"]',
  );
  expect(() => stateOf(text, noKeys)).toThrow(expect.objectContaining({ code: "store/corrupt" }));
  expect(() => stateOf(text, noKeys)).toThrow("steps.a/x");
});
