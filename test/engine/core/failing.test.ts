/* oxlint-disable typescript/no-unsafe-member-access, typescript/no-unsafe-return -- expressions of these tests read scopes freely */
import { describe, expect, test } from "vitest";
import { retryDelayMs, retryPolicy, builtInPolicy } from "../../../engine/core/retry.ts";
import { adapter, type AnyScope, at, flow, generation, step, system, t, x } from "./plans.ts";
import { Stage } from "./stage.ts";

const run = (
  steps: Parameters<typeof flow>[1],
  more = {},
  parts: object = {},
  stage: object = {},
) =>
  new Stage(
    generation({
      flows: [flow("main", steps, more)],
      adapters: [
        adapter("tryton", {
          read: { request: { at, get: t("/x") }, effect: "read" },
          write: {
            request: { at, post: t("/x"), body: t(1) },
            inDoubt: { kind: "resend", value: "safe" },
          },
        }),
      ],
      systems: [system("erp", { read: { effect: "read" }, write: { effect: "create" } })],
      ...parts,
    }),
    stage,
  );
const call = (id: string, common: Readonly<Record<string, unknown>> = {}, operation = "erp.read") =>
  step("call", id, operation, { common });
const fails = (id: string, failureClass = "business", common = {}) =>
  step("fail", id, { class: failureClass, code: "broken" }, { common });
const own = "steps.a/request";
const node = (stage: Stage, path = "steps.a") => stage.run.state.nodes[path];

