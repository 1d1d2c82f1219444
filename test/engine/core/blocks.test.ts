/* oxlint-disable typescript/no-unsafe-assignment, typescript/no-unsafe-member-access, typescript/no-unsafe-return -- expressions of these tests read scopes freely */
import { describe, expect, test } from "vitest";
import { type AnyScope, flow, generation, step, t, x } from "./plans.ts";
import { Stage } from "./stage.ts";

const run = (steps: Parameters<typeof flow>[1], more = {}, data: AnyScope = {}) =>
  new Stage(generation({ flows: [flow("main", steps, more)] }), { data });
const wait = (id: string, ms: number, common = {}) =>
  step("wait", id, { kind: "for", value: ms }, { common });
const fails = (id: string, failureClass = "business", common = {}) =>
  step("fail", id, { class: failureClass, code: "broken" }, { common });

describe("wait", () => {
  test("is a timer row, not a promise", () => {
    const stage = run([wait("w", 1000), step("set", "a", {})]).start();
    expect(stage.status).toBe("active");
    expect(stage.last?.timers).toEqual([{ path: "steps.w", name: "wait", due: stage.now + 1000 }]);
    expect(stage.due("steps.w", "wait").status).toBe("done");
  });

  test("until a date-time or milliseconds; one that has passed does not wait", () => {
    const until = (value: unknown) =>
      run([step("wait", "w", { kind: "until", value: x(() => value) })]).start();
    expect(until("2099-01-01T00:00:00Z").status).toBe("active");
    expect(until(4_000_000_000_000).status).toBe("active");
    expect(until("2001-01-01T00:00:00Z").status).toBe("done");
    expect(until("tomorrow").problems[0]?.code).toBe("wait/not-a-time");
    expect(until(null).status).toBe("invalid");
  });

  test("lets the lane go where the step says so", () => {
    expect(run([wait("w", 1000, { lane: "release" })]).start().status).toBe("released");
  });
});

describe("parallel", () => {
  test("is done when all branches are", () => {
    const stage = run([
      step("parallel", "_p", [[wait("a", 1)], [wait("b", 2), step("set", "c", { v: t(1) })]]),
      step("set", "d", { c: t((s: AnyScope) => s.steps.c.v) }),
    ]).start();
    stage.due("steps.a", "wait");
    expect(stage.status).toBe("active");
    stage.due("steps.b", "wait");
    expect(stage.status).toBe("done");
    expect(stage.run.results["steps.d"]).toEqual({ c: 1 });
  });

  test("a failed branch lets the others start nothing new, and drops their waits", () => {
    const stage = run([
      step("parallel", "_p", [
        [wait("a", 1), step("set", "never", {})],
        [wait("b", 2), fails("_f")],
      ]),
    ]).start();
    stage.due("steps.b", "wait");
    expect(stage.status).toBe("failed");
    expect(stage.last?.cancelTimers).toContainEqual({ path: "steps.a", name: "wait" });
    expect(stage.run.state.nodes["steps.a"]?.status).toBe("skipped");
    expect(stage.run.state.nodes).not.toHaveProperty("steps.never");
  });

  test("what comes after a failing branch is not even begun", () => {
    const stage = run([step("parallel", "_p", [[fails("_f")], [wait("b", 2)]])]).start();
    expect(stage.status).toBe("failed");
    expect(stage.run.state.nodes).not.toHaveProperty("steps.b");
  });

  test("a stop in a branch ends the run when the others are drained", () => {
    const stage = run([
      step("parallel", "_p", [
        [step("run", "child", "main", { beside: { depth: 3 } })],
        [step("stop", "_s", { code: "enough" })],
      ]),
    ]).start();
    expect(stage.status).toBe("active");
    expect(stage.childDone("steps.child", {}).status).toBe("stopped");
  });

  test("a parked branch does not stop the others; a resume goes on with it", () => {
    let broken = true;
    const stage = run([
      step("parallel", "_p", [
        [step("set", "a", { v: t((s: AnyScope) => (broken ? s.no.thing : 1)) })],
        [wait("b", 2), step("set", "c", { v: t(2) })],
      ]),
    ]).start();
    expect(stage.status).toBe("active");
    stage.due("steps.b", "wait");
    expect(stage.status).toBe("invalid");
    expect(stage.run.results["steps.c"]).toEqual({ v: 2 });
    broken = false;
    expect(stage.resume().status).toBe("done");
  });
});

