/* oxlint-disable typescript/no-unsafe-member-access, typescript/no-unsafe-assignment -- expressions of these tests read scopes freely */
import { describe, expect, test } from "vitest";
import { adapter, type AnyScope, at, flow, generation, step, system, t, x } from "./plans.ts";
import { Stage } from "./stage.ts";

const made = { post: t("/orders"), inDoubt: { kind: "lookup", value: "order" } };
const set = { put: t("/orders/confirmed"), inDoubt: { kind: "resend", value: "safe" } };
const request = (id: string, plan: object) => ({ at, id, ...plan });
const operations = {
  order: { requests: [request("create", made), request("confirm", set)] },
  twoSets: { requests: [request("first", set), request("second", set)] },
  told: {
    requests: [request("create", made), request("confirm", set)],
    result: t((s: AnyScope) => ({ no: s.requests.create.no })),
  },
  wizard: {
    requests: [
      request("create", made),
      request("process", { use: "wizard", inDoubt: { kind: "resend", value: "safe" } }),
    ],
  },
  cancel: { request: { at, ...set } },
  other: { request: { at, ...set } },
};
const create = { effect: "create" };
const parts = {
  adapters: [
    adapter("tryton", operations, {
      lookups: { order: { at, get: t("/orders"), found: x((s: AnyScope) => s.result.found) } },
      templates: {
        wizard: [
          request("begin", set),
          request("execute", set),
          request("end", { ...set, always: true }),
        ],
      },
    }),
  ],
  systems: [
    system("erp", {
      order: create,
      told: create,
      twoSets: create,
      wizard: create,
      cancel: { effect: "delete" },
      other: create,
    }),
  ],
};
const noRetry = { retry: { at, max: 0 } };
type Common = Readonly<Record<string, unknown>>;
const call = (id: string, operation: string, common: Common = {}, input: unknown = {}) =>
  step("call", id, operation, { beside: { with: t(input) }, common: { ...noRetry, ...common } });
const cancel = (input: unknown = { id: "7" }) => call("cancel", "erp.cancel", {}, input);
const run = (steps: Parameters<typeof flow>[1], more: Parameters<typeof flow>[2] = {}) =>
  new Stage(generation({ flows: [flow("main", steps, more)], ...parts }), { data: { id: "7" } });

