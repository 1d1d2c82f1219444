/* oxlint-disable typescript/no-unsafe-argument, typescript/no-unsafe-assignment, typescript/no-unsafe-member-access, typescript/no-unsafe-return -- expressions of these tests read scopes freely */
import { describe, expect, test } from "vitest";
import {
  absent,
  type AnyScope,
  flow,
  generation,
  mapping,
  schema,
  step,
  system,
  t,
  x,
} from "./plans.ts";
import { Stage } from "./stage.ts";

const run = (
  steps: Parameters<typeof flow>[1],
  more: Parameters<typeof flow>[2] = {},
  data: AnyScope = {},
) => new Stage(generation({ flows: [flow("main", steps, more)] }), { data });

describe("steps that need nothing from outside", () => {
  test("run through in one decision, each seeing those before it", () => {
    const stage = run(
      [
        step("set", "a", { n: t((s: AnyScope) => s.message.data.n + 1) }),
        step("set", "b", { n: t((s: AnyScope) => s.steps.a.n * 2), none: t(() => undefined) }),
      ],
      { output: t({ n: (s: AnyScope) => s.steps.b.n }) },
      { n: 20 },
    ).start();
    expect(stage.status).toBe("done");
    expect(stage.last?.end).toEqual({ output: { n: 42 } });
    expect(stage.run.results["steps.b"]).toEqual({ n: 42 });
    expect(stage.run.state.completions).toBe(2);
  });

  test("are skipped when their condition is false, and their result is null", () => {
    const stage = run([
      step("set", "a", { n: t(1) }, { common: { if: x(() => false) } }),
      step("set", "b", { seen: t((s: AnyScope) => s.steps.a) }),
    ]).start();
    expect(stage.run.state.nodes["steps.a"]?.status).toBe("skipped");
    expect(stage.run.results["steps.b"]).toEqual({ seen: null });
  });

  test("a condition that is no condition parks the run, and nothing ran", () => {
    const stage = run([step("set", "a", {}, { common: { if: x(() => "yes", "$x") } })]).start();
    expect(stage.status).toBe("invalid");
    expect(stage.problems).toEqual([
      { kind: "invalid", path: "steps.a", code: "expression/not-a-condition" },
    ]);
  });

  test("an expression error parks the run at its step; a resume goes on from there", () => {
    let broken = true;
    const stage = run([
      step("set", "a", { n: t(1) }),
      step("set", "b", {
        n: t((s: AnyScope) => {
          if (broken) throw absent("b is absent");
          return s.steps.a.n + 1;
        }),
      }),
    ]).start();
    expect(stage.status).toBe("invalid");
    expect(stage.last?.problems[0]?.failure).toMatchObject({
      class: "invalid",
      code: "mapping/absent-path",
      path: "steps.b",
      at: { file: "test.yaml" },
    });
    expect(stage.peek({ kind: "timer", path: "steps.b", name: "wait" }).problems).toEqual([]);
    broken = false;
    stage.resume();
    expect(stage.status).toBe("done");
    expect(stage.run.results["steps.b"]).toEqual({ n: 2 });
    expect(stage.decisions[1]?.results).not.toHaveProperty("steps.a");
  });

  test("remember is seen at once and merged by RFC 7396", () => {
    const stage = run(
      [
        step("remember", "_r", { stage: t("won"), gone: t(null) }),
        step("set", "a", { seen: t((s: AnyScope) => s.state) }),
      ],
      { state: t({ stage: null, count: 0 }) },
    );
    stage.run = { ...stage.run, laneState: { gone: 1, kept: 2 } };
    stage.start();
    expect(stage.run.results["steps.a"]).toEqual({ seen: { stage: "won", count: 0, kept: 2 } });
    expect(stage.last?.remembers).toEqual([{ stage: "won", gone: null }]);
  });

  test("a milestone is reached when its step completes", () => {
    const stage = run([step("set", "a", {}, { common: { milestone: "order.created" } })]).start();
    expect(stage.last?.milestones).toEqual([{ name: "order.created", path: "steps.a" }]);
  });

  test("stop ends the run as a success", () => {
    const stage = run([
      step("stop", "_s", { code: "not-won", message: t("never mind") }),
      step("set", "a", {}),
    ]).start();
    expect(stage.status).toBe("stopped");
    expect(stage.last?.end).toEqual({ output: null });
    expect(stage.run.state.nodes).not.toHaveProperty("steps.a");
    expect(stage.last?.history).toContainEqual({
      path: "steps._s",
      what: "stopped",
      detail: { code: "not-won", message: "never mind" },
    });
  });

  test("fail ends the run with its failure", () => {
    const stage = run([
      step("fail", "_f", { class: "business", code: "late", message: t("too late") }),
    ]).start();
    expect(stage.status).toBe("failed");
    expect(stage.last?.end).toMatchObject({
      failure: { class: "business", code: "late", message: "too late", path: "steps._f" },
    });
  });

  test("map gives the mapping's output, in the shape of its schema", () => {
    const lists = schema("order", { properties: { lines: { type: "array" } } }, (value) =>
      Array.isArray(value.lines) ? [] : ["lines must be a list"],
    );
    const plan = generation({
      flows: [
        flow("main", [
          step("map", "one", "to-order"),
          step("map", "two", "to-order", { beside: { with: t({ line: 2 }) } }),
        ]),
      ],
      schemas: [lists],
      mappings: [mapping("to-order", (input) => ({ lines: input.line }), "order")],
    });
    const stage = new Stage(plan, { data: { line: 1 } }).start();
    expect(stage.run.results).toMatchObject({
      "steps.one": { lines: [1] },
      "steps.two": { lines: [2] },
    });
  });

  test("a mapping whose output breaks its schema parks the run with the schema's words", () => {
    const strict = schema("order", {}, () => ["must have a total"]);
    const plan = generation({
      flows: [flow("main", [step("map", "one", "to-order")])],
      schemas: [strict],
      mappings: [mapping("to-order", () => ({}), "order")],
    });
    const stage = new Stage(plan).start();
    expect(stage.status).toBe("invalid");
    expect(stage.last?.problems[0]?.failure.message).toContain("/x: must have a total");
  });

  test("an output that breaks what the flow returns parks the run, and nobody gets it", () => {
    const strict = schema("answer", {}, (value) => (value.n === 1 ? [] : ["must be 1"]));
    const returning = (n: number) =>
      new Stage(
        generation({
          flows: [flow("main", [], { returns: "answer", output: t({ n }) })],
          schemas: [strict],
        }),
      ).start();
    expect(returning(1).last?.end).toEqual({ output: { n: 1 } });
    const broken = returning(2);
    expect(broken.status).toBe("invalid");
    expect(broken.last?.end).toBeUndefined();
    expect(broken.last?.problems[0]?.failure).toMatchObject({ code: "flow/output-breach" });
  });

  test("a mapping that does not exist parks the run", () => {
    const stage = run([step("map", "one", "nowhere")]).start();
    expect(stage.problems[0]?.code).toBe("mapping/unknown");
  });

  test("require reports every violation, and issues without stopping", () => {
    const rule = (code: string, holds: boolean, more = {}) => ({
      that: x(() => holds, `$${code}`),
      error: { class: "business", code, at: undefined },
      ...more,
    });
    const stage = run([
      step("require", "_r", [rule("a", false), rule("b", true), rule("c", false)]),
    ]).start();
    expect(stage.last?.end).toMatchObject({
      failure: { code: "a", violations: [{ code: "a" }, { code: "c" }] },
    });
    const one = run([step("require", "_r", [rule("a", false)])]).start();
    expect(one.last?.end).not.toHaveProperty("failure.violations");
    const issue = run([step("require", "_r", [rule("a", false, { severity: "issue" })])]).start();
    expect(issue.status).toBe("done");
    expect(issue.problems).toEqual([{ kind: "issue", path: "steps._r", code: "a" }]);
  });

  test("route takes the first branch that holds and keeps to it", () => {
    let first = true;
    const stage = run([
      step("route", "_r", [
        {
          kind: "when",
          value: x(() => first),
          steps: [step("wait", "w", { kind: "for", value: 5 }), step("set", "a", { v: t(1) })],
        },
        { kind: "else", value: [step("set", "b", { v: t(2) })] },
      ]),
      step("set", "c", { a: t((s: AnyScope) => s.steps.a), b: t((s: AnyScope) => s.steps.b) }),
    ]).start();
    expect(stage.status).toBe("active");
    first = false;
    stage.due("steps.w", "wait");
    expect(stage.run.results["steps.c"]).toEqual({ a: { v: 1 }, b: null });
    const none = run([
      step("route", "_r", [{ kind: "when", value: x(() => false), steps: [] }]),
    ]).start();
    expect(none.status).toBe("done");
    const otherwise = run([
      step("route", "_r", [
        { kind: "when", value: x(() => false), steps: [] },
        { kind: "else", value: [step("set", "b", { v: t(2) })] },
      ]),
    ]).start();
    expect(otherwise.run.results["steps.b"]).toEqual({ v: 2 });
  });

  test("emit derives its dedupe key from business identity and checks the event's schema", () => {
    const plan = generation({
      flows: [
        flow(
          "main",
          [
            step("emit", "_e", "erp.done", { beside: { with: t({ id: 7 }) } }),
            step("emit", "_own", "order.confirmed"),
          ],
          { emits: { "order.confirmed": "own" } },
        ),
      ],
      schemas: [schema("done", {}, (value) => (value.id === 7 ? [] : ["id"])), schema("own", {})],
      systems: [system("erp", {}, { done: { data: "done", correlate: ["id"] } })],
    });
    const stage = new Stage(plan, { data: { n: 1 } }).start();
    expect(stage.emitted).toEqual([
      { type: "erp.done", data: { id: 7 } },
      { type: "order.confirmed", data: { n: 1 } },
    ]);
    const again = new Stage(plan, { data: { n: 1 }, run: { id: "r2" } }).start();
    expect(again.last?.emits[0]?.dedupeKey).toBe(stage.last?.emits[0]?.dedupeKey);
    const other = new Stage(plan, { data: { n: 1 }, run: { identity: "i2" } }).start();
    expect(other.last?.emits[0]?.dedupeKey).not.toBe(stage.last?.emits[0]?.dedupeKey);
    expect(new Set(stage.last?.emits.map(({ dedupeKey }) => dedupeKey)).size).toBe(2);
  });

  test("an output that cannot be made parks the run; a resume makes it", () => {
    let broken = true;
    const stage = run([step("set", "a", {})], {
      output: t(() => {
        if (broken) throw absent();
        return 5;
      }),
    }).start();
    expect(stage.status).toBe("invalid");
    broken = false;
    expect(stage.resume().last?.end).toEqual({ output: 5 });
  });

  test("an unexpected exception is no decision", () => {
    const stage = run([
      step("set", "a", {
        v: {
          at: {},
          evaluate: () => {
            throw new RangeError("bug");
          },
        },
      }),
    ]);
    expect(() => stage.start()).toThrow(RangeError);
  });

  test("a run of a flow that its generation lacks is a bug", () => {
    expect(() => new Stage(generation({}), {}).start()).toThrow(/does not have/);
  });

  test("a plan with an unknown step kind is a bug", () => {
    expect(() => run([step("fly", "a", {})]).start()).toThrow(/no step kind/);
  });

  test("environment values have defaults, and undeclared ones are not seen", () => {
    const plan = generation({
      flows: [flow("main", [step("set", "a", { env: t((s: AnyScope) => s.env) })])],
      env: {
        URL: { description: "d" },
        ZONE: { description: "d", default: "UTC" },
        GONE: { description: "d" },
      },
    });
    const stage = new Stage(plan, { env: { URL: "https://x", OTHER: "no" } }).start();
    expect(stage.run.results["steps.a"]).toEqual({ env: { URL: "https://x", ZONE: "UTC" } });
  });
});

