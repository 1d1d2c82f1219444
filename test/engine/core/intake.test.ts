/* oxlint-disable typescript/no-unsafe-assignment, typescript/no-unsafe-member-access -- expressions of these tests read scopes freely */
import { describe, expect, test } from "vitest";
import {
  childOrigin,
  intake,
  type IntakeInput,
  receivedChild,
  receivedEvent,
} from "../../../engine/core/index.ts";
import type { MessageIntake } from "../../../engine/model/intake.ts";
import type { Received } from "../../../engine/model/received.ts";
import { type AnyScope, at, fact, flow, generation, schema, step, system, t, x } from "./plans.ts";
import { Stage, start } from "./stage.ts";

const received = (more: Partial<Received> = {}): Received => ({
  channel: "webhook",
  source: "salesforce.won",
  type: "crm.won",
  dedupeKey: "d1",
  data: { id: "7", total: "10.00" },
  headers: {},
  ...more,
});

const input = (
  plans: ReturnType<typeof flow>[],
  more: Partial<IntakeInput> = {},
  parts = {},
): IntakeInput => {
  let runs = 0;
  return {
    generation: generation({ flows: plans, ...parts }),
    received: received(),
    messageId: "m1",
    newRunId: () => `r${(runs += 1)}`,
    correlationId: "c1",
    traceparent: "t1",
    now: start,
    facts: new Map(),
    digest: (text) => text,
    env: () => undefined,
    ...more,
  };
};

function taken(given: IntakeInput): MessageIntake {
  const answer = intake(given);
  if (answer.kind !== "intake") throw new Error("needs facts");
  return answer.intake;
}

const on = (type: string, more = {}) => ({ kind: "event", value: type, at, ...more });

