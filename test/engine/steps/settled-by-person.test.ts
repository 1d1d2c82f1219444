/* oxlint-disable typescript/no-unsafe-member-access, typescript/no-unsafe-return -- expressions of these tests read scopes freely */
import { describe, expect, test } from "vitest";
import { factKey } from "../../../engine/model/expression.ts";
import type { Json } from "../../../engine/model/json.ts";
import { adapter, type AnyScope, at, flow, generation, step, system, t, x } from "../core/plans.ts";
import { Stage } from "../core/stage.ts";

const own = "steps.order/create";
const ask = "steps.order/create?";
const body = t({ id: (s: AnyScope) => s.input.id });
const create = { at, id: "create", post: t("/orders"), body };
const find = { at, get: t("/find"), found: x((s) => s.result[0]) };

/** A flow of one call, and then a step that reads what it gave. */
function calling(operation: object, request: object = {}, stage: object = {}): Stage {
  const plan = generation({
    flows: [
      flow("main", [
        step("call", "order", "erp.do"),
        step("call", "after", "erp.tell", {
          beside: { with: t((s: AnyScope) => s.steps.order) },
        }),
      ]),
    ],
    adapters: [
      adapter(
        "tryton",
        {
          do: { requests: [{ ...create, ...request }], ...operation },
          tell: {
            requests: [
              { at, id: "tell", post: t("/told"), body: t({ n: (s: AnyScope) => s.input.n }) },
            ],
            inDoubt: { kind: "resend", value: "safe" },
          },
        },
        { lookups: { find } },
      ),
    ],
    systems: [system("erp", { do: { effect: "create" }, tell: { effect: "update" } })],
  });
  return new Stage(plan, { data: { id: "7" }, ...stage });
}

const park = { inDoubt: { kind: "park" } };
const settle = (stage: Stage, output: Json, path = "steps.order") =>
  stage.on({ kind: "resume", by: "ada", settled: { path, output, reason: "it is there" } });
const node = (stage: Stage) => stage.run.state.nodes["steps.order"];
const told = (stage: Stage) => stage.delivery("steps.after/tell").request.body;

describe("a call in doubt of which a person says that it was done", () => {
  test("is done with what they say it gave, and the flow goes on with that", () => {
    const stage = settle(calling({}, park).start().unknown(own), { n: 5 });
    expect(node(stage)).toMatchObject({ status: "done" });
    expect(stage.run.results["steps.order"]).toEqual({ n: 5 });
    expect(told(stage)).toEqual({ n: 5 });
    expect(stage.delivery(own).sends).toBe(1);
    expect(stage.last?.effects).toMatchObject([{ path: own, outcome: { output: { n: 5 } } }]);
    expect(stage.last?.history).toContainEqual({
      path: own,
      what: "doubt-settled",
      detail: { as: "person", by: "ada", reason: "it is there" },
    });
    expect(stage.answer("steps.after/tell", {}).status).toBe("done");
  });

  test("also where a look-up could not tell", () => {
    const stage = calling({}, { inDoubt: { kind: "lookup", value: "find" } })
      .start()
      .unknown(own)
      .answer(ask, "no", 422);
    expect(stage.status).toBe("in-doubt");
    settle(stage, { n: 6 });
    expect(stage.last?.effects).toMatchObject([{ path: own, outcome: { output: { n: 6 } } }]);
    expect(stage.paths()).toEqual([own, ask, "steps.after/tell"]);
  });

  test("leaves its later writes unsent, and says which", () => {
    const later = [
      { ...create, ...park },
      { at, id: "look", get: t("/look") },
      { at, id: "post", post: t("/post"), body, ...park },
    ];
    const stage = settle(calling({ requests: later }).start().unknown(own), { n: 5 });
    expect(stage.last?.history).toContainEqual({
      path: own,
      what: "doubt-settled",
      detail: { as: "person", by: "ada", reason: "it is there", notSent: ["post"] },
    });
    expect(stage.paths()).toEqual([own, "steps.after/tell"]);
  });

  test("has the items of a list that it did before undone with the one in doubt, and names the rest", () => {
    const each = { each: x((s) => s.input.list), ...park };
    const stage = calling({}, each, { data: { id: "7", list: ["a", "b", "c"] } }).start();
    stage.answer("steps.order/create[0]", {}).unknown("steps.order/create[1]");
    settle(stage, null);
    expect(node(stage)?.memo).toMatchObject({
      effects: [{ path: "steps.order/create[0]" }, { path: "steps.order/create[1]" }],
    });
    expect(JSON.stringify(stage.last?.history)).toContain('"notSent":["create[2]"]');
  });
});

describe("links of such a call", () => {
  const link = (id: object) => ({
    link: [{ entity: "order", canonical: t((s: AnyScope) => s.input.id), id }],
  });
  const number = t((s: AnyScope) => s.result.n);

  test("are taken where the operation gives on what it was answered", () => {
    const stage = settle(calling(link(number), park).start().unknown(own), { n: "5" });
    expect(stage.last?.links).toEqual([
      { entity: "order", canonicalId: "7", system: "erp", id: "5" },
    ]);
  });

  test("are taken where they do without the answer, and told to be open where they cannot be known", () => {
    const made = { result: t({ n: (s: AnyScope) => s.result.number }) };
    const ownId = t((s: AnyScope) => s.input.id);
    const taken = calling({ ...made, ...link(ownId) }, park)
      .start()
      .unknown(own);
    expect(settle(taken, { n: "5" }).last?.links).toMatchObject([{ canonicalId: "7", id: "7" }]);
    const open = calling({ ...made, ...link(number) }, park)
      .start()
      .unknown(own);
    settle(open, { n: "5" });
    expect(open.last?.links).toEqual([]);
    expect(open.last?.history).toContainEqual({
      path: "steps.order",
      what: "link-open",
      detail: { entity: "order", system: "erp", canonicalId: "7" },
    });
  });
});

describe("a word that comes too late, or is about something else", () => {
  test("moves nothing: the run stands as it stood", () => {
    const stage = settle(calling({}, park).start().unknown(own), { n: 5 }, "steps.after");
    expect(stage.status).toBe("in-doubt");
    expect(node(stage)).toMatchObject({ status: "failed", park: "in-doubt" });
    expect(stage.delivery(own).sends).toBe(1);
  });
});

test("a replay that meets it in the ledger takes over what was said, and sends nothing", () => {
  const first = calling({}, park).start();
  const { effectKey } = first.delivery(own);
  const key = effectKey ?? "";
  first.unknown(own);
  const [effect] = settle(first, { n: 5 }).last?.effects ?? [];
  const bodyHash = effect?.bodyHash ?? "";
  const entry = { path: own, at: 0, bodyHash, outcome: { output: { n: 5 } } };
  const replay = calling({}, park, {
    run: { replayOf: "m0" },
    facts: new Map<string, Json>([[factKey({ kind: "effect", key }), entry]]),
  }).start();
  expect(replay.paths()).toEqual(["steps.after/tell"]);
  expect(told(replay)).toEqual({ n: 5 });
});