describe("facts", () => {
  test("of one walk are asked for together, across branches", async () => {
    const { decide } = await import("../../../engine/core/index.ts");
    const { fact } = await import("./plans.ts");
    const read = (id: string) =>
      t((_: AnyScope, context: AnyScope) =>
        fact(context, { kind: "xref", entity: "customer", system: "erp", id }),
      );
    const stage = run([
      step("parallel", "_p", [
        [step("set", "a", { id: read("1") })],
        [step("set", "b", { id: read("2") })],
      ]),
    ]);
    const { generation: plan } = stage;
    const input = {
      generation: plan,
      run: stage.run,
      event: { kind: "start" } as const,
      now: 0,
      random: 0,
      facts: new Map<string, string>(),
      digest: (text: string) => text,
      env: () => undefined,
    };
    const first = decide(input);
    expect(first).toMatchObject({ kind: "needs", facts: [{ id: "1" }, { id: "2" }] });
    const facts = new Map([
      [JSON.stringify(["xref", "customer", "erp", "1"]), "A"],
      [JSON.stringify(["xref", "customer", "erp", "2"]), "B"],
    ]);
    const second = decide({ ...input, facts });
    expect(second).toMatchObject({
      kind: "decision",
      decision: { status: "done", results: { "steps.a": { id: "A" }, "steps.b": { id: "B" } } },
    });
  });

  test("in a flow's output are asked for too", async () => {
    const { fact } = await import("./plans.ts");
    const stage = run([], {
      output: t((_: AnyScope, context: AnyScope) =>
        fact(context, { kind: "canonical", entity: "customer", system: "erp", id: "9" }),
      ),
    }).start();
    expect(stage.asked).toHaveLength(1);
    expect(stage.last?.end).toEqual({ output: null });
  });

  test("in conditions, undo inputs and handlers are asked for where they are needed", async () => {
    const { fact } = await import("./plans.ts");
    const read = (id: string) => (_: AnyScope, context: AnyScope) =>
      fact(context, { kind: "canonical", entity: "customer", system: "erp", id }) === null;
    const undo = step("emit", "gone", "erp.gone", { beside: { with: t(read("undo")) } });
    const stage = run(
      [
        step("set", "a", {}, { common: { if: x(read("if")), undo } }),
        step("fail", "f", { class: "business", code: "no" }),
      ],
      { onError: [step("set", "note", { v: t(read("note")) })] },
    ).start();
    expect(stage.asked.map((request) => ("id" in request ? request.id : ""))).toEqual([
      "if",
      "undo",
      "note",
    ]);
    expect(stage.status).toBe("failed");
    expect(stage.emitted).toEqual([{ type: "erp.gone", data: true }]);
  });
});