describe("retry", () => {
  test("resends the stored request by the policy, counted by failures, until it gives up", () => {
    const retry = { at, max: 2, backoff: 1000, factor: 3, jitter: 0 };
    const stage = run([call("a", { retry })])
      .start()
      .answer(own, "", 503);
    expect(stage.last?.resends).toEqual([{ deliveryId: "x1", due: stage.now + 1000, attempt: 1 }]);
    expect(stage.last?.deliveries).toEqual([]);
    stage.answer(own, "", 503);
    expect(stage.last?.resends[0]).toMatchObject({ due: stage.now + 3000, attempt: 2 });
    stage.answer(own, "", 503);
    expect(stage.status).toBe("dead");
    expect(stage.problems).toEqual([{ kind: "dead", path: "steps.a", code: "http-503" }]);
  });

  test("a resume goes on with fresh counters, and the request is built anew", () => {
    const stage = run([call("a", { retry: { at, max: 0 } })])
      .start()
      .answer(own, "", 503);
    expect(stage.status).toBe("dead");
    stage.resume();
    expect(stage.paths()).toEqual([own, `${own}~1`]);
    expect(node(stage)).toMatchObject({ status: "waiting", failures: 0 });
    expect(stage.answer(`${own}~1`, {}).status).toBe("done");
    expect(stage.resume().status).toBe("done");
  });

  test("obeys Retry-After in seconds and as a date, when it is later than the back-off", () => {
    const stage = run([call("a")])
      .start()
      .answer(own, "", 429, { "retry-after": "120" });
    expect(stage.last?.resends[0]?.due).toBe(stage.now + 120_000);
    stage.answer(own, "", 503, { "retry-after": "Tue, 14 Nov 2023 23:13:20 GMT" });
    expect(stage.last?.resends[0]?.due).toBe(stage.now + 3_600_000);
    stage.answer(own, "", 503, { "retry-after": "soon" });
    expect(stage.last?.resends[0]?.due).toBe(stage.now + 3600);
    stage.answer(own, "", 503, { "retry-after": "1" });
    expect(stage.last?.resends[0]?.due).toBe(stage.now + 7200);
  });

  test("crashes do not count", () => {
    const stage = run([call("a", { retry: { at, max: 0 } })]).start();
    for (let crash = 0; crash < 5; crash += 1) stage.unknown(own, true);
    expect(stage.status).toBe("active");
    expect(stage.delivery(own).sends).toBe(6);
    const write = run([call("a", { retry: { at, max: 0 } }, "erp.write")]).start();
    for (let crash = 0; crash < 5; crash += 1) write.unknown(own, true);
    expect(node(write)?.failures).toBe(0);
  });

  test("a refused log-in is retried as transient is; a refused request is not", () => {
    const stage = run([call("a")]).start();
    stage.outcome(own, { kind: "unauthorized", reason: "no", ms: 1 });
    expect(node(stage)).toMatchObject({
      status: "retrying",
      error: {
        class: "auth",
        message: expect.stringMatching(/^no credentials for \w+: no$/) as unknown,
      },
    });
    stage.answer(own, "", 401);
    expect(stage.status).toBe("dead");
    const notSent = run([call("a")])
      .start()
      .outcome(own, { kind: "not-sent", reason: "refused", ms: 1 });
    expect(node(notSent)).toMatchObject({
      status: "retrying",
      error: { class: "transient", code: "not-sent" },
    });
  });

  test("what our own rules kept back is not tried again", () => {
    const kept = run([call("a")])
      .start()
      .outcome(own, { kind: "not-sent", reason: "not under egress", refused: true, ms: 1 });
    expect(kept.status).toBe("invalid");
    expect(node(kept)?.error).toMatchObject({
      class: "invalid",
      code: "kept-back",
      message: expect.stringContaining("no retry would send it: not under egress") as unknown,
    });
  });

  test("of other steps starts them anew, by their own policy only", () => {
    let broken = true;
    const flaky = (common: Readonly<Record<string, unknown>>) =>
      step(
        "require",
        "a",
        [{ that: x(() => !broken), error: { class: "transient", code: "no", at } }],
        { common },
      );
    expect(run([flaky({})]).start().status).toBe("dead");
    const stage = run([flaky({ retry: { at, max: 1 } })]).start();
    expect(node(stage)).toMatchObject({ status: "retrying", failures: 1 });
    broken = false;
    expect(stage.due("steps.a", "retry").status).toBe("done");
  });

  test("of a block goes on from what failed in it", () => {
    const retry = { at, max: 1, on: ["transient", "business"] };
    let broken = true;
    const branch = [
      step("set", "before", {}),
      step("require", "check", [
        { that: x(() => !broken), error: { class: "business", code: "no", at } },
      ]),
    ];
    const stage = run([
      step("parallel", "a", [branch, [step("set", "c", {})]], { common: { retry } }),
    ]).start();
    expect(node(stage)?.status).toBe("retrying");
    broken = false;
    stage.due("steps.a", "retry");
    expect(stage.status).toBe("done");
    expect(stage.last?.results).not.toHaveProperty("steps.before");
  });

  test("policies: step over named over default over built-in; jitter is a share of the wait", () => {
    const plan = generation({
      retry: { default: { at, max: 3 }, patient: { at, backoff: 9, on: ["auth"] } },
    });
    expect(retryPolicy(call("a"), plan)).toEqual({ ...builtInPolicy, max: 3 });
    const patient = call("a", { retry: { at, policy: "patient", factor: 7, jitter: 4, limit: 8 } });
    expect(retryPolicy(patient, plan)).toEqual({
      max: 3,
      backoffMs: 9,
      factor: 7,
      limitMs: 8,
      jitter: 1,
      on: ["auth"],
    });
    expect(retryPolicy(call("a"), generation({}))).toEqual(builtInPolicy);
    expect(retryDelayMs({ ...builtInPolicy, jitter: 0.5 }, 1, 0)).toBe(500);
    expect(retryDelayMs({ ...builtInPolicy, jitter: 0.5 }, 1, 1)).toBe(1000);
    expect(retryDelayMs({ ...builtInPolicy, jitter: 0 }, 99, 0)).toBe(300_000);
  });
});

