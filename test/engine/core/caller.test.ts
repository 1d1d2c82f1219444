/* oxlint-disable typescript/no-unsafe-assignment, typescript/no-unsafe-member-access, typescript/no-unsafe-return -- expressions of these tests read scopes freely */
import { describe, expect, test } from "vitest";
import { type AnyScope, at, flow, generation, step, t, x } from "./plans.ts";
import { Stage } from "./stage.ts";

type Steps = Parameters<typeof flow>[1];
const api = (steps: Steps, more: Parameters<typeof flow>[2] = {}, data: AnyScope = {}) =>
  new Stage(generation({ flows: [flow("main", steps, more)] }), {
    data,
    message: { channel: "api" },
    run: { respondBy: 1_700_000_005_000 },
  });
const fails = (failureClass = "business") =>
  step("fail", "f", { class: failureClass, code: "no", message: t("not so") });

describe("the caller of an API flow", () => {
  test("gets the output, or what `respond` says", () => {
    const plain = api([], { output: t({ n: 1 }) }).start();
    expect(plain.last?.response).toEqual({ status: 200, headers: {}, body: { n: 1 } });
    expect(plain.last?.cancelTimers).toContainEqual({ path: "", name: "deadline" });
    const respond = {
      "201": {
        at,
        when: x((s) => s.result.n === 1),
        body: t({ made: (s: AnyScope) => s.result.n }),
      },
      "200": { at },
      "404": { at, when: x((s) => s.error !== null && s.error.code === "none") },
      "422": { at, body: t({ why: (s: AnyScope) => s.error.code }) },
    };
    expect(api([], { respond, output: t({ n: 1 }) }).start().last?.response).toEqual({
      status: 201,
      headers: {},
      body: { made: 1 },
    });
    expect(api([], { respond, output: t({ n: 2 }) }).start().last?.response).toEqual({
      status: 200,
      headers: {},
      body: null,
    });
    expect(
      api([step("stop", "s", { code: "x" })], { respond: { "204": { at } } }).start().last?.response
        ?.status,
    ).toBe(204);
  });

  test("gets a problem when the run fails, by its class", () => {
    const answered = (failureClass: string) => api([fails(failureClass)]).start().last?.response;
    expect(answered("business")).toEqual({
      status: 422,
      headers: { "content-type": "application/problem+json" },
      body: {
        type: "about:blank",
        title: "no",
        status: 422,
        detail: "not so",
        class: "business",
        code: "no",
      },
    });
    expect(answered("transient")?.status).toBe(503);
    expect(answered("invalid")?.status).toBe(500);
    expect(answered("in-doubt")?.status).toBe(504);
    const own = { respond: { "409": { at, body: t((s: AnyScope) => s.error.code) } } };
    expect(api([fails()], own).start().last?.response).toEqual({
      status: 409,
      headers: {},
      body: "no",
    });
  });

  test("gets the first answer of the text that holds, whatever its number", () => {
    const first = { ...at, line: 1 };
    const second = { ...at, line: 2 };
    const respond = {
      "200": { at: second, when: x(() => true), body: t("usual") },
      "404": { at: first, when: x((s: AnyScope) => s.result.n === 0), body: t("nobody") },
    };
    const answered = (n: number) => api([], { respond, output: t({ n }) }).start().last?.response;
    expect(answered(0)).toMatchObject({ status: 404, body: "nobody" });
    expect(answered(1)).toMatchObject({ status: 200, body: "usual" });
  });

  test("gets one answer only: a `respond` step, then nothing more", () => {
    const stage = api([
      step("respond", "r", { status: 202, body: t({ n: 1 }) }),
      step("respond", "again", {}),
      step("wait", "w", { kind: "for", value: 5 }),
    ]).start();
    expect(stage.last?.response).toEqual({ status: 202, headers: {}, body: { n: 1 } });
    stage.due("steps.w", "wait");
    expect(stage.last?.response).toBeUndefined();
    const plain = api([step("respond", "r", {})]).start();
    expect(plain.last?.response).toEqual({ status: 200, headers: {}, body: null });
  });

  test("gets 202 at the deadline, and the answer later, when it asks again", () => {
    const stage = api([step("wait", "w", { kind: "for", value: 60_000 })]).start();
    expect(stage.timers.get(" deadline")).toBe(1_700_000_005_000);
    stage.due("", "deadline");
    expect(stage.status).toBe("active");
    expect(stage.last?.response).toMatchObject({
      status: 202,
      headers: { location: "/api/runs/r1" },
    });
    expect(stage.due("steps.w", "wait").last?.response).toMatchObject({ status: 200 });
  });

  test("hears of an answer that cannot be made, and so does a person", () => {
    const respond = { "200": { at, body: t((s: AnyScope) => s.no.no) } };
    const stage = api([], { respond }).start();
    expect(stage.last?.response?.status).toBe(500);
    expect(stage.problems).toEqual([
      { kind: "issue", path: "respond", code: "mapping/absent-path" },
    ]);
  });

  test("an entry whose condition breaks in another way is a bug", () => {
    const when = {
      ...x(() => 1),
      evaluate: () => {
        throw new RangeError("bug");
      },
    };
    expect(() => api([], { respond: { "200": { at, when } } }).start()).toThrow(RangeError);
    expect(() => api([], { output: { ...t(1), evaluate: when.evaluate } }).start()).toThrow(
      RangeError,
    );
  });

  test("who is no API caller gets no answer", () => {
    const stage = new Stage(generation({ flows: [flow("main", [])] })).start();
    expect(stage.last?.response).toBeUndefined();
  });
});

