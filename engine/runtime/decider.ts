import { childOrigin, receivedChild, receivedEvent } from "../core/index.ts";
import type { Decision, NewDelivery } from "../model/decision.ts";
import type { Delivery } from "../model/delivery.ts";
import type { Instant } from "../model/json.ts";
import type { Generation } from "../model/plan/generation.ts";
import type { RunEvent } from "../model/run-event.ts";
import type { RunSnapshot } from "../model/run.ts";
import type { Committed, Intake } from "../ports/store.ts";
import type { Activity } from "./activity.ts";
import type { FactLoader } from "./facts.ts";
import type { Generations } from "./generations.ts";
import type { IntakeMaker } from "./intake-maker.ts";
import { isPassing } from "./passing.ts";
import { KeyedQueue } from "./keyed-queue.ts";
import { generationGone, park, poisoned, thrown } from "./park.ts";
import type { Reserved } from "./reserved.ts";
import type { Soon } from "../model/soon.ts";
import { type Door, doorOf, type Limits, type World } from "./world.ts";

const storeRetryMs = 1_000;

/** One event of one run. */
export interface Job {
  readonly runId: string;
  readonly event: RunEvent;
  /** Given by a claim: nothing else has touched the run since. */
  readonly snapshot?: RunSnapshot;
  readonly claims?: number;
  readonly signalId?: string;
  readonly deliveryId?: string;
}

/** What was decided and is on disk. */
export interface Done {
  readonly event: RunEvent;
  readonly run: RunSnapshot;
  readonly decision: Decision;
  readonly committed: Committed;
  /** Runs that its events and children started; an event without a subscriber starts none. */
  readonly started: number;
}

export interface DeciderParts {
  readonly world: World;
  readonly limits: Limits;
  readonly activity: Activity;
  readonly generations: Generations;
  readonly facts: FactLoader;
  readonly intakes: IntakeMaker;
  /** Keeps places for deliveries that could leave at once. */
  readonly reserve: (deliveries: readonly Delivery[]) => Reserved;
  readonly done: (done: Done) => void;
  readonly isOpen: () => boolean;
  readonly failed: (error: unknown) => void;
}

/**
 * Brings events to runs: load, decide, commit. Events of one run come one at a time, in the order of
 * the calls; the next is decided on what the one before it left on disk.
 */
export class Decider {
  readonly #parts: DeciderParts;
  readonly #queue = new KeyedQueue();
  readonly #door: Door;

  constructor(parts: DeciderParts) {
    this.#parts = parts;
    this.#door = doorOf(parts.world);
  }

  /**
   * Settles when the event is answered on disk, or is void because the run ended before; never
   * rejects: what else goes wrong is told to `failed`.
   */
  handle(job: Job): Promise<void> {
    return this.#queue.run(job.runId, () => this.#persist(job));
  }