describe("wait", () => {
  const closed = (rule: object) => ({
    adapters: [
      adapter(
        "tryton",
        { read: { request: { at, get: t("/x") } } },
        {
          errors: [
            {
              at,
              when: x((s) => s.response.status === 423),
              class: "wait",
              code: "period-closed",
              message: t("closed"),
              ...rule,
            },
          ],
        },
      ),
    ],
  });

  test("parks until the event that ends it, then sends again", () => {
    const stage = run([call("a")], {}, closed({ until: "erp.period.opened" }))
      .start()
      .answer(own, "", 423);
    expect(stage.status).toBe("active");
    expect(stage.last?.listens).toMatchObject([
      { path: "steps.a", event: "erp.period.opened", correlate: {} },
    ]);
    stage.matched("steps.a", {}, "erp.period.opened");
    expect(stage.last?.closes).toEqual(["steps.a"]);
    expect(stage.delivery(own).sends).toBe(2);
    expect(stage.answer(own, {}).status).toBe("done");
  });

  test("parks until a time, which the rule or the engine names", () => {
    const stage = run([call("a")], {}, closed({ wait: 7000 }))
      .start()
      .answer(own, "", 423);
    expect(stage.timers.get("steps.a park")).toBe(stage.now + 7000);
    stage.due("steps.a", "park");
    expect(stage.delivery(own).sends).toBe(2);
    const plain = run([call("a", { lane: "release" })], {}, closed({}))
      .start()
      .answer(own, "", 423);
    expect(plain.timers.get("steps.a park")).toBe(plain.now + 900_000);
    expect(plain.status).toBe("released");
  });

  test("events meanwhile change nothing", () => {
    const stage = run([call("a")], {}, closed({}))
      .start()
      .answer(own, "", 423);
    stage.on({ kind: "chosen", path: "steps.a", choice: "x", by: "y" });
    expect(stage.delivery(own).sends).toBe(1);
  });
});

describe("answers", () => {
  test.each([
    [400, "business"],
    [404, "business"],
    [409, "business"],
    [422, "business"],
    [301, "business"],
    [401, "auth"],
    [403, "auth"],
    [429, "throttled"],
    [408, "transient"],
    [425, "transient"],
    [500, "transient"],
    [599, "transient"],
  ])("%i is %s where no rule says otherwise", (status, failureClass) => {
    const stage = run([call("a", { retry: { at, max: 0 } })])
      .start()
      .answer(own, { why: 1 }, status);
    const failure = node(stage)?.error;
    expect(failure).toMatchObject({
      class: failureClass,
      code: `http-${status}`,
      system: "erp",
      adapter: "tryton",
      detail: { body: { why: 1 } },
    });
  });

  test("rules are asked in order: the request's, the operation's, the adapter's; absent members are no match", () => {
    const rule = (code: string, when: (s: AnyScope) => boolean) => ({
      at,
      when: x(when, code),
      class: "business",
      code,
    });
    const parts = (own: object[], operation: object[], whole: object[]) => ({
      adapters: [
        adapter(
          "tryton",
          { read: { request: { at, get: t("/x"), errors: own }, errors: operation } },
          { errors: whole },
        ),
      ],
    });
    const missing = rule("missing", (s) => s.response.body.error.code === 1);
    const body = rule("body", (s) => s.response.body.bad);
    const codeOf = (stage: Stage) => node(stage.start().answer(own, { bad: true }))?.error?.code;
    expect(codeOf(run([call("a")], {}, parts([missing], [body], [rule("all", () => true)])))).toBe(
      "body",
    );
    expect(codeOf(run([call("a")], {}, parts([], [], [rule("all", () => true)])))).toBe("all");
    const { code: _, ...nameless } = rule("x", () => true);
    expect(codeOf(run([call("a")], {}, parts([nameless], [], [])))).toBe("business");
  });

  test("a rule that breaks for another reason parks the run", () => {
    const broken = { at, when: x(() => "yes"), class: "business" };
    const stage = run(
      [call("a")],
      {},
      {
        adapters: [
          adapter("tryton", { read: { request: { at, get: t("/x") } } }, { errors: [broken] }),
        ],
      },
    );
    expect(stage.start().answer(own, {}).problems[0]?.code).toBe("expression/not-a-condition");
  });
});

