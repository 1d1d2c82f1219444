import type { Delivery } from "../model/delivery.ts";
import type { Instant, Json } from "../model/json.ts";
import type { AdapterPlan } from "../model/plan/adapter.ts";
import type { Generation } from "../model/plan/generation.ts";
import type { RawOutcome } from "../model/request.ts";
import type { Pace } from "../ports/transport.ts";
import type { Activity } from "./activity.ts";
import { AdapterQueue, type Priority, type Sent } from "./adapter-queue.ts";
import type { Moment } from "./budget.ts";
import type { Generations } from "./generations.ts";
import type { Pauses } from "./pauses.ts";
import { Pump } from "./pump.ts";
import { momentOf, restoreQueue, saveQueue, wasOpen } from "./queue-record.ts";
import { isAlive, restUntil } from "./rest.ts";
import type { Reserved } from "./reserved.ts";
import type { AdapterStatus } from "./status.ts";
import type { Limits, World } from "./world.ts";

/** Deliveries asked of the store at once. */
const batch = 64;

export interface RelayParts {
  readonly world: World;
  readonly limits: Limits;
  readonly activity: Activity;
  readonly generations: Generations;
  readonly pauses: Pauses;
  /** Brings an outcome to its run; never rejects. */
  readonly outcome: (delivery: Delivery, outcome: RawOutcome, crashed: boolean) => Promise<void>;
  readonly failed: (error: unknown) => void;
}

/** Takes deliveries from the outbox to the partners, each adapter by its own limits. */
export class Relay {
  readonly #parts: RelayParts;
  readonly #pump: Pump;
  readonly #queues = new Map<string, Promise<AdapterQueue>>();
  readonly #ready = new Map<string, AdapterQueue>();
  readonly #throttled = new Map<string, number>();
  /** Reads of channels that wait for their turn or their answer, by delivery. */
  readonly #reads = new Map<string, (outcome: RawOutcome) => void>();
  /** Adapters whose queue in memory was too long at the last look, and from which priority on. */
  #full = new Map<string, Priority>();
  /** Deliveries that the process before this one took, and certainly did not send. */
  #unsent: ReadonlySet<string> = new Set();
  #crashed = false;
  #opened: Moment | undefined;
  /** Deliveries taken from the store whose queue could not be opened yet. */
  #waiting: Delivery[] = [];
  readonly #saving = new Set<AdapterQueue>();

  constructor(parts: RelayParts) {
    this.#parts = parts;
    this.#pump = new Pump(parts.activity, () => this.#pull(), parts.failed);
  }

  /** `unsent`: what an orderly stop of the process before this one left behind. */
  open(before: { readonly crashed: boolean; readonly unsent: readonly string[] }): void {
    this.#crashed = before.crashed;
    this.#unsent = new Set(before.unsent);
    this.#opened = momentOf(this.#parts.world.clock);
    this.#pump.open();
  }