describe("hold-back", () => {
  const holdBack = (
    otherwise = "continue",
    condition = (s: AnyScope) => s.state.paid !== true,
  ) => ({
    state: t({ paid: false }),
    holdBack: { at, while: x(condition, "$state.paid != true"), within: 1000, otherwise },
  });
  const held = (...rest: Parameters<typeof holdBack>) =>
    new Stage(generation({ flows: [flow("main", [step("set", "a", {})], holdBack(...rest))] }));

  test("parks an early message beside its lane, and tests it again at each start", () => {
    const stage = held().start();
    expect(stage.status).toBe("held");
    expect(stage.last?.timers).toEqual([{ path: "", name: "within", due: stage.now + 1000 }]);
    stage.start();
    expect(stage.last).toMatchObject({ status: "held", timers: [], history: [] });
    expect(stage.on({ kind: "timer", path: "steps.a", name: "wait" }).status).toBe("held");
    expect(stage.matched("steps.a", {}).status).toBe("held");
    stage.run = { ...stage.run, laneState: { paid: true } };
    stage.start();
    expect(stage.status).toBe("done");
    expect(stage.last?.cancelTimers).toContainEqual({ path: "", name: "within" });
  });

  test("does not hold what is not early, and not what has begun", () => {
    expect(held("continue", () => false).start().status).toBe("done");
    const stage = new Stage(
      generation({
        flows: [
          flow(
            "main",
            [step("wait", "w", { kind: "for", value: 5 })],
            holdBack("continue", (s) => s.state.paid === true),
          ),
        ],
      }),
    ).start();
    stage.run = { ...stage.run, laneState: { paid: true } };
    expect(stage.start().status).toBe("active");
  });

  test("ends after its time: goes on, or parks", () => {
    expect(held().start().due("", "within").status).toBe("done");
    const stage = held("invalid").start().due("", "within");
    expect(stage.status).toBe("invalid");
    expect(stage.problems[0]?.code).toBe("core/held-back-too-long");
    expect(stage.resume().status).toBe("done");
    expect(
      held("continue", () => false)
        .start()
        .on({ kind: "timer", path: "", name: "within" }).status,
    ).toBe("done");
  });

  test("whose condition breaks parks the run", () => {
    const stage = held("continue", (s) => s.no.no).start();
    expect(stage.status).toBe("invalid");
    const bug = {
      ...x(() => 1),
      evaluate: () => {
        throw new RangeError("bug");
      },
    };
    const plan = generation({
      flows: [flow("main", [], { holdBack: { at, while: bug, within: 1, otherwise: "continue" } })],
    });
    expect(() => new Stage(plan).start()).toThrow(RangeError);
  });
});

describe("$state", () => {
  const seen = (state: unknown, laneState: AnyScope) => {
    const plan = generation({
      flows: [
        flow(
          "main",
          [step("set", "a", { s: t((s: AnyScope) => s.state) })],
          state === undefined ? {} : { state: t(state) },
        ),
      ],
    });
    return new Stage(plan, { run: { laneState } }).start().run.results["steps.a"];
  };
  test("is the lane's own over the flow's defaults", () => {
    expect(seen({ a: 1, b: 2 }, { b: 3 })).toEqual({ s: { a: 1, b: 3 } });
    expect(seen({ a: 1 }, null)).toEqual({ s: { a: 1 } });
    expect(seen(undefined, { b: 3 })).toEqual({ s: { b: 3 } });
    expect(seen(undefined, null)).toEqual({ s: {} });
    expect(seen("odd", null)).toEqual({ s: {} });
  });
});