describe("a step that failed for good after one of its writes took effect", () => {
  test("is undone first, with the input its undo has by then", () => {
    const steps = [
      call("before", "erp.other", { undo: call("back", "erp.other", {}, { back: 1 }) }),
      call("order", "erp.order", { undo: cancel() }),
    ];
    const stage = run(steps).start().answer("steps.before/request", {});
    stage.answer("steps.order/create", { no: 1 }).answer("steps.order/confirm", "no", 422);
    expect(stage.run.state.nodes["steps.order"]).toMatchObject({
      status: "failed",
      partial: { writes: ["create"] },
      undo: { id: "7" },
    });
    expect(stage.paths()).toContain("undo.steps.order/request");
    expect(stage.paths()).not.toContain("undo.steps.before/request");
    stage.answer("undo.steps.order/request", {});
    expect(stage.last?.effects).toMatchObject([
      { path: "undo.steps.order/request", outcome: { result: {} } },
      { path: "steps.order/create", outcome: { undone: true } },
      { path: "undo.steps.order/request", outcome: { undone: true } },
    ]);
    stage.answer("undo.steps.before/request", {});
    expect(stage.status).toBe("failed");
    expect(stage.last?.end).toMatchObject({ failure: { code: "http-422", path: "steps.order" } });
  });

  test("lends its undo what its result would be by the answers so far", () => {
    const undo = cancel((s: AnyScope) => ({ no: s.steps.order.no }));
    const stage = run([call("order", "erp.told", { undo })]).start();
    stage.answer("steps.order/create", { no: 17 }).answer("steps.order/confirm", "no", 422);
    expect(stage.run.state.nodes["steps.order"]?.undo).toEqual({ no: 17 });
    expect(stage.run.results["steps.order"]).toBeUndefined();
    expect(stage.answer("undo.steps.order/request", {}).status).toBe("failed");
  });

  test.each([
    ["declares no undo", {}, "declares no `undo`"],
    [
      "has an undo that needs more than is known",
      { undo: cancel((s: AnyScope) => ({ no: s.steps.order.deep.no })) },
      "the input of its `undo` cannot be made",
    ],
  ])("is told to a person where it %s, and ends when they let it", (_, common, why) => {
    const stage = run([call("order", "erp.order", common)], {
      onError: [call("report", "erp.other")],
    }).start();
    stage.answer("steps.order/create", { no: 1 }).answer("steps.order/confirm", "no", 422);
    stage.answer("on-error.report/request", {});
    expect(stage.status).toBe("stuck");
    expect(stage.problems).toEqual([{ kind: "stuck", path: "steps.order", code: "http-422" }]);
    const [problem] = stage.last?.problems ?? [];
    expect(problem?.failure.left).toEqual(["create"]);
    expect(problem?.failure.message).toContain('("create" had taken effect by then, and is not');
    expect(problem?.failure.message).toContain(why);
    stage.resume();
    expect(stage.status).toBe("failed");
    expect(stage.last?.end).toMatchObject({ failure: { code: "http-422" } });
  });

  test("is seen by the person who looks at it, not by one who mended another undo", () => {
    const steps = [
      call("before", "erp.other", { undo: call("back", "erp.other") }),
      call("order", "erp.order"),
    ];
    const stage = run(steps).start().answer("steps.before/request", {});
    stage.answer("steps.order/create", {}).answer("steps.order/confirm", "no", 422);
    stage.answer("undo.steps.before/request", "no", 422);
    expect(stage.status).toBe("stuck");
    stage.resume().answer("undo.steps.before/request~1", {});
    expect(stage.status).toBe("stuck");
    expect(stage.last?.problems[0]?.failure).toMatchObject({
      path: "steps.order",
      left: ["create"],
    });
    expect(stage.resume().status).toBe("failed");
  });

  test("stands where it is when the partner may take the rest later, and goes on from there", () => {
    const stage = run([call("order", "erp.order", { undo: cancel() })]).start();
    stage.answer("steps.order/create", { no: 1 }).answer("steps.order/confirm", "", 503);
    expect(stage.status).toBe("dead");
    stage.resume();
    expect(stage.paths().filter((path) => path.includes("create"))).toHaveLength(1);
    expect(stage.answer("steps.order/confirm~1", {}).status).toBe("done");
    expect(stage.run.state.nodes["steps.order"]).not.toHaveProperty("partial");
  });

  test("is undone with what was done before, and made anew with it, when that has to be undone", () => {
    const steps = [
      call("before", "erp.order", { undo: call("back", "erp.other") }),
      call("order", "erp.order", { undo: cancel() }),
    ];
    const stage = run(steps).start();
    stage.answer("steps.before/create", {}).answer("steps.before/confirm", {});
    stage.answer("steps.order/create", {}).answer("steps.order/confirm", "", 503);
    stage.answer("undo.steps.order/request", {}).answer("undo.steps.before/request", {});
    expect(stage.status).toBe("dead");
    stage.resume();
    stage.answer("steps.before/create~round1", {}).answer("steps.before/confirm~round1", {});
    stage.answer("steps.order/create~round1", {}).answer("steps.order/confirm~round1", {});
    expect(stage.status).toBe("done");
  });

  test("that is caught is undone only if the flow fails later", () => {
    const order = call("order", "erp.order", {
      undo: cancel(),
      catch: [{ steps: [step("set", "aside", {})] }],
    });
    const half = (steps: Parameters<typeof flow>[1]) =>
      run(steps).start().answer("steps.order/create", {}).answer("steps.order/confirm", "no", 422);
    expect(half([order]).status).toBe("done");
    const fails = half([order, step("fail", "f", { class: "business", code: "late" })]);
    expect(fails.paths()).toContain("undo.steps.order/request");
    expect(fails.answer("undo.steps.order/request", {}).status).toBe("failed");
  });

  test("and whose failure the flow keeps to the step is an issue", () => {
    const stage = run([call("order", "erp.order", { onError: "continue" })]).start();
    stage.answer("steps.order/create", {}).answer("steps.order/confirm", "no", 422);
    expect(stage.status).toBe("done");
    expect(stage.last?.problems).toMatchObject([
      { kind: "issue", path: "steps.order", failure: { code: "http-422", left: ["create"] } },
    ]);
  });
});

describe("nothing is left", () => {
  test("by a step whose only write was refused, or that only set something", () => {
    const refused = run([call("order", "erp.order")])
      .start()
      .answer("steps.order/create", "no", 422);
    expect(refused.status).toBe("failed");
    const set = run([call("order", "erp.twoSets")])
      .start()
      .answer("steps.order/first", {});
    expect(set.answer("steps.order/second", "no", 422).status).toBe("failed");
  });

  test("unless the step says how what is set is undone", () => {
    const stage = run([call("order", "erp.twoSets", { undo: cancel() })]).start();
    stage.answer("steps.order/first", {}).answer("steps.order/second", "no", 422);
    expect(stage.answer("undo.steps.order/request", {}).status).toBe("failed");
  });

  test("of a template that was tidied up", () => {
    const stage = run([call("order", "erp.wizard", { undo: cancel() })]).start();
    stage.answer("steps.order/create", {}).answer("steps.order/process.begin", {});
    stage.answer("steps.order/process.execute", "no", 422).answer("steps.order/process.end", {});
    expect(stage.run.state.nodes["steps.order"]?.partial).toEqual({ writes: ["create"] });
    const freed = stage.decisions.flatMap(({ effects }) =>
      effects.filter(({ outcome }) => "undone" in outcome).map(({ path }) => path),
    );
    expect(freed).toContain("steps.order/process.begin");
    expect(freed).not.toContain("steps.order/create");
  });
});