  /** Circuits that were open when the process before ended are open from the start, and shown so. */
  async restore(): Promise<void> {
    const { world, generations } = this.#parts;
    for (const plan of generations.current.adapters.values()) {
      if (plan.circuit === undefined) continue;
      if (!(await wasOpen(plan.name, world.store)) || this.#queues.has(plan.name)) continue;
      const opening = this.#openQueue(plan);
      this.#queues.set(plan.name, opening);
      await opening;
    }
  }

  /** Begins no further request; those under way end by themselves. */
  close(): void {
    this.#pump.close();
    for (const queue of this.#ready.values()) queue.close();
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
    const queue = await this.#queueOf(delivery);
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
    const queues = new Map<Delivery, AdapterQueue>();
    const promised = new Set<Delivery>();
    for (const delivery of deliveries) {
      const queue = this.#ready.get(delivery.adapter);
      if (queue === undefined || delivery.due > now) continue;
      const priority = priorityOf(delivery, generations.current);
      const isFull = this.#full.has(queue.adapter);
      const leaves = !isFull && !pauses.holds(delivery) && queue.reserve(now, priority);
      if (leaves) promised.add(delivery);
      // A queue that is full takes only what goes back at once.
      else if (delivery.useBefore === undefined) continue;
      else if (isFull && !queue.isTooLate(delivery, priority)) continue;
      queues.set(delivery, queue);
    }
    const settle = (committed: boolean): void => {
      for (const [delivery, queue] of queues) {
        if (promised.has(delivery)) queue.release();
        if (committed) queue.add(delivery, priorityOf(delivery, generations.current));
      }
      if (committed) for (const queue of new Set(queues.values())) queue.pump();
    };
    return { taken: [...queues.keys()], settle };
  }

  /** Pauses changed: what was skipped may go now, and what waits for its turn may have to wait too long. */
  pausesChanged(): void {
    for (const queue of this.#ready.values()) queue.pump();
    this.kick();
  }

  /** Deliveries taken from the store that did not leave, for an orderly stop. */
  unsent(): readonly string[] {
    const waiting = this.#waiting.map(({ id }) => id);
    const ids = [...waiting, ...[...this.#ready.values()].flatMap((queue) => queue.ids())];
    return ids.filter((id) => !this.#reads.has(id));
  }

  /** Forgets deliveries of a run that were cancelled before they were sent. */
  cancel(runId: string, paths: readonly string[]): void {
    const gone = (delivery: Delivery): boolean =>
      delivery.runId === runId && paths.some((path) => isWithin(delivery.path, path));
    this.#waiting = this.#waiting.filter((delivery) => !gone(delivery));
    for (const queue of this.#ready.values()) queue.drop(gone);
  }

  /**
   * A step timed out: what of it still waits here did certainly not leave, and its run is told so. A
   * write that did leave is waited for.
   */
  withdraw(runId: string, path: string): void {
    const gone = (waiting: Delivery): boolean =>
      waiting.runId === runId && isWithin(waiting.path, path);
    const dropped = [...this.#ready.values()].flatMap((queue) => queue.drop(gone));
    for (const delivery of [...dropped, ...this.#waiting.filter(gone)]) {
      void this.#parts.activity.track(() => this.#parts.outcome(delivery, withdrawn, false));
    }
    this.#waiting = this.#waiting.filter((delivery) => !gone(delivery));
  }

  hold(adapter: string, until: Instant): void {
    this.#ready.get(adapter)?.hold(until);
  }

  /** Another generation: its limits hold from now on. */
  adopt(generation: Generation): void {
    for (const queue of this.#ready.values()) {
      const plan = generation.adapters.get(queue.adapter);
      if (plan !== undefined) queue.update(plan);
    }
    this.kick();
  }

  /** Puts on record what budgets and circuits must remember over a restart. False where it could not. */
  async save(): Promise<boolean> {
    const saved = await Promise.all([...this.#ready.values()].map((queue) => this.#save(queue)));
    return saved.every(Boolean);
  }

  get sending(): number {
    return [...this.#ready.values()].reduce((sum, queue) => sum + queue.sending, 0);
  }

  status(now: Instant): readonly AdapterStatus[] {
    return [...this.#ready.values()].map((queue) => queue.status(now));
  }

  async #pull(): Promise<void> {
    const { world, pauses } = this.#parts;
    const now = world.clock.now();
    this.#full = new Map(
      [...this.#ready.values()].flatMap((queue): [string, Priority][] => {
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
        const queue = await this.#queueOf(delivery);
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

  async #queueOf(delivery: Delivery): Promise<AdapterQueue | undefined> {
    const known = this.#ready.get(delivery.adapter);
    if (known !== undefined) return known;
    const { generations } = this.#parts;
    const plan =
      generations.current.adapters.get(delivery.adapter) ??
      (await generations.of(delivery.generation))?.adapters.get(delivery.adapter);
    if (plan === undefined) return undefined;
    const opening = this.#queues.get(plan.name) ?? this.#openQueue(plan);
    this.#queues.set(plan.name, opening);
    try {
      return await opening;
    } catch (error) {
      // A store that could not be asked is asked again.
      this.#queues.delete(plan.name);
      throw error;
    }
  }

  async #openQueue(plan: AdapterPlan): Promise<AdapterQueue> {
    const { world, activity, pauses } = this.#parts;
    const queue = new AdapterQueue(plan, {
      clock: world.clock,
      activity,
      send: (delivery, pace) => this.#send(delivery, queue, pace),
      isPaused: (delivery) => pauses.holds(delivery),
      changed: (adapter, what) => this.#changed(adapter, what),
      giveBack: (delivery, why) => {
        const late: RawOutcome = { kind: "not-sent", reason: why, late: true, ms: 0 };
        void activity.track(() => this.#parts.outcome(delivery, late, false));
      },
      drained: () => {
        const from = this.#full.get(plan.name);
        const now = queue.fullFrom(this.#parts.limits.queued / 2);
        if (from !== undefined && (now === undefined || now > from)) this.kick();
      },
      record: () => this.#save(queue),
    });
    // By the time of our start: the machine's clock may have been set since, and records know no other.
    const opened = this.#opened ?? momentOf(world.clock);
    await restoreQueue(queue, world, { opened, crashed: this.#crashed });
    // What a crash may have left unrecorded must outlive the next one, too.
    if (this.#crashed && queue.budget.isRecorded) await saveQueue(queue, world);
    this.#ready.set(plan.name, queue);
    return queue;
  }

  async #send(delivery: Delivery, queue: AdapterQueue, pace: Pace): Promise<Sent> {
    const { world, generations } = this.#parts;
    const detail = { deliveryId: delivery.id, runId: delivery.runId, path: delivery.path };
    const outcome = await this.#attempt(delivery, pace, detail);
    const now = world.clock.now();
    const throttled = outcome.kind === "response" && outcome.response.status === 429;
    const before = this.#throttled.get(delivery.adapter) ?? 0;
    this.#throttled.set(delivery.adapter, throttled ? before + 1 : 0);
    if (queue.budget.shouldRecord && !this.#saving.has(queue))
      void this.#parts.activity.track(() => this.#save(queue));
    const answerRead = this.#reads.get(delivery.id);
    this.#reads.delete(delivery.id);
    if (answerRead !== undefined) answerRead(outcome);
    // Not awaited: the partner is done with it, and the next request need not wait for our disk.
    else void this.#parts.activity.track(() => this.#parts.outcome(delivery, outcome, false));
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
      const generation = await generations.of(delivery.generation);
      if (generation === undefined) {
        return { kind: "not-sent", reason: "its generation cannot be built", ms: 0 };
      }
      if (delivery.markSent) await world.store.markSent(delivery.id, world.clock.now());
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

  #changed(adapter: string, what: "opened" | "closed" | "held"): void {
    const queue = this.#ready.get(adapter);
    if (queue === undefined) return;
    const { log, clock } = this.#parts.world;
    const status = queue.status(clock.now());
    if (what === "held") log.write("info", "a partner asked for a rest", describe(status));
    else if (what === "opened") log.write("warn", "a partner seems to be down", describe(status));
    else log.write("info", "a partner is back", { adapter });
    void this.#parts.activity.track(() => this.#save(queue));
    if (what !== "held") this.#parts.world.signals?.reach("circuit-changed", { adapter });
  }

  async #save(queue: AdapterQueue): Promise<boolean> {
    this.#saving.add(queue);
    try {
      await saveQueue(queue, this.#parts.world);
      return true;
    } catch (error) {
      this.#parts.failed(error);
      return false;
    } finally {
      this.#saving.delete(queue);
    }
  }
}

const nothingReserved: Reserved = { taken: [], settle: () => {} };

const homeless: RawOutcome = { kind: "not-sent", reason: "no such adapter", ms: 0 };

const stopping: RawOutcome = { kind: "not-sent", reason: "the engine is stopping", ms: 0 };

const lost: RawOutcome = {
  kind: "unknown",
  reason: "the process ended before the outcome was recorded",
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

function describe(status: AdapterStatus): Readonly<Record<string, Json>> {
  return {
    adapter: status.adapter,
    queued: status.queued,
    until: status.heldUntil === undefined ? null : new Date(status.heldUntil).toISOString(),
  };
}