describe("catch", () => {
  const handler = (steps: object[], when?: (s: AnyScope) => boolean) => ({
    at,
    steps,
    ...(when === undefined ? {} : { when: x(when) }),
  });

  test("the first handler that takes the failure runs in place of the step", () => {
    const common = {
      catch: [
        handler([step("set", "wrong", {})], (s) => s.error.code === "other"),
        handler([step("set", "fallback", { code: t((s: AnyScope) => s.error.code) })]),
      ],
    };
    const stage = run([
      fails("a", "business", common),
      step("set", "b", {
        got: t((s: AnyScope) => s.steps.fallback.code),
        a: t((s: AnyScope) => s.steps.a),
      }),
    ]).start();
    expect(stage.run.results["steps.b"]).toEqual({ got: "broken", a: null });
    expect(node(stage)?.status).toBe("caught");
    expect(stage.run.results).toHaveProperty("steps.a.catch.fallback");
  });

  test("a handler may wait, fail, stop or park", () => {
    const caught = (steps: object[]) =>
      run([fails("a", "business", { catch: [handler(steps)], timeout: 9e9 })]).start();
    const waits = caught([step("wait", "w", { kind: "for", value: 5 })]);
    expect(waits.status).toBe("active");
    expect(waits.due("steps.a.catch.w", "wait").status).toBe("done");
    expect(waits.last?.cancelTimers).toContainEqual({ path: "steps.a", name: "timeout" });
    expect(
      caught([step("fail", "f", { class: "business", code: "worse" })]).last?.end,
    ).toMatchObject({ failure: { code: "worse" } });
    expect(caught([step("stop", "s", { code: "fine" })]).status).toBe("stopped");
    let broken = true;
    const parks = caught([step("set", "v", { v: t((s: AnyScope) => (broken ? s.no.no : 1)) })]);
    expect(parks.status).toBe("invalid");
    broken = false;
    expect(parks.resume().status).toBe("done");
  });

  test("a failed handler goes on after a resume", () => {
    const steps = [call("again", { retry: { at, max: 0 } })];
    const stage = run([fails("a", "business", { catch: [handler(steps)] })]).start();
    const path = "steps.a.catch.again/request";
    stage.answer(path, "", 503);
    expect(stage.status).toBe("dead");
    stage.resume().answer(`${path}~1`, {});
    expect(stage.status).toBe("done");
  });

  test("a condition that breaks parks the run", () => {
    const stage = run([fails("a", "business", { catch: [handler([], (s) => s.no.no)] })]).start();
    expect(stage.status).toBe("invalid");
  });

  test("takes no failure that no handler names", () => {
    const stage = run([fails("a", "business", { catch: [handler([], () => false)] })]).start();
    expect(stage.status).toBe("failed");
  });
});

describe("on-error", () => {
  test("`continue` keeps the failure to its step", () => {
    const stage = run([
      fails("a", "business", { onError: "continue" }),
      step("set", "b", { a: t((s: AnyScope) => s.steps.a) }),
    ]).start();
    expect(stage.status).toBe("done");
    expect(node(stage)).toMatchObject({ status: "caught", error: { code: "broken" } });
    expect(stage.run.results["steps.b"]).toEqual({ a: null });
  });

  test("of the flow sees the failure and the steps before it", () => {
    const onError = [
      step("set", "report", {
        error: t((s: AnyScope) => s.error.code),
        b: t((s: AnyScope) => s.steps.b.v),
      }),
    ];
    const stage = run([step("set", "b", { v: t(1) }), fails("a")], { onError }).start();
    expect(stage.status).toBe("failed");
    expect(stage.run.results["on-error.report"]).toEqual({ error: "broken", b: 1 });
  });

  test("of the flow may wait; its own failure is reported and stops nothing", () => {
    const onError = [
      step("wait", "w", { kind: "for", value: 5 }),
      step("fail", "f", { class: "business", code: "worse" }),
    ];
    const stage = run([fails("a")], { onError }).start();
    expect(stage.status).toBe("active");
    stage.due("on-error.w", "wait");
    expect(stage.status).toBe("failed");
    expect(stage.problems).toEqual([{ kind: "issue", path: "on-error", code: "worse" }]);
    expect(stage.last?.end).toMatchObject({ failure: { code: "broken" } });
  });

  test("of the flow that breaks parks the run, and goes on there", () => {
    let broken = true;
    const onError = [step("set", "r", { v: t((s: AnyScope) => (broken ? s.no.no : 1)) })];
    const stage = run([fails("a")], { onError }).start();
    expect(stage.status).toBe("invalid");
    broken = false;
    expect(stage.resume().status).toBe("failed");
  });

  test("failures that a person must judge end neither in on-error nor in undo", () => {
    const onError = [step("set", "r", {})];
    expect(run([fails("a", "invalid")], { onError }).start().status).toBe("invalid");
    const doubt = run([fails("a", "in-doubt")], { onError }).start();
    expect(doubt.status).toBe("in-doubt");
    expect(doubt.run.results).toEqual({});
  });
});

