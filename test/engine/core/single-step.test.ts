/* oxlint-disable typescript/no-unsafe-member-access, typescript/no-unsafe-return -- expressions of these tests read scopes freely */
import { describe, expect, test } from "vitest";
import { addressOf, sendableSteps } from "../../../engine/core/index.ts";
import { factKey } from "../../../engine/model/expression.ts";
import type { Json } from "../../../engine/model/json.ts";
import type { SendAgain } from "../../../engine/model/message.ts";
import { adapter, type AnyScope, at, flow, generation, step, system, t } from "./plans.ts";
import { Stage } from "./stage.ts";

const call = (id: string, common = {}, body: unknown = 1) =>
  step("call", id, "erp.write", { common, beside: { with: t(body) } });

const steps = [
  call("a"),
  step("set", "total", t({ sum: 3 })),
  step("parallel", "both", [
    [call("b", {}, (scope: AnyScope) => [scope.steps.a.n, scope.steps.total.sum])],
    [step("emit", "told", "done", { beside: { with: t({}) } })],
  ]),
  call("c", {
    catch: [{ at, steps: [call("caught")] }],
    onError: "continue",
  }),
];

const plan = flow("main", steps, {
  onError: [call("handled")],
  emits: { done: { at } },
});

/** What a write's ledger entry says to a request that is the same, or another. */
const results: Json = { "steps.a": { n: 7 }, "steps.total": { sum: 3 }, "steps.b": "old" };

const stage = (path: string, more: { readonly again?: SendAgain; readonly known?: Json } = {}) => {
  const { again, known = results } = more;
  const only = { path, runId: "r0", ...(again === undefined ? {} : { again }) };
  return new Stage(
    generation({
      flows: [plan],
      adapters: [
        adapter("tryton", {
          write: {
            request: { at, post: t("/x"), body: t((scope: AnyScope) => scope.input) },
            inDoubt: { kind: "resend", value: "safe" },
          },
        }),
      ],
      systems: [system("erp", { write: { effect: "create" } })],
    }),
    {
      message: { replayOf: "m0", replay: { by: "ada", only } },
      run: { replayOf: "m0" },
      facts: new Map([[factKey({ kind: "results", runId: "r0" }), known]]),
    },
  );
};

describe("a run of one step", () => {
  test("takes that step alone, with the results of the run that it is of", () => {
    const one = stage("steps.b").start();
    expect(one.paths()).toEqual(["steps.b/request"]);
    expect(one.delivery("steps.b/request").request.body).toEqual([7, 3]);
    expect(Object.keys(one.run.state.nodes)).toEqual(["steps.b"]);
    expect(one.run.results["steps.b"]).toBeUndefined();
    one.answer("steps.b/request", { n: 8 });
    expect([one.status, one.last?.end]).toEqual(["done", { output: null }]);
    expect(one.paths()).toHaveLength(1);
    expect(one.decisions.flatMap(({ history }) => history)).toContainEqual({
      path: "",
      what: "one-step",
      detail: { path: "steps.b", of: "r0" },
    });
  });

  test("emits the event of an emit step, and no other", () => {
    const one = stage("steps.told").start();
    expect([one.status, one.emitted]).toEqual(["done", [{ type: "done", data: {} }]]);
    expect(one.paths()).toEqual([]);
  });

  test("ends as failed where it is refused: no handler, no passing over, no on-error", () => {
    const one = stage("steps.c").start().answer("steps.c/request", "", 422);
    expect(one.status).toBe("failed");
    expect(one.paths()).toEqual(["steps.c/request"]);
  });

  test("is dead after its retries, and goes on as that step", () => {
    const one = stage("steps.c").start().answer("steps.c/request", "", 401);
    expect(one.status).toBe("dead");
    one.resume();
    expect(one.paths()).toEqual(["steps.c/request", "steps.c/request~1"]);
    expect(one.answer("steps.c/request~1", {}).status).toBe("done");
  });

  test("parks where the results are gone, or where the generation has no such step, and sends nothing", () => {
    const gone = stage("steps.b", { known: null }).start();
    expect(gone.problems).toEqual([
      { kind: "invalid", code: "replay/results-gone", path: "steps.b" },
    ]);
    const other = stage("steps.x").start();
    expect(other.problems).toEqual([
      { kind: "invalid", code: "replay/no-such-step", path: "steps.x" },
    ]);
    expect([...gone.paths(), ...other.paths()]).toEqual([]);
    expect(other.resume().status).toBe("invalid");
  });
});

describe("the ledger", () => {
  /** The step's run as if its effect were known, by the key and hash that it would have. */
  const known = (again: SendAgain | undefined) => {
    const first = stage("steps.a", again === undefined ? {} : { again }).start();
    const { effectKey = "" } = first.delivery("steps.a/request");
    const answered = first.answer("steps.a/request", { n: 1 });
    const record = answered.last?.effects[0];
    return { key: effectKey, record };
  };

  const met = (again: SendAgain | undefined, key: string, bodyHash: string | undefined) => {
    const one = stage("steps.a", again === undefined ? {} : { again });
    const entry = { bodyHash: bodyHash ?? "", path: "x", at: 1, outcome: { result: { n: 1 } } };
    one.facts.set(factKey({ kind: "effect", key }), entry);
    return one.start();
  };

  test("what is done is not sent again, unless it is said how", () => {
    const { key, record } = known(undefined);
    expect(met(undefined, key, record?.bodyHash).paths()).toEqual([]);
    const same = met("same-key", key, record?.bodyHash);
    expect(same.delivery("steps.a/request").effectKey).toBe(key);
    const other = met("new-key", key, record?.bodyHash);
    expect(other.delivery("steps.a/request").effectKey).not.toBe(key);
    expect(other.delivery("steps.a/request").effectKey).toBe(known("new-key").key);
  });

  test("another body under the same key stops for a person", () => {
    const { key } = known(undefined);
    expect(met("same-key", key, "other").problems).toMatchObject([
      { kind: "in-doubt", code: "call/effect-conflict" },
    ]);
  });
});

describe("the address of a step", () => {
  test("is its id, its path, or the path of a request", () => {
    for (const given of ["b", "steps.b", "steps.b/request", "steps.b/lines[2]"])
      expect(addressOf(plan, given)).toMatchObject({ kind: "step", path: "steps.b" });
    expect(sendableSteps(plan)).toEqual(["a", "b", "told", "c"]);
  });

  test("is none for what sees more than results, or sends nothing", () => {
    for (const [given, why] of [
      ["caught", 'in "c"'],
      ["handled", "in on-error"],
      ["undo.steps.a", "is an undo"],
      ["total", "is a set"],
      ["nope", 'no step "nope"'],
    ] as const) {
      const found = addressOf(plan, given);
      expect([given, found.kind]).toEqual([given, "none"]);
      expect(found.kind === "none" ? found.why : "").toContain(why);
    }
  });
});
