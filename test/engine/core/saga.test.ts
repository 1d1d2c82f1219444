/* oxlint-disable typescript/no-unsafe-member-access, typescript/no-unsafe-return -- expressions of these tests read scopes freely */
import { describe, expect, test } from "vitest";
import { adapter, type AnyScope, at, flow, generation, step, system, t, x } from "./plans.ts";
import { Stage } from "./stage.ts";

const write = {
  request: { at, post: t("/x"), body: t((s: AnyScope) => s.input) },
  inDoubt: { kind: "resend", value: "safe" },
};
const parts = {
  adapters: [adapter("tryton", { make: write, drop: write, other: write })],
  systems: [
    system("erp", {
      make: { effect: "create" },
      drop: { effect: "delete" },
      other: { effect: "create" },
    }),
  ],
};
type Steps = Parameters<typeof flow>[1];
const run = (
  steps: Steps,
  more: Parameters<typeof flow>[2] = {},
  others: ReturnType<typeof flow>[] = [],
) =>
  new Stage(generation({ flows: [flow("main", steps, more), ...others], ...parts }), {
    data: { id: "7" },
  });
const noRetry = { retry: { at, max: 0 } };
const call = (id: string, operation: string, input: unknown, common: object = {}) =>
  step("call", id, operation, { beside: { with: t(input) }, common: { ...noRetry, ...common } });
const made = (id: string, undone: unknown) =>
  call(id, "erp.make", { make: id }, { undo: call(`${id}Undo`, "erp.drop", undone) });
const dropped = (id: string) => made(id, { drop: (s: AnyScope) => s.steps[id].no });
const last = call("last", "erp.other", {});
const answerMade = (stage: Stage, id: string) =>
  stage.answer(`steps.${id}/request`, { no: `n-${id}` });