  /** A store that cannot write now is asked again: an outcome must not be lost for that. */
  async #persist(job: Job): Promise<void> {
    const { world, activity, isOpen, failed } = this.#parts;
    for (let attempt = 1; ; attempt += 1) {
      try {
        // A claim's snapshot is as good the second time: nothing was written.
        await this.#answer(job);
        return;
      } catch (error) {
        if (!isPassing(error) || !isOpen()) {
          failed(error);
          return;
        }
        world.log.write("error", "the store took no decision; asking again", {
          run: job.runId,
          code: error.code,
          why: error.message,
          attempt,
        });
        const { clock } = world;
        await activity.rest((wake) => void clock.schedule(clock.now() + storeRetryMs, wake));
      }
    }
  }

  async #answer(job: Job): Promise<void> {
    const { world, generations } = this.#parts;
    const run = job.snapshot ?? (await world.store.load(job.runId));
    if (run === undefined) {
      world.log.write("warn", "an event came for a run that is not there", { run: job.runId });
      return;
    }
    const generation = generations.now(run.generation) ?? (await generations.of(run.generation));
    const pinned = generation ?? generations.current;
    const decision = await this.#decide(job, run, generation);
    try {
      await this.#commit(job, run, decision, pinned);
    } catch (error) {
      if (isPassing(error)) throw error;
      // It contradicts what was done before: the same again is no use, a person must look.
      await this.#commit(job, run, park(run, thrown(error), job.event), pinned);
    }
  }

  #decide(job: Job, run: RunSnapshot, generation: Generation | undefined): Soon<Decision> {
    const { world, facts, limits } = this.#parts;
    const claims = job.claims ?? 0;
    if (claims > limits.claims) return park(run, poisoned(claims), job.event);
    if (generation === undefined) return park(run, generationGone(run.generation), job.event);
    const now = world.clock.now();
    const random = world.ids.random();
    const asParked = (error: unknown): Decision => {
      if (isPassing(error)) throw error;
      return park(run, thrown(error), job.event);
    };
    try {
      const decided = facts.settle(
        (known) =>
          world.rules.decide({
            generation,
            run,
            event: job.event,
            now,
            random,
            facts: known,
            ...this.#door,
          }),
        generation,
        now,
      );
      return decided instanceof Promise
        ? decided.then(({ decision }) => decision, asParked)
        : decided.decision;
    } catch (error) {
      return asParked(error);
    }
  }

  async #commit(job: Job, run: RunSnapshot, decision: Decision, pinned: Generation): Promise<void> {
    const { world, done, reserve } = this.#parts;
    const now = world.clock.now();
    const isAlone = decision.emits.length + decision.children.length === 0;
    const intakes = isAlone ? [] : await this.#intakes(run, decision, pinned);
    const deliveries = decision.deliveries.map((delivery) =>
      asStored(delivery, run, world.ids.next(now), now),
    );
    const taskIds = decision.tasks.map(() => world.ids.next(now));
    const detail = { runId: run.id, flow: run.flow, event: job.event.kind };
    world.signals?.reach("before-commit", detail);
    const reserved = reserve(deliveries);
    let isCommitted = false;
    try {
      const committed = await world.store.commit(
        {
          runId: run.id,
          flow: run.flow,
          decision,
          event: job.event,
          ...(job.signalId === undefined ? {} : { signalId: job.signalId }),
          ...(job.deliveryId === undefined ? {} : { deliveryId: job.deliveryId }),
          intakes,
          deliveryIds: deliveries.map(({ id }) => id),
          handOut: new Set(reserved.taken.map(({ id }) => id)),
          taskIds,
        },
        now,
      );
      world.signals?.reach("after-commit", detail);
      const started = intakes.reduce((sum, { runs }) => sum + runs.filter(isSound).length, 0);
      isCommitted = committed.committed;
      if (isCommitted) done({ event: job.event, run, decision, committed, started });
    } finally {
      // After `done`, which takes back what the decision cancelled.
      reserved.settle(isCommitted);
    }
  }

  /** Events are read by the current generation, children by their parent's. */
  async #intakes(run: RunSnapshot, decision: Decision, pinned: Generation): Promise<Intake[]> {
    const { intakes, generations, world } = this.#parts;
    const cause = { runId: run.id, messageId: run.message.id };
    const made: Intake[] = [];
    for (const event of decision.emits) {
      const received = receivedEvent(event, run);
      const traceparent = world.ids.traceparent(run.message.traceparent);
      made.push(
        await intakes.make(
          { ...received, traceparent },
          { generation: generations.current, cause },
        ),
      );
    }
    for (const child of decision.children) {
      const received = receivedChild(child, run);
      const traceparent = world.ids.traceparent(run.message.traceparent);
      const origin = childOrigin(child, run);
      made.push(
        await intakes.make(
          { ...received, traceparent },
          { generation: pinned, cause, child: origin },
        ),
      );
    }
    return made;
  }
}

/** A run whose message cannot be read for its flow is born parked. */
function isSound({ invalid }: Intake["runs"][number]): boolean {
  return invalid === undefined;
}

/** A delivery as the store would hand it out. */
export function asStored(
  delivery: NewDelivery,
  run: RunSnapshot,
  id: string,
  now: Instant,
): Delivery {
  const { correlationId, traceparent } = run.message;
  return {
    ...delivery,
    id,
    runId: run.id,
    flow: run.flow,
    ...(run.laneKey === null ? {} : { laneKey: run.laneKey }),
    ...(run.region === undefined ? {} : { region: run.region }),
    generation: run.generation,
    correlationId,
    traceparent,
    status: "pending",
    createdAt: now,
  };
}