describe("intake", () => {
  test("makes one message, and one run per subscribed flow", () => {
    const answer = taken(
      input([
        flow("a", [], {
          trigger: [on("crm.won")],
          key: x((s) => s.message.data.id),
          lane: "orders",
          order: "latest",
          priority: "high",
          idempotency: { at, key: x((s) => `${s.message.data.id}:won`), keep: 5000 },
          impact: { at, class: "revenue", amount: x((s) => s.message.data.total) },
        }),
        flow("b", [], { trigger: [on("crm.won")] }),
        flow("c", [], { trigger: [on("crm.lost")] }),
      ]),
    );
    expect(answer.message).toEqual({
      id: "m1",
      channel: "webhook",
      source: "salesforce.won",
      type: "crm.won",
      dedupeKey: "d1",
      time: start,
      receivedAt: start,
      data: { id: "7", total: "10.00" },
      headers: {},
      correlationId: "c1",
      traceparent: "t1",
    });
    const year = 400 * 86_400_000;
    expect(answer.runs).toEqual([
      {
        id: "r1",
        flow: "a",
        generation: "g1",
        laneKey: "7",
        lane: "orders",
        identity: "7:won",
        identityUntil: start + 5000,
        priority: 0,
        order: "latest",
        ancestors: [],
        impact: { class: "revenue", amount: "10.00", currency: null },
      },
      {
        id: "r2",
        flow: "b",
        generation: "g1",
        laneKey: null,
        lane: "b",
        identity: "d1",
        identityUntil: start + year,
        priority: 1,
        order: "every",
        ancestors: [],
      },
    ]);
    expect(answer.dedupeUntil).toBe(start + year);
  });

  test("keeps what the channel knows", () => {
    const raw = new Uint8Array([1]);
    const given = {
      subject: "s",
      time: 5,
      sequence: 6,
      raw,
      correlationId: "c9",
      traceparent: "t9",
      respondBy: 7,
      flow: "a",
    };
    const answer = taken(
      input(
        [
          flow("a", [], {
            trigger: [on("other", { where: x(() => false) })],
            impact: { at, class: "cash", currency: x(() => undefined) },
          }),
        ],
        {
          received: received(given),
          cause: { runId: "r0", messageId: "m0" },
          replayOf: "m8",
        },
      ),
    );
    expect(answer).toMatchObject({
      raw,
      message: {
        subject: "s",
        time: 5,
        sequence: 6,
        correlationId: "c9",
        traceparent: "t9",
        cause: { runId: "r0" },
        replayOf: "m8",
      },
      runs: [{ flow: "a", respondBy: 7, impact: { amount: null, currency: null } }],
    });
    expect(taken(input([], { received: received(given) })).runs).toEqual([]);
    expect(taken(input([])).runs).toEqual([]);
  });

  test("a trigger's `where` says whether the flow takes the message", () => {
    const where = (holds: boolean) => on("crm.won", { where: x(() => holds) });
    const plans = [
      flow("no", [], { trigger: [where(false)] }),
      flow("yes", [], { trigger: [where(true)] }),
    ];
    expect(taken(input(plans)).runs.map((run) => run.flow)).toEqual(["yes"]);
  });

  test("what the flow cannot read is kept: its run is born invalid, with the schema's words", () => {
    const wants = schema(
      "order",
      { properties: { lines: { type: "array" } }, required: ["lines"] },
      (value) => (value.total === "10.00" && Array.isArray(value.lines) ? [] : ["total is odd"]),
    );
    const plan = flow("a", [], { trigger: [on("crm.won")], input: "order" });
    const good = taken(input([plan], {}, { schemas: [wants] }));
    expect(good.runs[0]).not.toHaveProperty("invalid");
    const bad = taken(
      input([plan], { received: received({ data: { total: "x" } }) }, { schemas: [wants] }),
    );
    expect(bad.runs[0]?.invalid).toMatchObject({
      code: "message/input-breach",
      message: expect.stringContaining("/x: total is odd"),
    });
    const named = taken(
      input(
        [plan],
        { received: received({ invalid: { code: "mapping/x", message: "m" } }) },
        { schemas: [wants] },
      ),
    );
    expect(named.runs[0]?.invalid).toEqual({ code: "mapping/x", message: "m" });
  });

  test("an expression that breaks, or an empty key, makes the run invalid, alone in its lane", () => {
    const plan = (key: unknown, more = {}) =>
      flow("a", [], { trigger: [on("crm.won")], key, ...more });
    const broken = taken(input([plan(x((s) => s.message.data.no.no))]));
    expect(broken.runs[0]).toMatchObject({
      laneKey: "message d1",
      invalid: { code: "mapping/absent-path" },
    });
    const empty = taken(input([plan("none", { idempotency: { at, key: x(() => "") } })]));
    expect(empty.runs[0]).toMatchObject({
      identity: "d1",
      laneKey: null,
      invalid: { code: "message/empty-key" },
    });
    const bug = {
      ...x(() => 1),
      evaluate: () => {
        throw new RangeError("bug");
      },
    };
    expect(() => intake(input([plan(bug)]))).toThrow(RangeError);
  });

  test("asks for the facts of all flows together", () => {
    const key = (id: string) =>
      x((_, context) =>
        fact(context, { kind: "canonical", entity: "customer", system: "crm", id }),
      );
    const plans = ["1", "2"].map((id) =>
      flow(`f${id}`, [], { trigger: [on("crm.won")], key: key(id) }),
    );
    expect(intake(input(plans))).toMatchObject({
      kind: "needs",
      facts: [{ id: "1" }, { id: "2" }],
    });
    const facts = new Map([
      [JSON.stringify(["canonical", "customer", "crm", "1"]), "A"],
      [JSON.stringify(["canonical", "customer", "crm", "2"]), "B"],
    ]);
    expect(taken(input(plans, { facts })).runs.map((run) => run.laneKey)).toEqual(["A", "B"]);
  });

  test("events carry their declared correlation fields, and wait for late listeners", () => {
    const listener = flow("l", [
      step("listen", "a", { event: "erp.done", correlate: {}, within: 10 * 86_400_000 }),
      step("listen", "b", { event: "erp.other", correlate: {}, within: 99 * 86_400_000 }),
      step("set", "c", {}),
    ]);
    const parts = {
      systems: [system("erp", {}, { done: { data: "x", correlate: ["id", "gone", "none"] } })],
    };
    const of = (data: AnyScope, plans = [listener]) =>
      taken(input(plans, { received: received({ type: "erp.done", data }) }, parts));
    expect(of({ id: 7, none: null })).toMatchObject({
      correlate: { id: "7" },
      keepUntil: start + 10 * 86_400_000,
    });
    expect(of("text", []).correlate).toEqual({});
    expect(of({}, []).keepUntil).toBe(start + 86_400_000);
    expect(taken(input([])).correlate).toEqual({});
  });
});

describe("what the engine receives from itself", () => {
  const stage = () =>
    new Stage(
      generation({
        flows: [
          flow("main", [
            step("emit", "e", "erp.done"),
            step("run", "c", "child", { beside: { with: t(1) } }),
          ]),
          flow("child", []),
        ],
      }),
    ).start();

  test("emitted events keep the correlation id and the emitter's dedupe key", () => {
    const { last, run } = stage();
    const [event] = last?.emits ?? [];
    if (event === undefined) throw new Error("nothing emitted");
    expect(receivedEvent(event, run)).toMatchObject({
      channel: "event",
      source: "main",
      type: "erp.done",
      dedupeKey: event.dedupeKey,
      correlationId: "c1",
    });
  });

  test("child runs have their parent, its lanes and an identity made from it", () => {
    const { last, run } = stage();
    const [child] = last?.children ?? [];
    if (child === undefined) throw new Error("no child");
    const origin = childOrigin(child, run);
    expect(origin.ancestors).toEqual([{ flow: "main", laneKey: "k1" }]);
    const answer = taken(
      input([flow("child", [], { idempotency: { at, key: x(() => "own") } })], {
        received: receivedChild(child, run),
        child: origin,
      }),
    );
    expect(answer.runs[0]).toMatchObject({
      flow: "child",
      identity: child.identity,
      parent: { runId: "r1", path: "steps.c" },
      ancestors: [{ flow: "main", laneKey: "k1" }],
    });
    const again = receivedChild(child, { ...run, id: "r2" });
    expect(again.dedupeKey).not.toBe(answer.message.dedupeKey);
  });
});
