import type { Delivery } from "../model/delivery.ts";
import type { Instant } from "../model/json.ts";
import type { Generation } from "../model/plan/generation.ts";
import type { RawOutcome } from "../model/request.ts";
import type { Pace } from "../ports/transport.ts";
import type { Activity } from "./activity.ts";
import type { Before } from "./lifetime.ts";
import type { AdapterQueue, Sent } from "./adapter-queue.ts";
import { AdapterQueues } from "./adapter-queues.ts";
import type { Generations } from "./generations.ts";
import type { Pauses } from "./pauses.ts";
import { Pump } from "./pump.ts";
import { isAlive, restUntil } from "./rest.ts";
import type { Reserved } from "./reserved.ts";
import type { AdapterStatus } from "./status.ts";
import type { Priority } from "./waiting-line.ts";
import type { Limits, World } from "./world.ts";

/** Deliveries asked of the store at once. */
const batch = 64;

export interface RelayParts {
  readonly world: World;
  readonly limits: Limits;
  readonly activity: Activity;
  readonly generations: Generations;
  readonly pauses: Pauses;
  /** Brings an outcome to its run; tracks itself, and never rejects. */
  readonly outcome: (delivery: Delivery, outcome: RawOutcome, crashed: boolean) => Promise<void>;
  readonly failed: (error: unknown) => void;
}

/** Takes deliveries from the outbox to the partners, each adapter by its own limits. */
export class Relay {
  readonly #parts: RelayParts;
  readonly #pump: Pump;
  readonly #queues: AdapterQueues;
  readonly #throttled = new Map<string, number>();
  /** Reads of channels that wait for their turn or their answer, by delivery. */
  readonly #reads = new Map<string, (outcome: RawOutcome) => void>();
  /** Adapters whose queue in memory was too long at the last look, and from which priority on. */
  #full = new Map<string, Priority>();
  /** Deliveries that the process before this one took, and certainly did not send. */
  #unsent: ReadonlySet<string> = new Set();
  /** Deliveries taken from the store whose queue could not be opened yet. */
  #waiting: Delivery[] = [];

