import { StoreError } from "../errors/flow-error.ts";
import type { Generation } from "../model/plan/generation.ts";
import type { Message } from "../model/message.ts";
import type { ReceiveAnswer, Received } from "../model/received.ts";
import type { Accepted, Intake, Series } from "../ports/store.ts";
import type { Activity } from "./activity.ts";
import type { Beginner, Begun } from "./beginner.ts";
import type { Generations } from "./generations.ts";
import type { IntakeMaker } from "./intake-maker.ts";
import { KeyedQueue } from "./keyed-queue.ts";
import { type Soon, whenThere } from "../model/soon.ts";
import type { Limits, World } from "./world.ts";

const busyRetryMs = 5_000;
const stoppingRetryMs = 10_000;
const storeRetryMs = 15_000;
/** Share of the backlog limit that runs of a priority may fill: high, normal, low. */
const shares = [2, 1, 0.8];
const priorityNames = ["high", "normal", "low"] as const;

/** Priorities whose messages are refused while so much is under way. */
export function refusedOf(
  backlog: number,
  limits: Limits,
): readonly (typeof priorityNames)[number][] {
  return priorityNames.filter((_, priority) => backlog >= limits.backlog * (shares[priority] ?? 1));
}

/** How many more runs may begin before the least urgent are refused; at least one, which is told. */
export function roomOf(backlog: number, limits: Limits): number {
  const least = Math.min(...shares);
  return Math.max(1, Math.floor(limits.backlog * least) - backlog);
}

function newBatch(): Batch {
  return { series: { isBroken: false }, isOver: false, busyFrom: Infinity };
}

export interface ReceiverParts {
  readonly world: World;
  readonly limits: Limits;
  readonly activity: Activity;
  readonly generations: Generations;
  readonly intakes: IntakeMaker;
  readonly beginner: Beginner;
  readonly isOpen: () => boolean;
  readonly accepted: (accepted: Accepted) => void;
}

export interface Replaying {
  readonly of: string;
  readonly generation: Generation;
  readonly cause?: NonNullable<Message["cause"]>;
  /** Of the run whose effects it is to meet; the flow's own word unless told. */
  readonly identity?: string;
}

/** A message on its way to the disk. */
interface Storing {
  readonly begun: Begun;
  readonly answer: Promise<Accepted>;
}

/** Messages that came together, in an order: none may overtake one that was refused. */
interface Batch {
  readonly series: Series;
  /** One of them did not come as far as the store. */
  isOver: boolean;
  /** Least number of a priority of which there was too much; those that are more urgent still pass. */
  busyFrom: number;
}

interface Taking {
  readonly replaying?: Replaying;
  /** Hears the ids of the runs before they may start. */
  readonly expect?: (intake: Intake) => void;
}

type Refused = Extract<ReceiveAnswer, { readonly outcome: "refused" }>;

/** Takes in what channels received: the first of the four loops. */
export class Receiver {
  readonly #parts: ReceiverParts;
  readonly #order = new KeyedQueue();

  constructor(parts: ReceiverParts) {
    this.#parts = parts;
  }

  async take(received: Received, how: Taking = {}): Promise<ReceiveAnswer> {
    return this.#take(received, how, newBatch());
  }

  /**
   * Answers in the order of the messages. None is stored after one that was refused, but what is more
   * urgent than all of which there is too much.
   */
  async takeInOrder(received: readonly Received[]): Promise<readonly ReceiveAnswer[]> {
    const batch = newBatch();
    // Together, so that they share a transaction.
    return Promise.all(received.map(async (one) => this.#take(one, {}, batch)));
  }

  async #take(received: Received, how: Taking, batch: Batch): Promise<ReceiveAnswer> {
    const { world, isOpen, limits, activity } = this.#parts;
    if (!isOpen()) return this.#refuse("stopping", "the engine is not taking messages now");
    if (world.store.backlog >= limits.backlog * (shares[0] ?? 1)) return this.#busy();
    activity.begin();
    try {
      // In the order of arrival into the store, but not waiting for each other's disk.
      const storing = await this.#order.run(received.source, () =>
        this.#storing(received, how, batch),
      );
      return storing === undefined ? this.#busy() : await this.#stored(storing);
    } catch (error) {
      const isFirst = !(error instanceof StoreError && error.code === "store/out-of-turn");
      const why = error instanceof Error ? error.message : "not an error";
      if (isFirst)
        world.log.write("error", "a message could not be stored", { type: received.type, why });
      return this.#refuse("store", "the message could not be stored; nothing was kept of it");
    } finally {
      activity.end();
    }
  }

  /** Undefined where it is too much, or where one before it was refused. */
  #storing(received: Received, how: Taking, batch: Batch): Soon<Storing | undefined> {
    if (batch.isOver) return undefined;
    // Until it is with the store: it may fail before.
    batch.isOver = true;
    return whenThere(this.#intake(received, how.replaying), (intake) => {
      batch.isOver = false;
      const priorities = intake.runs.map(({ priority }) => priority);
      if (this.#isTooMuch(intake) || Math.max(...priorities) >= batch.busyFrom) {
        batch.busyFrom = Math.min(batch.busyFrom, ...priorities);
        return undefined;
      }
      how.expect?.(intake);
      return this.#store(intake, batch.series);
    });
  }

  #store(intake: Intake, series: Series): Storing {
    const { world, beginner } = this.#parts;
    const begun = beginner.begin(intake);
    return { begun, answer: world.store.accept(begun.intake, world.clock.now(), series) };
  }

  async #stored({ begun, answer }: Storing): Promise<ReceiveAnswer> {
    let accepted: Accepted | undefined;
    try {
      accepted = await answer;
      return this.#accepted(accepted);
    } finally {
      begun.settle(accepted);
    }
  }

  #accepted(answer: Accepted): ReceiveAnswer {
    const { world, accepted } = this.#parts;
    world.signals?.reach("message-accepted", { messageId: answer.messageId });
    accepted(answer);
    const runs = answer.runs.map(({ id, flow }) => ({ id, flow }));
    const repeated = answer.repeats.map(({ runId, flow }) => ({ id: runId, flow }));
    return { outcome: answer.outcome, messageId: answer.messageId, runs: [...runs, ...repeated] };
  }

  #intake(received: Received, replaying: Replaying | undefined): Soon<Intake> {
    const { intakes, generations } = this.#parts;
    if (replaying === undefined) return intakes.make(received, { generation: generations.current });
    const { of: replayOf, ...more } = replaying;
    return intakes.make(received, { ...more, replayOf });
  }

  /** By its most urgent run; what starts nothing costs nothing. */
  #isTooMuch({ runs }: Intake): boolean {
    if (runs.length === 0) return false;
    const { world, limits } = this.#parts;
    const priority = Math.min(...runs.map((run) => run.priority));
    return world.store.backlog >= limits.backlog * (shares[priority] ?? 1);
  }

  #busy(): Refused {
    return this.#refuse("busy", "too much is waiting to be processed");
  }

  #refuse(reason: Refused["reason"], message: string): Refused {
    const wait = { busy: busyRetryMs, stopping: stoppingRetryMs, store: storeRetryMs }[reason];
    return { outcome: "refused", reason, message, retryAt: this.#parts.world.clock.now() + wait };
  }
}
