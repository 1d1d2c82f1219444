import { decide, initialState } from "../../../engine/core/index.ts";
import type { Failure } from "../../../engine/errors/failure.ts";
import type { Decision, NewDelivery } from "../../../engine/model/decision.ts";
import { factKey, type FactRequest } from "../../../engine/model/expression.ts";
import type { Json } from "../../../engine/model/json.ts";
import type { Message } from "../../../engine/model/message.ts";
import type { Generation } from "../../../engine/model/plan/generation.ts";
import type { RawOutcome } from "../../../engine/model/request.ts";
import type { RunEvent, TimerName } from "../../../engine/model/run-event.ts";
import type { RunSnapshot, RunStatus } from "../../../engine/model/run.ts";
import { mergePatch } from "../../../engine/model/merge-patch.ts";

export const start = 1_700_000_000_000;

const message = (data: Json, more: Partial<Message> = {}): Message => ({
  id: "m1",
  channel: "event",
  source: "crm",
  type: "crm.won",
  dedupeKey: "d1",
  time: start,
  receivedAt: start,
  data,
  headers: {},
  correlationId: "c1",
  traceparent: "00-1-2-01",
  ...more,
});

interface Delivery extends NewDelivery {
  readonly id: string;
  sends: number;
}

interface StageOptions {
  readonly flow?: string;
  readonly data?: Json;
  readonly message?: Partial<Message>;
  readonly run?: Partial<RunSnapshot>;
  readonly facts?: ReadonlyMap<string, Json>;
  readonly random?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** One run with a memory and a clock of its own: what a store and a relay do, in a few lines. */
export class Stage {
  readonly generation: Generation;
  run: RunSnapshot;
  now = start;
  status: RunStatus = "ready";
  last: Decision | undefined;
  readonly decisions: Decision[] = [];
  readonly sent: Delivery[] = [];
  readonly timers = new Map<string, number>();
  readonly facts: Map<string, Json>;
  /** Facts that were asked for and that nobody gave: they become null, as in the store. */
  readonly asked: FactRequest[] = [];
  readonly options: StageOptions;

  constructor(generation: Generation, options: StageOptions = {}) {
    this.generation = generation;
    this.options = options;
    this.facts = new Map(options.facts);
    this.run = {
      id: "r1",
      flow: options.flow ?? "main",
      generation: "g1",
      message: message(options.data ?? {}, options.message),
      identity: "i1",
      laneKey: "k1",
      state: initialState(),
      results: {},
      laneState: {},
      ancestors: [],
      ...options.run,
    };
  }

  /** Decides without keeping anything. */
  peek(event: RunEvent): Decision {
    for (;;) {
      const decided = decide({
        generation: this.generation,
        run: this.run,
        event,
        now: this.now,
        random: this.options.random ?? 0.5,
        facts: this.facts,
        digest: (text) => `#${text}`,
        env: (name) => this.options.env?.[name],
      });
      if (decided.kind === "decision") return decided.decision;
      for (const request of decided.facts) {
        this.asked.push(request);
        this.facts.set(factKey(request), null);
      }
    }
  }

  on(event: RunEvent): this {
    const decision = this.peek(event);
    this.last = decision;
    this.decisions.push(decision);
    this.status = decision.status;
    this.run = {
      ...this.run,
      state: decision.state,
      results: withoutForgotten({ ...this.run.results, ...decision.results }, decision.forgets),
      laneState: decision.remembers.reduce(mergePatch, this.run.laneState),
    };
    for (const { path, name } of decision.cancelTimers) this.timers.delete(`${path} ${name}`);
    for (const { path, name, due } of decision.timers) this.timers.set(`${path} ${name}`, due);
    for (const delivery of decision.deliveries) {
      this.sent.push({ ...delivery, id: `x${this.sent.length + 1}`, sends: 1 });
    }
    for (const { deliveryId } of decision.resends) {
      const delivery = this.sent.find(({ id }) => id === deliveryId);
      if (delivery !== undefined) delivery.sends += 1;
    }
    for (const { key, value } of decision.caches) this.facts.set(key, value);
    return this;
  }

  start(): this {
    return this.on({ kind: "start" });
  }

  delivery(path: string): Delivery {
    const found = this.sent.find((delivery) => delivery.path === path);
    if (found === undefined) throw new Error(`nothing was sent at ${path}: ${this.paths().join()}`);
    return found;
  }

  paths(): readonly string[] {
    return this.sent.map(({ path }) => path);
  }

  outcome(path: string, outcome: RawOutcome, crashed = false): this {
    const { id } = this.delivery(path);
    return this.on({ kind: "outcome", deliveryId: id, path, outcome, crashed });
  }

  answer(path: string, body: Json, status = 200, headers: Record<string, string> = {}): this {
    return this.outcome(path, { kind: "response", response: { status, headers, body }, ms: 5 });
  }

  unknown(path: string, crashed = false): this {
    return this.outcome(path, { kind: "unknown", reason: "reset", ms: 5 }, crashed);
  }

  /** The timer comes due. */
  due(path: string, name: TimerName): this {
    const due = this.timers.get(`${path} ${name}`);
    if (due === undefined) throw new Error(`no timer ${name} at "${path}"`);
    this.timers.delete(`${path} ${name}`);
    this.now = due;
    return this.on({ kind: "timer", path, name });
  }

  matched(path: string, data: Json, type = "erp.done"): this {
    return this.on({ kind: "matched", path, message: message(data, { type }) });
  }

  childDone(path: string, output: Json, childRunId = "child1"): this {
    return this.on({ kind: "child-ended", path, childRunId, result: { output } });
  }

  childFailed(path: string, failure: Partial<Failure> = {}): this {
    const whole: Failure = { class: "business", code: "no", message: "no", ...failure };
    return this.on({ kind: "child-ended", path, childRunId: "child1", result: { failure: whole } });
  }

  resume(): this {
    return this.on({ kind: "resume", by: "ada" });
  }

  get emitted(): readonly { readonly type: string; readonly data: Json }[] {
    return this.decisions.flatMap(({ emits }) => emits.map(({ type, data }) => ({ type, data })));
  }

  get problems(): readonly {
    readonly kind: string;
    readonly code: string;
    readonly path: string;
  }[] {
    return this.decisions.flatMap(({ problems }) =>
      problems.map(({ kind, path, failure }) => ({ kind, path, code: failure.code })),
    );
  }
}

function withoutForgotten(
  results: Readonly<Record<string, Json>>,
  forgets: readonly string[] = [],
): Readonly<Record<string, Json>> {
  if (forgets.length === 0) return results;
  const isOver = (path: string) => forgets.some((under) => path.startsWith(`${under}.`));
  return Object.fromEntries(Object.entries(results).filter(([path]) => !isOver(path)));
}