describe("undo", () => {
  test("runs in reverse order of completion, with the inputs stored when the step completed", () => {
    const stage = run([dropped("a"), dropped("b"), last]).start();
    answerMade(stage, "a");
    expect(stage.run.state.nodes["steps.a"]).toMatchObject({ undo: { drop: "n-a" }, order: 0 });
    answerMade(stage, "b").answer("steps.last/request", "no", 422);
    expect(stage.status).toBe("active");
    expect(stage.delivery("undo.steps.b/request").request.body).toEqual({ drop: "n-b" });
    expect(stage.paths()).not.toContain("undo.steps.a/request");
    stage.answer("undo.steps.b/request", {});
    expect(stage.last?.effects).toMatchObject([
      { path: "undo.steps.b/request", outcome: { result: {} } },
      { path: "steps.b/request", outcome: { undone: true } },
      // Free, too: a replay that does it again must be able to undo it again.
      { path: "undo.steps.b/request", outcome: { undone: true } },
    ]);
    expect(stage.delivery("undo.steps.a/request").request.body).toEqual({ drop: "n-a" });
    stage.answer("undo.steps.a/request", {});
    expect(stage.status).toBe("failed");
    expect(stage.last?.end).toMatchObject({ failure: { code: "http-422", path: "steps.last" } });
    expect(stage.run.state.nodes["steps.a"]?.status).toBe("undone");
  });

  test("comes after the flow's on-error", () => {
    const stage = run([dropped("a"), last], { onError: [call("report", "erp.other", {})] }).start();
    answerMade(stage, "a").answer("steps.last/request", "no", 422);
    expect(stage.paths()).toEqual([
      "steps.a/request",
      "steps.last/request",
      "on-error.report/request",
    ]);
    stage.answer("on-error.report/request", {});
    expect(stage.paths()).toContain("undo.steps.a/request");
  });

  test("that fails is stuck: a person is told, and it goes on after a resume", () => {
    const stage = run([dropped("a"), last]).start();
    answerMade(stage, "a")
      .answer("steps.last/request", "no", 422)
      .answer("undo.steps.a/request", "no", 422);
    expect(stage.status).toBe("stuck");
    expect(stage.problems).toEqual([{ kind: "stuck", path: "undo.steps.a", code: "http-422" }]);
    stage.resume().answer("undo.steps.a/request~1", {});
    expect(stage.status).toBe("failed");
  });

  test("that waits for a person because it makes no sense is stuck too", () => {
    let broken = true;
    const undo = step("set", "u", { v: t((s: AnyScope) => (broken ? s.no.no : 1)) });
    const stage = run([
      step("set", "a", {}, { common: { undo } }),
      step("fail", "f", { class: "business", code: "no" }),
    ]);
    expect(stage.start().status).toBe("stuck");
    broken = false;
    expect(stage.resume().status).toBe("failed");
  });

  test("whose input cannot be evaluated parks the step, and what was done is not done again", () => {
    let broken = true;
    const stage = run([
      made("a", () => (broken ? ({} as AnyScope).no.no : { drop: 1 })),
      last,
    ]).start();
    answerMade(stage, "a");
    expect(stage.status).toBe("invalid");
    expect(stage.run.state.nodes["steps.a"]?.completing).toBe(true);
    broken = false;
    stage.resume();
    expect(stage.paths()).toEqual(["steps.a/request", "steps.last/request"]);
    expect(stage.run.state.nodes["steps.a"]).toMatchObject({ status: "done", undo: { drop: 1 } });
  });

  test("does not begin before a write that may have happened is found out about", () => {
    const doubted = made("b", {});
    const stage = run([dropped("a"), doubted]).start();
    answerMade(stage, "a").unknown("steps.b/request");
    expect(stage.status).toBe("in-doubt");
    expect(stage.paths()).not.toContain("undo.steps.a/request");
    stage.resume().answer("steps.b/request~1", {});
    expect(stage.status).toBe("done");
    const harmless = run([dropped("a"), last]).start();
    answerMade(harmless, "a").unknown("steps.last/request");
    expect(harmless.paths()).toContain("undo.steps.a/request");
  });

  test("may be an emit, whose data is stored too", () => {
    const undo = step("emit", "u", "erp.gone", {
      beside: { with: t({ id: (s: AnyScope) => s.steps.a.n }) },
    });
    const stage = run([
      step("set", "a", { n: t(5) }, { common: { undo } }),
      step("fail", "f", { class: "business", code: "no" }),
    ]).start();
    expect(stage.emitted).toEqual([{ type: "erp.gone", data: { id: 5 } }]);
  });

  test("may wait", () => {
    const undo = step("wait", "u", { kind: "for", value: 5 });
    const stage = run([
      step("set", "a", {}, { common: { undo } }),
      step("fail", "f", { class: "business", code: "no" }),
    ]);
    stage.start();
    expect(stage.status).toBe("active");
    expect(stage.due("undo.steps.a", "wait").status).toBe("failed");
  });
});

describe("a partner that never took it", () => {
  test("with nothing to undo, the run stands where it failed", () => {
    const stage = run([step("set", "a", {}), last], { onError: [step("set", "r", {})] }).start();
    stage.answer("steps.last/request", "", 503);
    expect(stage.status).toBe("dead");
    expect(stage.run.results).not.toHaveProperty("on-error.r");
    expect(stage.last?.end).toBeUndefined();
    expect(stage.resume().answer("steps.last/request~1", {}).status).toBe("done");
  });

  test("with something to undo, on-error and undo run and the run parks as dead; a resume does it all again under new keys", () => {
    const stage = run(
      [step("parallel", "_p", [[dropped("a")], [step("set", "kept", { v: t(1) })]]), last],
      { onError: [step("set", "r", {})] },
    ).start();
    answerMade(stage, "a").answer("steps.last/request", "", 503).answer("undo.steps.a/request", {});
    expect(stage.status).toBe("dead");
    expect(stage.run.results).toHaveProperty("on-error.r");
    expect(stage.last?.end).toBeUndefined();
    expect(stage.problems).toEqual([{ kind: "dead", path: "steps.last", code: "http-503" }]);
    expect(stage.run.state).toMatchObject({
      phase: "steps",
      rounds: { "steps.a": 1, "on-error": 1 },
    });
    stage.resume();
    const second = "steps.a/request~round1";
    expect(stage.delivery(second).effectKey).not.toBe(stage.delivery("steps.a/request").effectKey);
    stage.answer(second, { no: "second" });
    expect(stage.run.results["steps.a"]).toEqual({ no: "second" });
    expect(stage.run.state.nodes["steps.kept"]?.status).toBe("done");
    expect(stage.answer("steps.last/request~1", {}).status).toBe("done");
  });
});