describe("split", () => {
  const lines = [{ sku: "A" }, { sku: "B/1" }, { sku: "C" }];
  const split = (argument: object, common = {}) =>
    step(
      "split",
      "lines",
      { from: x((s) => s.message.data.lines), key: x((s) => s.item.sku), ...argument },
      { common },
    );
  const each = [
    step("set", "local", { sku: t((s: AnyScope) => s.item.sku) }),
    step("set", "after", { local: t((s: AnyScope) => s.steps.local.sku) }),
  ];

  test("runs its steps per item; ids belong to the item; the result is a summary", () => {
    const stage = run(
      [
        split({ steps: each, collect: t((s: AnyScope) => s.steps.after.local) }),
        step("set", "out", {
          lines: t((s: AnyScope) => s.steps.lines),
          local: t((s: AnyScope) => s.steps.local ?? "none"),
        }),
      ],
      {},
      { lines },
    ).start();
    expect(stage.run.results["steps.lines"]).toEqual({
      total: 3,
      done: 3,
      failed: 0,
      results: ["A", "B/1", "C"],
    });
    expect(stage.run.results["steps.lines[B%2F1].after"]).toEqual({ local: "B/1" });
    expect(stage.run.results["steps.out"]).toMatchObject({ local: "none" });
  });

  test("takes a single value for a list of one, and nothing for none", () => {
    expect(
      run([split({ steps: each })], {}, { lines: lines[0] }).start().run.results["steps.lines"],
    ).toMatchObject({ total: 1 });
    expect(
      run([split({ steps: each })], {}, { lines: null }).start().run.results["steps.lines"],
    ).toMatchObject({ total: 0 });
    expect(run([split({ steps: each })], {}, {}).start().run.results["steps.lines"]).toMatchObject({
      total: 0,
    });
  });

  test("starts as many items at once as `concurrency` says", () => {
    const stage = run([split({ steps: [wait("w", 5)], concurrency: 2 })], {}, { lines }).start();
    expect([...stage.timers.keys()]).toEqual([
      "steps.lines[A].w wait",
      "steps.lines[B%2F1].w wait",
    ]);
    stage.due("steps.lines[B%2F1].w", "wait");
    expect([...stage.timers.keys()]).toEqual(["steps.lines[A].w wait", "steps.lines[C].w wait"]);
    stage.due("steps.lines[A].w", "wait");
    expect(stage.due("steps.lines[C].w", "wait").status).toBe("done");
  });

  test("reads its items once, whatever happens to their source", () => {
    let list = lines;
    const stage = run([split({ from: x(() => list), steps: [wait("w", 5)] })]).start();
    list = [];
    stage.due("steps.lines[A].w", "wait");
    stage.due("steps.lines[B%2F1].w", "wait");
    stage.due("steps.lines[C].w", "wait");
    expect(stage.run.results["steps.lines"]).toMatchObject({ total: 3, done: 3 });
  });

  test("items that cannot be told apart park the run", () => {
    const same = run([split({ steps: each })], {}, { lines: [lines[0], lines[0]] }).start();
    expect(same.problems[0]?.code).toBe("split/key-not-unique");
    const empty = run([split({ steps: each })], {}, { lines: [{ sku: "" }] }).start();
    expect(empty.problems[0]?.code).toBe("split/key-not-unique");
  });

  const bad = [
    step("route", "_r", [
      { kind: "when", value: x((s) => s.item.sku === "A"), steps: [fails("_f")] },
      { kind: "else", value: each },
    ]),
  ];

  test("a failed item fails the split", () => {
    const stage = run([split({ steps: bad })], {}, { lines }).start();
    expect(stage.status).toBe("failed");
    expect(stage.run.state.nodes).not.toHaveProperty("steps.lines[C].local");
  });

  test("a failed item drops the waits of the others", () => {
    const steps = [
      step("route", "_r", [
        { kind: "when", value: x((s) => s.item.sku === "C"), steps: [fails("_f")] },
        { kind: "else", value: [wait("w", 5)] },
      ]),
    ];
    const stage = run([split({ steps, concurrency: 3 })], {}, { lines }).start();
    expect(stage.status).toBe("failed");
    expect(stage.run.state.nodes["steps.lines[A].w"]?.status).toBe("skipped");
  });

  test("with `continue` a failed item is reported and counted", () => {
    const stage = run(
      [split({ steps: bad, onFailure: { continue: true } })],
      {},
      { lines },
    ).start();
    expect(stage.status).toBe("done");
    expect(stage.run.results["steps.lines"]).toEqual({ total: 3, done: 2, failed: 1 });
    expect(stage.problems).toEqual([{ kind: "issue", path: "steps.lines", code: "broken" }]);
  });

  test("too many failed items fail the split", () => {
    const onFailure = { continue: true, stopAbove: 0.2 };
    const stage = run([split({ steps: bad, onFailure })], {}, { lines }).start();
    expect(stage.last?.end).toMatchObject({ failure: { code: "too-many-items-failed" } });
    expect(stage.run.state.nodes).not.toHaveProperty("steps.lines[C].local");
    const few = run(
      [split({ steps: bad, onFailure: { continue: true, stopAbove: 0.5 } })],
      {},
      { lines },
    );
    expect(few.start().status).toBe("done");
  });

  test("an item whose mapping breaks parks the run, and a resume goes on with that item alone", () => {
    let broken = true;
    const steps = [
      step("set", "local", {
        sku: t((s: AnyScope) => (broken && s.item.sku === "A" ? s.no.thing : s.item.sku)),
      }),
    ];
    const stage = run([split({ steps, onFailure: { continue: true } })], {}, { lines }).start();
    expect(stage.status).toBe("invalid");
    expect(stage.run.results).toHaveProperty("steps.lines[C].local");
    broken = false;
    stage.resume();
    expect(stage.status).toBe("done");
    expect(Object.keys(stage.last?.results ?? {})).toEqual(["steps.lines[A].local", "steps.lines"]);
  });

  describe("above 250 items", () => {
    const many = Array.from({ length: 300 }, (_, n) => ({ sku: `S${n}` }));
    const stateOf = (stage: Stage) => Object.keys(stage.run.state.nodes);
    const kept = (stage: Stage) =>
      Object.keys(stage.run.results).filter((path) => path.includes("["));

    test("what is over leaves the state, and the end says the same as ever", () => {
      const collect = t((s: AnyScope) => s.steps.local.sku);
      const steps = [wait("w", 5), ...each];
      const stage = run([split({ steps, concurrency: 2, collect })], {}, { lines: many }).start();
      for (const { sku } of many.slice(0, -1)) {
        stage.due(`steps.lines[${sku}].w`, "wait");
        expect(stateOf(stage).length).toBeLessThanOrEqual(3);
        expect(kept(stage)).toEqual([]);
        expect(JSON.stringify(stage.run.state).length).toBeLessThan(1_000);
      }
      stage.due("steps.lines[S299].w", "wait");
      expect(stage.status).toBe("done");
      expect(stage.run.results["steps.lines"]).toEqual({
        total: 300,
        done: 300,
        failed: 0,
        results: many.map(({ sku }) => sku),
      });
    });

    test("what can be undone stays, and is undone", () => {
      const undo = step("set", "gone", { v: t(1) });
      const steps = [step("set", "local", { sku: t(1) }, { common: { undo } }), wait("w", 5)];
      const stage = run([split({ steps }), fails("_f")], {}, { lines: many }).start();
      for (const { sku } of many) stage.due(`steps.lines[${sku}].w`, "wait");
      expect(stage.status).toBe("failed");
      const undone = stateOf(stage).filter(
        (path) => stage.run.state.nodes[path]?.status === "undone",
      );
      expect(undone).toHaveLength(300);
    });

    test("a resume does nothing again that is over", () => {
      let broken = true;
      const steps = [
        step("set", "local", {
          sku: t((s: AnyScope) => (broken && s.item.sku === "S7" ? s.no.thing : s.item.sku)),
        }),
      ];
      const lines = { lines: many };
      const stage = run([split({ steps, concurrency: 300 })], {}, lines).start();
      expect(stage.status).toBe("invalid");
      broken = false;
      stage.resume();
      expect(stage.status).toBe("done");
      expect(Object.keys(stage.last?.results ?? {})).toEqual([
        "steps.lines[S7].local",
        "steps.lines",
      ]);
    });

    test("items that failed are counted wherever they stand", () => {
      const steps = [
        step("route", "_r", [
          {
            kind: "when",
            value: x((s) => /^S.?9$/.test(s.item.sku as string)),
            steps: [fails("_f")],
          },
          { kind: "else", value: each },
        ]),
      ];
      const onFailure = { continue: true };
      const stage = run([split({ steps, onFailure })], {}, { lines: many }).start();
      expect(stage.run.results["steps.lines"]).toEqual({ total: 300, done: 290, failed: 10 });
      expect(stateOf(stage)).toEqual(["steps.lines"]);
    });
  });

  test("goes on from a position as it was written before items had places", () => {
    const stage = run([split({ steps: [wait("w", 5)] })], {}, { lines }).start();
    stage.due("steps.lines[A].w", "wait");
    const { nodes } = stage.run.state;
    const keys = lines.map(({ sku }) => sku);
    const memo = { keys, ended: { A: "done" }, draining: false };
    const node = nodes["steps.lines"];
    if (node === undefined) throw new Error("no split");
    const older = { ...nodes, "steps.lines": { ...node, memo } };
    stage.run = { ...stage.run, state: { ...stage.run.state, nodes: older } };
    stage.due("steps.lines[B%2F1].w", "wait");
    stage.due("steps.lines[C].w", "wait");
    expect(stage.run.results["steps.lines"]).toEqual({ total: 3, done: 3, failed: 0 });
  });

  test("splits may stand in splits", () => {
    const inner = step("split", "parts", {
      from: x((s) => s.item.parts),
      key: x((s) => s.item.id),
      steps: [step("set", "deep", { both: t((s: AnyScope) => [s.steps.outer.sku, s.item.id]) })],
    });
    const steps = [step("set", "outer", { sku: t((s: AnyScope) => s.item.sku) }), inner];
    const stage = run(
      [split({ steps })],
      {},
      {
        lines: [
          { sku: "A", parts: [{ id: "1" }] },
          { sku: "B", parts: [{ id: "1" }] },
        ],
      },
    ).start();
    expect(stage.run.results["steps.lines[B].parts[1].deep"]).toEqual({ both: ["B", "1"] });
  });
});

