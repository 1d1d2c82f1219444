import { asRead } from "../model/as-read.ts";
import type { Decision } from "../model/decision.ts";
import type { Instant, Json } from "../model/json.ts";
import type { Message } from "../model/message.ts";
import type { Generation } from "../model/plan/generation.ts";
import type { RunEvent } from "../model/run-event.ts";
import type { RunSnapshot } from "../model/run.ts";
import type { Accepted, Beginning, Intake, NewRun } from "../ports/store.ts";
import { asStored, type Done } from "./decider.ts";
import type { Reserved } from "./reserved.ts";
import type { Delivery } from "../model/delivery.ts";
import { type Door, doorOf, type World } from "./world.ts";

/** After a crash, so long nothing is decided before it is on disk: it may be what ends the process. */
const cautionMs = 60_000;
/** A flow whose runs could not begin at once is not tried again for so many messages at most. */
const skipMax = 64;

export interface BeginnerParts {
  readonly world: World;
  readonly generation: () => Generation;
  /** Keeps places for deliveries that could leave at once. */
  readonly reserve: (deliveries: readonly Delivery[]) => Reserved;
  /** How many more runs may be decided now; none while others wait in the store, or while paused. */
  readonly room: () => number;
  readonly done: (done: Done) => void;
}

/** Runs of one message that were decided beforehand. */
export interface Begun {
  readonly intake: Intake;
  /** To be called once: what became of the message; nothing where it could not be stored. */
  settle(accepted?: Accepted): void;
}

interface Started {
  readonly begin: Beginning;
  readonly reserved: Reserved;
}

const start: RunEvent = { kind: "start" };
const noFacts: ReadonlyMap<string, Json> = new Map();
const nothingBegun = (): void => {};

/**
 * Makes the first decision of new runs before they are stored, so that message, run and decision are
 * one transaction. `decide` is pure: where a run may not begin at once after all, its decision is
 * simply dropped, and made again when the run is claimed.
 */
export class Beginner {
  readonly #parts: BeginnerParts;
  readonly #door: Door;
  readonly #skips = new Map<string, { left: number; next: number }>();
  #cautiousUntil: Instant = Infinity;

  constructor(parts: BeginnerParts) {
    this.#parts = parts;
    this.#door = doorOf(parts.world);
  }

  open(crashed: boolean): void {
    this.#cautiousUntil = crashed ? this.#parts.world.clock.now() + cautionMs : -Infinity;
  }

  begin(intake: Intake): Begun {
    const started = new Map<string, Started>();
    let room = this.#mayBegin() ? this.#parts.room() : 0;
    const message = room > 0 && intake.runs.some(isPlain) ? plain(intake.message) : intake.message;
    const runs = intake.runs.map((run) => {
      if (room <= 0 || !isPlain(run) || this.#isSkipped(run.flow)) return run;
      const one = this.#start(message, run);
      if (one === undefined) return run;
      room -= 1;
      started.set(run.id, one);
      return { ...run, begin: one.begin };
    });
    if (started.size === 0) return { intake, settle: nothingBegun };
    return {
      intake: { ...intake, message, runs },
      settle: (accepted) => this.#settle(started, accepted),
    };
  }

  #mayBegin(): boolean {
    return this.#parts.world.clock.now() >= this.#cautiousUntil;
  }

  #start(message: Message, run: NewRun): Started | undefined {
    const { world, generation, reserve } = this.#parts;
    const now = world.clock.now();
    const current = generation();
    if (run.generation !== current.hash || current.flows.get(run.flow)?.state !== undefined) {
      return undefined;
    }
    const snapshot = snapshotOf(message, run);
    const decision = this.#decide(snapshot, current, now);
    if (decision === undefined || !isSelfContained(decision)) return undefined;
    const deliveries = decision.deliveries.map((delivery) =>
      asStored(delivery, snapshot, world.ids.next(now), now),
    );
    const reserved = reserve(deliveries);
    world.signals?.reach("before-commit", detailOf(snapshot));
    const commit = {
      runId: run.id,
      flow: run.flow,
      decision,
      event: start,
      intakes: [],
      deliveryIds: deliveries.map(({ id }) => id),
      handOut: new Set(reserved.taken.map(({ id }) => id)),
      taskIds: decision.tasks.map(() => world.ids.next(now)),
    };
    return { begin: { snapshot, commit }, reserved };
  }

  /** Undefined where facts are wanted, or where it cannot be decided: the claim will say what of it. */
  #decide(run: RunSnapshot, generation: Generation, now: Instant): Decision | undefined {
    const { world } = this.#parts;
    try {
      const decided = world.rules.decide({
        generation,
        run,
        event: start,
        now,
        random: world.ids.random(),
        facts: noFacts,
        ...this.#door,
      });
      return decided.kind === "decision" ? decided.decision : undefined;
    } catch {
      return undefined;
    }
  }

  #settle(started: ReadonlyMap<string, Started>, accepted: Accepted | undefined): void {
    for (const [runId, { begin, reserved }] of started) {
      const { snapshot: run, commit } = begin;
      const committed = accepted?.runs.find(({ id }) => id === runId)?.begun;
      if (accepted?.outcome === "accepted") this.#learn(run.flow, committed !== undefined);
      if (committed !== undefined) {
        this.#parts.world.signals?.reach("after-commit", detailOf(run));
        const { decision, event } = commit;
        this.#parts.done({ event, run, decision, committed, started: 0 });
      }
      // After `done`, which takes back what the decision cancelled.
      reserved.settle(committed !== undefined);
    }
  }

  #isSkipped(flow: string): boolean {
    const skip = this.#skips.get(flow);
    if (skip === undefined || skip.left === 0) return false;
    skip.left -= 1;
    return true;
  }

  #learn(flow: string, begun: boolean): void {
    if (begun) {
      this.#skips.delete(flow);
      return;
    }
    const next = this.#skips.get(flow)?.next ?? 1;
    this.#skips.set(flow, { left: next, next: Math.min(2 * next, skipMax) });
  }
}

function isPlain({ order, invalid, parent }: NewRun): boolean {
  return order === "every" && invalid === undefined && parent === undefined;
}

/** Such a decision needs nothing but the store. */
function isSelfContained({ emits, children, compensations, remembers }: Decision): boolean {
  return emits.length + children.length + (compensations?.length ?? 0) + remembers.length === 0;
}

/** A message as it is read back. */
function plain(message: Message): Message {
  const data = asRead(message.data);
  return data === message.data ? message : { ...message, data };
}

function snapshotOf(message: Message, run: NewRun): RunSnapshot {
  return {
    id: run.id,
    flow: run.flow,
    generation: run.generation,
    message,
    identity: run.identity,
    laneKey: run.laneKey,
    state: { version: 1, phase: "steps", nodes: {}, completions: 0 },
    results: {},
    laneState: {},
    ancestors: run.ancestors,
    ...(run.region === undefined ? {} : { region: run.region }),
    ...(run.respondBy === undefined ? {} : { respondBy: run.respondBy }),
    ...(message.replayOf === undefined ? {} : { replayOf: message.replayOf }),
  };
}

function detailOf(run: RunSnapshot): Readonly<Record<string, string>> {
  return { runId: run.id, flow: run.flow, event: "start" };
}