describe("timeout", () => {
  const timeout = { timeout: 1000 };

  test("fails a read as transient, retries included, and cancels what was not sent", () => {
    const stage = run([call("a", timeout)])
      .start()
      .answer(own, "", 503)
      .due("steps.a", "timeout");
    expect(stage.status).toBe("dead");
    expect(stage.last?.cancelDeliveries).toEqual(["steps.a/"]);
    expect(stage.problems[0]?.code).toBe("step-timeout");
    stage.resume().answer(`${own}~1`, {});
    expect(stage.status).toBe("done");
  });

  test("waits for the outcome of a write: a late success is a success, a late failure is not retried", () => {
    const late = () =>
      run([call("a", timeout, "erp.write")])
        .start()
        .due("steps.a", "timeout");
    expect(late().status).toBe("active");
    expect(late().answer(own, {}).status).toBe("done");
    expect(late().answer(own, "", 503).status).toBe("dead");
  });

  test("drops waits, awaits children, drains blocks", () => {
    const waits = run([
      step("wait", "a", { kind: "for", value: 5000 }, { common: timeout }),
    ]).start();
    waits.due("steps.a", "timeout");
    expect(waits.last?.cancelTimers).toContainEqual({ path: "steps.a", name: "wait" });
    expect(waits.status).toBe("dead");
    const child = run([
      step("run", "a", "main", { common: timeout, beside: { depth: 5 } }),
    ]).start();
    child.due("steps.a", "timeout");
    expect(child.status).toBe("active");
    expect(child.childDone("steps.a", 1).status).toBe("done");
    const block = run([
      step(
        "parallel",
        "a",
        [[call("b"), step("set", "never", {})], [step("wait", "c", { kind: "for", value: 5000 })]],
        { common: timeout },
      ),
    ]).start();
    block.due("steps.a", "timeout");
    expect(block.status).toBe("active");
    block.answer("steps.b/request", {});
    expect(block.status).toBe("dead");
    expect(block.run.state.nodes).not.toHaveProperty("steps.never");
  });

  test("is cancelled when the step is done, and may be caught", () => {
    const stage = run([call("a", timeout)])
      .start()
      .answer(own, {});
    expect(stage.last?.cancelTimers).toContainEqual({ path: "steps.a", name: "timeout" });
    const handled = { ...timeout, catch: [{ at, steps: [step("set", "b", {})] }] };
    expect(
      run([call("a", handled)])
        .start()
        .due("steps.a", "timeout").status,
    ).toBe("done");
  });
});

describe("the end of an event", () => {
  test("an event again, on a step that has ended, changes nothing", () => {
    const stage = run([call("a"), step("wait", "w", { kind: "for", value: 5 })]).start();
    stage.answer(own, { v: 1 });
    const again = stage.peek({
      kind: "outcome",
      deliveryId: "x1",
      path: own,
      crashed: false,
      outcome: { kind: "response", response: { status: 200, headers: {}, body: 2 }, ms: 1 },
    });
    expect(again.state).toEqual(stage.run.state);
    expect(again).toMatchObject({
      status: "active",
      results: {},
      deliveries: [],
      resends: [],
      history: [],
    });
    stage.due("steps.w", "wait");
    const after = stage.peek({ kind: "timer", path: "steps.w", name: "wait" });
    expect(after).toMatchObject({ status: "done", results: {}, history: [] });
    expect(after.state).toEqual(stage.run.state);
    expect(after.end).toBeUndefined();
  });
});