describe("listen", () => {
  const listen = (more = {}, beside = {}, common = {}) =>
    step(
      "listen",
      "heard",
      { event: "erp.done", correlate: { id: x(() => 7) }, within: 60_000, ...more },
      { beside, common },
    );

  test("waits for the event and gives its data", () => {
    const stage = run([listen({ consume: true })]).start();
    expect(stage.last?.listens).toEqual([
      {
        path: "steps.heard",
        event: "erp.done",
        correlate: { id: "7" },
        until: stage.now + 60_000,
        consume: true,
      },
    ]);
    stage.matched("steps.heard", { id: 7, ok: true });
    expect(stage.status).toBe("done");
    expect(stage.run.results["steps.heard"]).toEqual({ id: 7, ok: true });
    expect(stage.last).toMatchObject({
      closes: ["steps.heard"],
      cancelTimers: [{ path: "steps.heard", name: "within" }],
    });
  });

  test("`where` narrows: an event it does not take is declined, and the wait goes on", () => {
    const stage = run([listen({ where: x((s) => s.event.data.ok === true) })]).start();
    stage.matched("steps.heard", { ok: false });
    expect(stage.status).toBe("active");
    expect(stage.last?.declines).toHaveLength(1);
    expect(stage.last?.listens).toEqual([]);
    expect(stage.matched("steps.heard", { ok: true }).status).toBe("done");
  });

  test("events for other steps change nothing", () => {
    const stage = run([listen()]).start();
    const before = stage.run.state;
    stage.on({ kind: "chosen", path: "steps.heard", choice: "a", by: "b" });
    stage.matched("steps.other", {});
    expect(stage.status).toBe("active");
    expect(stage.run.state).toEqual(before);
  });

  test("without `on-timeout` it fails as business, timed-out", () => {
    const stage = run([listen()]).start().due("steps.heard", "within");
    expect(stage.last?.end).toMatchObject({ failure: { class: "business", code: "timed-out" } });
    expect(stage.last?.closes).toEqual(["steps.heard"]);
  });

  test("`on-timeout` runs in its place", () => {
    const onTimeout = [wait("w", 5), step("set", "late", { v: t(1) })];
    const stage = run([
      listen({}, { onTimeout }),
      step("set", "after", {
        late: t((s: AnyScope) => s.steps.late),
        heard: t((s: AnyScope) => s.steps.heard),
      }),
    ]).start();
    stage.due("steps.heard", "within");
    expect([...stage.timers.keys()]).toEqual(["steps.heard.on-timeout.w wait"]);
    stage.due("steps.heard.on-timeout.w", "wait");
    expect(stage.run.results["steps.after"]).toEqual({ late: { v: 1 }, heard: null });
  });

  test("is dropped when a sibling fails, but not what `on-timeout` began", () => {
    const onTimeout = [step("run", "child", "main", { beside: { depth: 9 } })];
    const branches = [[listen({}, { onTimeout })], [wait("w", 100_000), fails("_f")]];
    const dropped = run([step("parallel", "_p", branches)])
      .start()
      .due("steps.w", "wait");
    expect(dropped.status).toBe("failed");
    expect(dropped.last?.closes).toEqual(["steps.heard"]);
    const begun = run([step("parallel", "_p", branches)]).start();
    begun.due("steps.heard", "within").due("steps.w", "wait");
    expect(begun.status).toBe("active");
    expect(begun.childDone("steps.heard.on-timeout.child", 1).status).toBe("failed");
  });
});