describe("a second round", () => {
  const noted = { onError: [call("note", "erp.other", {})] };
  test("undoes under keys of its own, so that the partner takes it for another", () => {
    const stage = run([dropped("a"), last], noted).start();
    answerMade(stage, "a").answer("steps.last/request", "", 503);
    stage.answer("on-error.note/request", {}).answer("undo.steps.a/request", {}).resume();
    stage.answer("steps.a/request~round1", { no: "n2" }).answer("steps.last/request~1", "", 503);
    stage.answer("on-error.note/request~round1", {});
    expect(stage.delivery("undo.steps.a/request~round1").request.body).toEqual({ drop: "n2" });
    expect(new Set(stage.sent.map(({ path }) => path)).size).toBe(stage.sent.length);
    expect(new Set(stage.sent.map(({ effectKey }) => effectKey)).size).toBe(stage.sent.length - 1);
  });

  test("runs items again that were undone", () => {
    const steps = [dropped("a")];
    const split = step("split", "s", { from: x(() => ["1", "2"]), key: x((s) => s.item), steps });
    const stage = run([split, last]).start();
    stage.answer("steps.s[1].a/request", { no: 1 }).answer("steps.s[2].a/request", { no: 2 });
    stage.answer("steps.last/request", "", 503);
    stage.answer("undo.steps.s[2].a/request", {}).answer("undo.steps.s[1].a/request", {});
    expect(stage.status).toBe("dead");
    stage.resume();
    stage
      .answer("steps.s[1].a/request~round1", { no: 1 })
      .answer("steps.s[2].a/request~round1", { no: 2 });
    expect(stage.answer("steps.last/request~1", {}).status).toBe("done");
  });
});

