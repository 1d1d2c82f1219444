import type { DecideInput, Decide, TakeIn } from "../core/index.ts";
import { initialState } from "../core/index.ts";
import type { Decided, Decision, NewListen } from "../model/decision.ts";
import { factKey, type FactRequest } from "../model/expression.ts";
import { type Instant, isJsonObject, type Json } from "../model/json.ts";
import { mergePatch } from "../model/merge-patch.ts";
import type { Message } from "../model/message.ts";
import type { RunEvent, TimerName } from "../model/run-event.ts";
import { endedStatuses, parkedStatuses, type RunSnapshot, type RunStatus } from "../model/run.ts";
import type { EarlyEvent, Happening, Rehearsed, RehearsalInput, Waits } from "./rehearsal.ts";

/** The pure half of the engine, given from outside so that a rehearsal has no other. */
export interface RehearsalRules {
  readonly decide: Decide;
  readonly intake: TakeIn;
}

/** Stops a script that never comes to an end. */
const eventsMax = 10_000;

/** Runs one flow on one message with nothing behind it. */
export async function rehearse(input: RehearsalInput, rules: RehearsalRules): Promise<Rehearsed> {
  const taken = await takeIn(input, rules);
  const run = taken.runs.find((candidate) => candidate.flow === input.flow);
  if (run === undefined || run.invalid !== undefined) {
    return notStarted(
      input,
      run === undefined
        ? `the message starts no run of ${input.flow}: no trigger of it takes a message of type ${input.received.type}`
        : `${run.invalid?.message ?? ""} [${run.invalid?.code ?? ""}]`,
      run === undefined ? "discarded" : "invalid",
    );
  }
  const stage = new Stage(input, rules, {
    id: run.id,
    flow: run.flow,
    generation: run.generation,
    message: taken.message,
    identity: run.identity,
    laneKey: run.laneKey,
    state: initialState(),
    results: {},
    laneState: input.laneState ?? {},
    ancestors: [],
    ...(run.respondBy === undefined ? {} : { respondBy: run.respondBy }),
    ...(run.region === undefined ? {} : { region: run.region }),
    ...(input.replayOf === undefined ? {} : { replayOf: input.replayOf }),
  });
  await stage.play();
  return stage.seen();
}

async function takeIn(input: RehearsalInput, rules: RehearsalRules) {
  const facts = new Map<string, Json>();
  for (;;) {
    const answer = rules.intake({
      generation: input.generation,
      received: { ...input.received, flow: input.flow },
      now: input.now,
      facts,
      digest: (text) => input.world.digest(text),
      env: (name) => input.world.env(name),
      messageId: rehearsalId(1),
      ...(input.replayOf === undefined ? {} : { replayOf: input.replayOf }),
      ...(input.identity === undefined ? {} : { identity: input.identity }),
      newRunId: () => rehearsalId(2),
      correlationId: input.received.correlationId ?? rehearsalId(1),
      traceparent: input.received.traceparent ?? `00-${"0".repeat(31)}1-${"0".repeat(15)}1-00`,
    });
    if (answer.kind === "intake") return answer.intake;
    await fetchFacts(input, answer.facts, facts);
  }
}

/** Ids of a rehearsal are the same each time, so that its output can be compared. */
function rehearsalId(n: number): string {
  return `00000000-0000-7000-8000-${String(n).padStart(12, "0")}`;
}

async function fetchFacts(
  input: RehearsalInput,
  requests: readonly FactRequest[],
  facts: Map<string, Json>,
): Promise<void> {
  for (const request of requests) {
    const value =
      request.kind === "evaluate"
        ? await input.world.evaluate(request)
        : await input.world.fact(request);
    facts.set(factKey(request), value);
  }
}

function notStarted(input: RehearsalInput, why: string, status: RunStatus): Rehearsed {
  return {
    started: false,
    why,
    status,
    state: initialState(),
    results: {},
    laneKey: null,
    identity: "",
    laneState: input.laneState ?? {},
    deliveries: [],
    events: [],
    children: [],
    tasks: [],
    conflicts: [],
    milestones: [],
    problems: [],
    history: [],
    waits: { now: input.now, tasks: [], listens: [], timers: [] },
  };
}

const matchKey = (path: string, data: Json): string => `${path} ${JSON.stringify(data)}`;

interface OpenTimer {
  readonly path: string;
  readonly name: TimerName;
  readonly due: Instant;
}