describe("task", () => {
  const task = (more = {}) =>
    step("task", "approval", { team: "finance", within: 60_000, choices: ["yes", "no"], ...more });

  test("asks a person, and gives the answer", () => {
    const stage = run([task({ title: t("Approve?"), show: t({ n: 1 }) })]).start();
    expect(stage.last?.tasks).toEqual([
      {
        path: "steps.approval",
        team: "finance",
        title: "Approve?",
        choices: ["yes", "no"],
        show: { n: 1 },
        due: stage.now + 60_000,
      },
    ]);
    stage.on({ kind: "chosen", path: "steps.approval", choice: "yes", by: "ada", data: { x: 1 } });
    expect(stage.run.results["steps.approval"]).toEqual({
      choice: "yes",
      by: "ada",
      at: "2023-11-14T22:13:20Z",
      comment: null,
      data: { x: 1 },
    });
  });

  test("has its step's name for a title where none is given; other events leave it open", () => {
    const stage = run([task()]).start();
    expect(stage.last?.tasks[0]).toMatchObject({ title: "approval", show: null });
    expect(stage.matched("steps.approval", {}).status).toBe("active");
    stage.on({
      kind: "chosen",
      path: "steps.approval",
      choice: "no",
      by: "b",
      comment: "too dear",
    });
    expect(stage.run.results["steps.approval"]).toMatchObject({ comment: "too dear" });
  });

  test("is dropped when a sibling fails; its time may run out", () => {
    const stage = run([step("parallel", "_p", [[task()], [wait("w", 1), fails("_f")]])]);
    expect(stage.start().due("steps.w", "wait").last?.closes).toEqual(["steps.approval"]);
    expect(run([task()]).start().due("steps.approval", "within").status).toBe("failed");
    const onTimeout = [step("set", "late", {})];
    const late = step(
      "task",
      "approval",
      { team: "f", within: 1, choices: [] },
      { beside: { onTimeout } },
    );
    expect(run([late]).start().due("steps.approval", "within").status).toBe("done");
  });
});