describe("run", () => {
  const child = (steps: Steps = [], more = {}) => flow("child", steps, more);
  const runs = (beside = {}, common = {}) => step("run", "c", "child", { beside, common });

  test("starts a child with its own identity, and gives its output", () => {
    const stage = run([runs({ with: t({ n: 1 }) })], {}, [child()]).start();
    expect(stage.last?.children).toEqual([
      {
        path: "steps.c",
        flow: "child",
        data: { n: 1 },
        identity: `#${JSON.stringify(["main", "i1", "steps.c"])}`,
      },
    ]);
    stage.on({ kind: "timer", path: "steps.other", name: "wait" });
    expect(stage.childDone("steps.c", { ok: 1 }).run.results["steps.c"]).toEqual({ ok: 1 });
    expect(stage.status).toBe("done");
  });

  test("fails with the child's failure; another try is another child", () => {
    const failed = run([runs()], {}, [child()]).start().childFailed("steps.c");
    expect(failed.last?.end).toMatchObject({ failure: { code: "no", path: "steps.c" } });
    const retry = { at, max: 1, on: ["business"] };
    const stage = run([runs({}, { retry })], {}, [child()]).start();
    const [first] = stage.last?.children ?? [];
    stage.childFailed("steps.c").due("steps.c", "retry");
    const [second] = stage.last?.children ?? [];
    expect(second?.identity).not.toBe(first?.identity);
    expect(stage.childDone("steps.c", 1, "child2").status).toBe("done");
  });

  test("a child that asks for a lane of an ancestor fails at once", () => {
    const key = x((s) => s.message.data.id);
    const same = flow("child", [], { key, lane: "shared" });
    const stage = new Stage(
      generation({ flows: [flow("main", [runs()], { lane: "shared" }), same] }),
      { data: { id: "k1" } },
    );
    expect(stage.start().problems[0]?.code).toBe("run/lane-of-ancestor");
    const other = new Stage(
      generation({ flows: [flow("main", [runs()], { lane: "shared" }), same] }),
      { data: { id: "k2" } },
    );
    expect(other.start().status).toBe("active");
    const above = new Stage(
      generation({ flows: [flow("main", [runs()]), same, flow("top", [], { lane: "shared" })] }),
      {
        data: { id: "k9" },
        run: { ancestors: [{ flow: "top", laneKey: "k9" }] },
      },
    );
    expect(above.start().status).toBe("invalid");
    const none = new Stage(
      generation({ flows: [flow("main", [runs()]), flow("child", [], { key: "none" })] }),
    );
    expect(none.start().status).toBe("active");
  });

  test("a flow may run itself to its depth, and an unknown one not at all", () => {
    const itself = (ancestors: number) =>
      new Stage(
        generation({ flows: [flow("main", [step("run", "c", "main", { beside: { depth: 2 } })])] }),
        {
          run: {
            ancestors: Array.from({ length: ancestors }, () => ({ flow: "main", laneKey: null })),
          },
        },
      ).start();
    expect(itself(1).status).toBe("active");
    expect(itself(2).problems[0]?.code).toBe("run/too-deep");
    expect(run([runs()]).start().problems[0]?.code).toBe("run/unknown-flow");
  });

  const undoable = child([step("set", "s", {}, { common: { undo: step("set", "u", {}) } })]);
  const fail = step("fail", "f", { class: "business", code: "no" });

  test("that is done is undone by its own steps, when the parent fails", () => {
    const stage = run([runs(), fail], {}, [undoable]).start().childDone("steps.c", {}, "run-77");
    expect(stage.status).toBe("active");
    expect(stage.last?.compensations).toEqual([{ childRunId: "run-77", path: "undo.steps.c" }]);
    stage.on({ kind: "timer", path: "", name: "park" });
    expect(stage.childDone("undo.steps.c", null, "run-77").status).toBe("failed");
    expect(stage.run.state.nodes["steps.c"]?.status).toBe("undone");
  });

  test("whose undo fails makes the parent stuck, and is asked again after a resume", () => {
    const stage = run([runs(), fail], {}, [undoable]).start().childDone("steps.c", {}, "run-77");
    stage.childFailed("undo.steps.c");
    expect(stage.status).toBe("stuck");
    stage.resume();
    expect(stage.last?.compensations).toEqual([{ childRunId: "run-77", path: "undo.steps.c" }]);
  });

  test("without anything to undo is left alone, also where it runs others", () => {
    const middle = child([step("run", "d", "leaf")]);
    const leaf = (common: object) =>
      flow("leaf", [step("set", "s", {}, { common: { ...common } })]);
    const plain = run([runs(), fail], {}, [middle, leaf({})])
      .start()
      .childDone("steps.c", {});
    expect(plain.status).toBe("failed");
    const deep = run([runs(), fail], {}, [middle, leaf({ undo: step("set", "u", {}) })]).start();
    expect(deep.childDone("steps.c", {}).status).toBe("active");
    const loop = run([runs(), fail], {}, [child([step("run", "d", "child")])]).start();
    expect(loop.childDone("steps.c", {}).status).toBe("failed");
  });

  test("as an undo takes its stored input", () => {
    const undo = step("run", "u", "child", { beside: { with: t((s: AnyScope) => s.steps.a.n) } });
    const stage = run([step("set", "a", { n: t(3) }, { common: { undo } }), fail], {}, [
      child(),
    ]).start();
    expect(stage.last?.children).toMatchObject([{ path: "undo.steps.a", data: 3 }]);
  });

  test("a child that ended undoes its steps when its parent asks, and says so where it was asked", () => {
    const stage = new Stage(generation({ flows: [flow("main", [dropped("a")])], ...parts }), {
      run: { parent: { runId: "p", path: "steps.c" } },
    }).start();
    answerMade(stage, "a");
    expect(stage.last?.end).toEqual({ output: null });
    expect(stage.last?.endPath).toBeUndefined();
    stage.on({ kind: "compensate", path: "undo.steps.c" });
    expect(stage.status).toBe("active");
    stage.answer("undo.steps.a/request", {});
    expect(stage.status).toBe("done");
    expect(stage.last).toMatchObject({ end: { output: null }, endPath: "undo.steps.c" });
  });

  test("a child that failed has undone itself already", () => {
    const stage = run([fail]).start();
    const before = stage.run.state;
    stage.on({ kind: "compensate", path: "undo.steps.c" });
    expect(stage.status).toBe("failed");
    expect(stage.run.state).toEqual(before);
  });
});