type SeenDelivery = {
  delivery: Rehearsed["deliveries"][number]["delivery"];
  outcomes: Rehearsed["deliveries"][number]["outcomes"][number][];
};

/** One run, its virtual clock and what it waits for. */
class Stage {
  readonly #input: RehearsalInput;
  readonly #rules: RehearsalRules;
  #snapshot: RunSnapshot;
  #status: RunStatus = "ready";
  #now: Instant;
  readonly #events: RunEvent[] = [{ kind: "start" }];
  #timers: OpenTimer[] = [];
  #tasks = new Map<string, Decision["tasks"][number]>();
  #listens = new Map<string, NewListen>();
  /** Every event that came, for listeners yet to come, and what was matched already. */
  readonly #early: EarlyEvent[];
  readonly #matched = new Set<string>();
  readonly #deliveries: SeenDelivery[] = [];
  readonly #record = {
    events: [] as { path: string; type: string; data: Json }[],
    children: [] as Decision["children"][number][],
    tasks: [] as Decision["tasks"][number][],
    conflicts: [] as string[],
    milestones: [] as string[],
    problems: [] as Decision["problems"][number][],
    history: [] as Decision["history"][number][],
  };
  #response: Rehearsed["response"];
  #end: Rehearsed["end"];

  constructor(input: RehearsalInput, rules: RehearsalRules, snapshot: RunSnapshot) {
    this.#input = input;
    this.#rules = rules;
    this.#snapshot = snapshot;
    this.#now = input.now;
    this.#early = [...(input.early ?? [])];
  }

  async play(): Promise<void> {
    for (let count = 0; count < eventsMax; count += 1) {
      const event = this.#events.shift() ?? this.#follow(this.#input.script.next(this.#waits()));
      if (event === undefined) return;
      if (event === "again") continue;
      await this.#apply(await this.#decide(event));
      if (this.#isOver()) return;
    }
  }

  #isOver(): boolean {
    return endedStatuses.includes(this.#status) || parkedStatuses.includes(this.#status);
  }

  async #decide(event: RunEvent): Promise<Decision> {
    const facts = new Map<string, Json>();
    for (;;) {
      const input: DecideInput = {
        generation: this.#input.generation,
        run: this.#snapshot,
        event,
        now: this.#now,
        random: 0,
        facts,
        digest: (text) => this.#input.world.digest(text),
        env: (name) => this.#input.world.env(name),
      };
      const decided: Decided = this.#rules.decide(input);
      if (decided.kind === "decision") return decided.decision;
      await fetchFacts(this.#input, decided.facts, facts);
    }
  }

  async #apply(decision: Decision): Promise<void> {
    this.#status = decision.status;
    this.#snapshot = {
      ...this.#snapshot,
      state: decision.state,
      results: { ...this.#snapshot.results, ...decision.results },
      laneState: decision.remembers.reduce(mergePatch, this.#snapshot.laneState),
    };
    this.#note(decision);
    this.#updateWaits(decision);
    for (const delivery of decision.deliveries) {
      this.#deliveries.push({ delivery, outcomes: [] });
      await this.#send(this.#deliveries.length - 1, delivery.due);
    }
    for (const resend of decision.resends) await this.#send(Number(resend.deliveryId), resend.due);
    for (const child of decision.children) {
      const end = await this.#input.script.child(child);
      if (end === undefined) continue;
      this.#events.push({
        kind: "child-ended",
        path: child.path,
        childRunId: rehearsalId(100 + this.#record.children.length),
        result: end,
      });
    }
    this.#undoChildren(decision);
  }

  /** A child that only the script knows has nothing of its own to undo: it says at once that it has. */
  #undoChildren(decision: Decision): void {
    for (const { childRunId, path } of decision.compensations ?? []) {
      this.#events.push({ kind: "child-ended", path, childRunId, result: { output: null } });
    }
  }

  #note(decision: Decision): void {
    this.#record.events.push(
      ...decision.emits.map(({ path, type, data }) => ({ path, type, data })),
    );
    this.#record.children.push(...decision.children);
    this.#record.tasks.push(...decision.tasks);
    for (const { attribute, source } of decision.conflicts ?? []) {
      this.#record.conflicts.push(`${attribute} ${source}`);
    }
    this.#record.milestones.push(...decision.milestones.map(({ name }) => name));
    this.#record.problems.push(...decision.problems);
    this.#record.history.push(...decision.history);
    if (decision.response !== undefined) this.#response = decision.response;
    if (decision.end !== undefined) this.#end = decision.end;
  }

  #updateWaits(decision: Decision): void {
    for (const path of decision.closes) {
      this.#tasks.delete(path);
      this.#listens.delete(path);
    }
    for (const task of decision.tasks) this.#tasks.set(task.path, task);
    for (const listen of decision.listens) {
      this.#listens.set(listen.path, listen);
      const isEarly = listen.after === undefined;
      for (const event of isEarly ? this.#early : []) {
        if (this.#matches(listen, event)) this.#match(listen, event);
      }
    }
    const renewed = [...decision.cancelTimers, ...decision.timers];
    this.#timers = this.#timers.filter(
      (timer) => !renewed.some(({ path, name }) => path === timer.path && name === timer.name),
    );
    this.#timers.push(...decision.timers);
  }

  /** A request's place in the list is its id; virtual time goes on to its due time. */
  async #send(index: number, due: Instant): Promise<void> {
    const seen = this.#deliveries[index];
    if (seen === undefined) return;
    const at = Math.max(this.#now, due);
    const outcome = await this.#input.script.answer(seen.delivery, at);
    if (outcome === undefined) return;
    this.#now = at;
    seen.outcomes.push(outcome);
    this.#events.push({
      kind: "outcome",
      deliveryId: String(index),
      path: seen.delivery.path,
      outcome,
      crashed: false,
    });
  }

  #waits(): Waits {
    return {
      now: this.#now,
      tasks: [...this.#tasks.values()],
      listens: [...this.#listens.values()].map(({ path, event, correlate }) => ({
        path,
        event,
        correlate,
      })),
      timers: this.#timers,
    };
  }

  #follow(happening: Happening | undefined): RunEvent | "again" | undefined {
    if (happening === undefined) return undefined;
    if (happening.kind === "choose") {
      const { kind: _kind, ...answer } = happening;
      const [only, ...others] = this.#tasks.get(answer.path)?.among?.[answer.choice] ?? [];
      const picked = only === undefined || others.length > 0 ? {} : { pick: only };
      return { kind: "chosen", ...picked, ...answer };
    }
    if (happening.kind === "event") {
      this.#early.push(happening);
      for (const listen of this.#listens.values()) {
        if (this.#matches(listen, happening)) this.#match(listen, happening);
      }
      return "again";
    }
    if (happening.kind === "state") {
      const laneState = mergePatch(this.#snapshot.laneState, happening.patch);
      this.#snapshot = { ...this.#snapshot, laneState };
      return this.#status === "held" ? { kind: "start" } : "again";
    }
    this.#now += happening.ms;
    const due = this.#timers.filter((timer) => timer.due <= this.#now);
    this.#timers = this.#timers.filter((timer) => timer.due > this.#now);
    due.sort((a, b) => a.due - b.due);
    this.#events.push(...due.map(({ path, name }): RunEvent => ({ kind: "timer", path, name })));
    return "again";
  }

  #matches({ path, event, correlate }: NewListen, { type, data }: EarlyEvent): boolean {
    if (type !== event || this.#matched.has(matchKey(path, data))) return false;
    return Object.entries(correlate).every(([field, wanted]) => {
      const value = isJsonObject(data) ? data[field] : undefined;
      return (typeof value === "string" ? value : JSON.stringify(value)) === wanted;
    });
  }

  /** An event is matched once per step; whoever does not take it listens on. */
  #match({ path }: NewListen, event: EarlyEvent): void {
    this.#matched.add(matchKey(path, event.data));
    this.#events.push({ kind: "matched", path, message: this.#eventMessage(event) });
  }

  #eventMessage(happening: EarlyEvent): Message {
    const isBefore = this.#input.early?.includes(happening) === true;
    const at = isBefore ? this.#input.now - 1 : this.#now;
    return {
      ...this.#snapshot.message,
      id: rehearsalId(500),
      channel: "event",
      type: happening.type,
      dedupeKey: "rehearsed",
      time: at,
      receivedAt: at,
      data: happening.data,
    };
  }

  seen(): Rehearsed {
    return {
      started: true,
      status: this.#status,
      state: this.#snapshot.state,
      results: this.#snapshot.results,
      laneKey: this.#snapshot.laneKey,
      identity: this.#snapshot.identity,
      laneState: this.#snapshot.laneState,
      deliveries: this.#deliveries,
      ...this.#record,
      ...(this.#response === undefined ? {} : { response: this.#response }),
      ...(this.#end === undefined ? {} : { end: this.#end }),
      waits: this.#waits(),
    };
  }
}
