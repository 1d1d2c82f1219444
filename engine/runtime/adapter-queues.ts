import type { Delivery } from "../model/delivery.ts";
import type { Json } from "../model/json.ts";
import type { AdapterPlan } from "../model/plan/adapter.ts";
import type { Generation } from "../model/plan/generation.ts";
import type { Pace } from "../ports/transport.ts";
import type { Activity } from "./activity.ts";
import { AdapterQueue, type Sent } from "./adapter-queue.ts";
import type { Moment } from "./budget.ts";
import type { Generations } from "./generations.ts";
import type { Crashes } from "./lifetime.ts";
import type { Pauses } from "./pauses.ts";
import { momentOf, restoreQueue, saveQueue, wasOpen } from "./queue-record.ts";
import type { AdapterStatus } from "./status.ts";
import type { Soon } from "../model/soon.ts";
import type { World } from "./world.ts";

export interface AdapterQueuesParts {
  readonly world: World;
  readonly activity: Activity;
  readonly generations: Generations;
  readonly pauses: Pauses;
  /** Sends and never rejects. */
  readonly send: (delivery: Delivery, queue: AdapterQueue, pace: Pace) => Promise<Sent>;
  /** A delivery cannot leave while its answer is of use. */
  readonly giveBack: (delivery: Delivery, why: string) => void;
  readonly expired: (delivery: Delivery) => void;
  /** There may be room again for deliveries that wait in the store. */
  readonly drained: (queue: AdapterQueue) => void;
  readonly failed: (error: unknown) => void;
}

/** The queues of all adapters: each goes on from its record when it is first asked for. */
export class AdapterQueues implements Iterable<AdapterQueue> {
  readonly #parts: AdapterQueuesParts;
  readonly #opening = new Map<string, Promise<AdapterQueue>>();
  readonly #ready = new Map<string, AdapterQueue>();
  readonly #saving = new Set<AdapterQueue>();
  #crashes: Crashes = { count: 0, at: -Infinity };
  #opened: Moment | undefined;

  constructor(parts: AdapterQueuesParts) {
    this.#parts = parts;
  }

  /** `crashes`: how often a process before this one ended without an orderly stop. */
  open(crashes: Crashes): void {
    this.#crashes = crashes;
    this.#opened = momentOf(this.#parts.world.clock);
  }

  /** Circuits that were open when the process before ended are open from the start, and shown so. */
  async restore(): Promise<void> {
    const { world, generations } = this.#parts;
    for (const plan of generations.current.adapters.values()) {
      if (plan.circuit === undefined) continue;
      if (!(await wasOpen(plan.name, world.store)) || this.#opening.has(plan.name)) continue;
      const opening = this.#open(plan);
      this.#opening.set(plan.name, opening);
      await opening;
    }
  }

  [Symbol.iterator](): Iterator<AdapterQueue> {
    return this.#ready.values();
  }

  /** The adapter's queue, where it is open. */
  ready(adapter: string): AdapterQueue | undefined {
    return this.#ready.get(adapter);
  }

  /** The queue that a delivery belongs to; undefined where no generation knows its adapter. */
  of(delivery: Delivery): Soon<AdapterQueue | undefined> {
    return this.#ready.get(delivery.adapter) ?? this.#find(delivery);
  }

  /** Another generation: its limits hold from now on. */
  adopt(generation: Generation): void {
    for (const queue of this) {
      const plan = generation.adapters.get(queue.adapter);
      if (plan !== undefined) queue.update(plan);
    }
  }

  /** Puts on record what budgets and circuits must remember over a restart. False where it could not. */
  async save(): Promise<boolean> {
    const saved = await Promise.all([...this].map((queue) => this.#save(queue)));
    return saved.every(Boolean);
  }

  /** As `save`, of one queue and in the background, where a crash now would forget too much. */
  saveWhereDue(queue: AdapterQueue): void {
    if (!queue.budget.shouldRecord || this.#saving.has(queue)) return;
    void this.#parts.activity.track(() => this.#save(queue));
  }

  async #find(delivery: Delivery): Promise<AdapterQueue | undefined> {
    const { generations } = this.#parts;
    const plan =
      generations.current.adapters.get(delivery.adapter) ??
      (await generations.of(delivery.generation))?.adapters.get(delivery.adapter);
    if (plan === undefined) return undefined;
    const opening = this.#opening.get(plan.name) ?? this.#open(plan);
    this.#opening.set(plan.name, opening);
    try {
      return await opening;
    } catch (error) {
      // A store that could not be asked is asked again.
      this.#opening.delete(plan.name);
      throw error;
    }
  }

  async #open(plan: AdapterPlan): Promise<AdapterQueue> {
    const { world, activity, pauses, send, giveBack, expired, drained } = this.#parts;
    const queue = new AdapterQueue(plan, {
      clock: world.clock,
      activity,
      send: (delivery, pace) => send(delivery, queue, pace),
      isPaused: (delivery) => pauses.holds(delivery),
      changed: (adapter, what) => this.#changed(adapter, what),
      giveBack,
      expired,
      drained: () => drained(queue),
      record: () => this.#save(queue),
    });
    // By the time of our start: the machine's clock may have been set since, and records know no other.
    const opened = this.#opened ?? momentOf(world.clock);
    const crashes = this.#crashes;
    const { lost } = await restoreQueue(queue, world, { opened, crashes });
    // What a crash may have left unrecorded must outlive the next one, too.
    if (lost && queue.budget.isRecorded) await saveQueue(queue, world, crashes);
    this.#ready.set(plan.name, queue);
    return queue;
  }

  #changed(adapter: string, what: "opened" | "closed" | "held"): void {
    const queue = this.#ready.get(adapter);
    if (queue === undefined) return;
    const { activity, world } = this.#parts;
    const { clock, log } = world;
    const status = describe(queue.status(clock.now()));
    if (what === "held") log.write("info", "a partner asked for a rest", status);
    else if (what === "opened") log.write("warn", "a partner seems to be down", status);
    else log.write("info", "a partner is back", { adapter });
    void activity.track(() => this.#save(queue));
    if (what !== "held") world.signals?.reach("circuit-changed", { adapter });
  }

  async #save(queue: AdapterQueue): Promise<boolean> {
    this.#saving.add(queue);
    try {
      await saveQueue(queue, this.#parts.world, this.#crashes);
      return true;
    } catch (error) {
      this.#parts.failed(error);
      return false;
    } finally {
      this.#saving.delete(queue);
    }
  }
}

function describe(status: AdapterStatus): Readonly<Record<string, Json>> {
  return {
    adapter: status.adapter,
    queued: status.queued,
    until: status.heldUntil === undefined ? null : new Date(status.heldUntil).toISOString(),
  };
}