  constructor(parts: RelayParts) {
    this.#parts = parts;
    this.#pump = new Pump(parts.activity, () => this.#pull(), parts.failed);
    this.#queues = new AdapterQueues({
      ...parts,
      send: (delivery, queue, pace) => this.#send(delivery, queue, pace),
      giveBack: (delivery, why) => {
        const late: RawOutcome = { kind: "not-sent", reason: why, late: true, ms: 0 };
        void parts.outcome(delivery, late, false);
      },
      // As after a crash: it is no failure of the partner, and nobody knows.
      expired: (delivery) => void parts.outcome(delivery, keyForgotten, true),
      drained: (queue) => this.#drained(queue),
    });
  }

  /** `unsent`: what an orderly stop of the process before this one left behind. */
  open(before: Pick<Before, "crashes" | "unsent">): void {
    this.#unsent = new Set(before.unsent);
    this.#queues.open(before.crashes);
    this.#pump.open();
  }

  /** Circuits that were open when the process before ended are open from the start. */
  restore(): Promise<void> {
    return this.#queues.restore();
  }

  /** Begins no further request; those under way end by themselves. */
  close(): void {
    this.#pump.close();
    for (const queue of this.#queues) queue.close();
  }

  kick(): void {
    this.#pump.kick();
  }

  /**
   * Sends a read that belongs to no run, as the partner's limits allow: budget, concurrency, circuit,
   * rest and pauses hold for it as for all others. Nobody waits for it once `signal` aborts.
   */
  async read(delivery: Delivery, signal: AbortSignal): Promise<RawOutcome> {
    const { promise, resolve } = Promise.withResolvers<RawOutcome>();
    const queue = await this.#queues.of(delivery);
    if (queue === undefined) return homeless;
    const giveUp = (): void => {
      const dropped = queue.drop(({ id }) => id === delivery.id).length > 0;
      if (dropped) this.#reads.delete(delivery.id);
      resolve(stopping);
    };
    this.#reads.set(delivery.id, resolve);
    signal.addEventListener("abort", giveUp);
    queue.add(delivery, priorityOf(delivery, this.#parts.generations.current));
    if (signal.aborted) giveUp();
    else queue.pump();
    try {
      return await promise;
    } finally {
      signal.removeEventListener("abort", giveUp);
    }
  }

  /**
   * Of deliveries about to be committed, those that could leave at once: they need not be looked for
   * in the store. Whatever has to wait, for whatever reason, waits there; but what is of use for a while
   * only waits here, where it is known when it cannot leave any more.
   */
  reserve(deliveries: readonly Delivery[]): Reserved {
    if (deliveries.length === 0) return nothingReserved;
    const { world, pauses, generations } = this.#parts;
    const now = world.clock.now();
    const places: Place[] = [];
    for (const delivery of deliveries) {
      const queue = this.#queues.ready(delivery.adapter);
      if (queue === undefined || delivery.due > now) continue;
      const priority = priorityOf(delivery, generations.current);
      const isFull = this.#full.has(queue.adapter);
      const isPromised = !isFull && !pauses.holds(delivery) && queue.reserve(now, priority);
      // A queue that is full takes only what goes back at once.
      if (!isPromised && delivery.useBefore === undefined) continue;
      if (isFull && !queue.isTooLate(delivery, priority)) continue;
      places.push({ delivery, queue, isPromised });
    }
    if (places.length === 0) return nothingReserved;
    const settle = (committed: boolean): void => {
      for (const { delivery, queue, isPromised } of places) {
        if (isPromised) queue.release();
        if (committed) queue.add(delivery, priorityOf(delivery, generations.current));
      }
      if (committed) for (const queue of new Set(places.map(queueOf))) queue.pump();
    };
    return { taken: places.map(({ delivery }) => delivery), settle };
  }

  /** Pauses changed: what was skipped may go now, and what waits for its turn may have to wait too long. */
  pausesChanged(): void {
    for (const queue of this.#queues) queue.pump();
    this.kick();
  }

  /** Deliveries taken from the store that did not leave, for an orderly stop. */
  unsent(): readonly string[] {
    const waiting = this.#waiting.map(({ id }) => id);
    const ids = [...waiting, ...[...this.#queues].flatMap((queue) => queue.ids())];
    return ids.filter((id) => !this.#reads.has(id));
  }

  /** Forgets deliveries of a run that were cancelled before they were sent: under these paths, or all. */
  cancel(runId: string, paths?: readonly string[]): void {
    const gone = (delivery: Delivery): boolean =>
      delivery.runId === runId &&
      (paths === undefined || paths.some((path) => isWithin(delivery.path, path)));
    this.#waiting = this.#waiting.filter((delivery) => !gone(delivery));
    for (const queue of this.#queues) queue.drop(gone);
  }

  /**
   * A step timed out: what of it still waits here did certainly not leave, and its run is told so. A
   * write that did leave is waited for.
   */
  withdraw(runId: string, path: string): void {
    const gone = (waiting: Delivery): boolean =>
      waiting.runId === runId && isWithin(waiting.path, path);
    const dropped = [...this.#queues].flatMap((queue) => queue.drop(gone));
    for (const delivery of [...dropped, ...this.#waiting.filter(gone)]) {
      void this.#parts.outcome(delivery, withdrawn, false);
    }
    this.#waiting = this.#waiting.filter((delivery) => !gone(delivery));
  }

  hold(adapter: string, until: Instant): void {
    this.#queues.ready(adapter)?.hold(until);
  }

  /** Another generation: its limits hold from now on. */
  adopt(generation: Generation): void {
    this.#queues.adopt(generation);
    this.kick();
  }

  /** Puts on record what budgets and circuits must remember over a restart. False where it could not. */
  save(): Promise<boolean> {
    return this.#queues.save();
  }

  get sending(): number {
    return [...this.#queues].reduce((sum, queue) => sum + queue.sending, 0);
  }

  status(now: Instant): readonly AdapterStatus[] {
    return [...this.#queues].map((queue) => queue.status(now));
  }

  async #pull(): Promise<void> {
    const { world, pauses } = this.#parts;
    const now = world.clock.now();
    this.#full = new Map(
      [...this.#queues].flatMap((queue): [string, Priority][] => {
        const from = queue.fullFrom(this.#parts.limits.queued);
        return from === undefined ? [] : [[queue.adapter, from]];
      }),
    );
    const full = [...this.#full].map(([adapter, from]) => ({ adapter, from }));
    const except = { ...pauses.deliveries(), full };
    const taken = await world.store.dueDeliveries(now, batch, except);
    const due = [...this.#waiting.splice(0), ...taken];
    let trouble: Error | undefined;
    const doubtful: Delivery[] = [];
    const touched = new Set<AdapterQueue>();
    for (const delivery of due) {
      if (delivery.crashed === true && !delivery.read && !this.#unsent.has(delivery.id)) {
        doubtful.push(delivery);
        continue;
      }
      try {
        const queue = await this.#queues.of(delivery);
        if (queue === undefined) {
          await this.#parts.outcome(delivery, homeless, false);
          continue;
        }
        queue.add(delivery, priorityOf(delivery, this.#parts.generations.current));
        touched.add(queue);
      } catch (error) {
        // The store hands it out once: it waits here until its queue can be opened.
        this.#waiting.push(delivery);
        trouble = error instanceof Error ? error : new Error(String(error));
      }
    }
    for (const queue of touched) queue.pump();
    await Promise.all(doubtful.map((delivery) => this.#parts.outcome(delivery, lost, true)));
    if (taken.length === batch) this.kick();
    if (trouble !== undefined) throw trouble;
  }

  #drained(queue: AdapterQueue): void {
    const from = this.#full.get(queue.adapter);
    if (from === undefined) return;
    const now = queue.fullFrom(this.#parts.limits.queued / 2);
    if (now === undefined || now > from) this.kick();
  }

  async #send(delivery: Delivery, queue: AdapterQueue, pace: Pace): Promise<Sent> {
    const { world, generations } = this.#parts;
    const detail = { deliveryId: delivery.id, runId: delivery.runId, path: delivery.path };
    const outcome = await this.#attempt(delivery, pace, detail);
    const now = world.clock.now();
    const throttled = outcome.kind === "response" && outcome.response.status === 429;
    const before = this.#throttled.get(delivery.adapter) ?? 0;
    this.#throttled.set(delivery.adapter, throttled ? before + 1 : 0);
    this.#queues.saveWhereDue(queue);
    const answerRead = this.#reads.get(delivery.id);
    this.#reads.delete(delivery.id);
    if (answerRead !== undefined) answerRead(outcome);
    // Not awaited: the partner is done with it, and the next request need not wait for our disk.
    else void this.#parts.outcome(delivery, outcome, false);
    // A generation that cannot be built any more says nothing about the partner.
    const ok = isAlive(outcome) || (await generations.of(delivery.generation)) === undefined;
    const { rateLimit } = generations.current.adapters.get(delivery.adapter) ?? {};
    // Partners name times by a clock that agrees with the machine's, and log-ins by ours.
    const ahead = outcome.kind === "response" ? now - world.clock.wall() : 0;
    const until = restUntil(outcome, before, now - ahead, rateLimit);
    return { ok, ...(until === undefined ? {} : { holdUntil: until + ahead }) };
  }

  async #attempt(
    delivery: Delivery,
    pace: Pace,
    detail: Readonly<Record<string, string>>,
  ): Promise<RawOutcome> {
    const { world, generations } = this.#parts;
    try {
      const generation =
        generations.now(delivery.generation) ?? (await generations.of(delivery.generation));
      if (generation === undefined) {
        return { kind: "not-sent", reason: "its generation cannot be built", ms: 0 };
      }
      if (delivery.markSent) await world.store.markSent(delivery, world.clock.now());
      world.signals?.reach("before-send", detail);
      const outcome = await world.transport.send(delivery, generation, pace);
      world.signals?.reach("after-send", detail);
      return outcome;
    } catch (error) {
      world.log.write("error", "a transport failed where it must not", {
        adapter: delivery.adapter,
        delivery: delivery.id,
        why: error instanceof Error ? error.message : "not an error",
      });
      return { kind: "unknown", reason: "the transport failed", ms: 0 };
    }
  }
}

/** Where a delivery goes once its commit is on disk; a place may be kept for it. */
interface Place {
  readonly delivery: Delivery;
  readonly queue: AdapterQueue;
  readonly isPromised: boolean;
}

const queueOf = ({ queue }: Place): AdapterQueue => queue;

const nothingReserved: Reserved = { taken: [], settle: () => {} };

const homeless: RawOutcome = { kind: "not-sent", reason: "no such adapter", ms: 0 };

const stopping: RawOutcome = { kind: "not-sent", reason: "the engine is stopping", ms: 0 };

const lost: RawOutcome = {
  kind: "unknown",
  reason: "the process ended before the outcome was recorded",
  ms: 0,
};

const keyForgotten: RawOutcome = {
  kind: "unknown",
  reason: "the partner forgot its key before it could be sent again",
  ms: 0,
};

const withdrawn: RawOutcome = {
  kind: "not-sent",
  reason: "its step timed out before it could be sent",
  ms: 0,
};

/** True for `steps.order/create` and `steps.order.catch.x/…` within `steps.order`, not for `steps.orders/…`. */
function isWithin(path: string, prefix: string): boolean {
  if (!path.startsWith(prefix)) return false;
  return /[/.[]$/.test(prefix) || !/^[A-Za-z0-9]/.test(path.slice(prefix.length));
}

function priorityOf(delivery: Delivery, generation: Generation): Priority {
  const priority = generation.flows.get(delivery.flow)?.priority;
  return priority === "high" ? 0 : priority === "low" ? 2 : 1;
}
