import type { Delivery } from "../model/delivery.ts";
import type { RawOutcome } from "../model/request.ts";
import type { TimerName } from "../model/run-event.ts";
import { endedStatuses, parkedStatuses } from "../model/run.ts";
import type { DueTimer } from "../ports/store.ts";
import type { Activity } from "./activity.ts";
import type { Decider, Done, Job } from "./decider.ts";
import type { Pauses } from "./pauses.ts";
import { Pump } from "./pump.ts";
import type { Limits, World } from "./world.ts";

/** Signals and timers taken at once. */
const batch = 128;

export interface DispatchParts {
  readonly world: World;
  readonly limits: Limits;
  readonly activity: Activity;
  readonly decider: Decider;
  readonly pauses: Pauses;
  readonly failed: (error: unknown) => void;
}

/** Brings to the decider what waits in the store: ready runs, signals, timers. */
export class Dispatch {
  readonly #parts: DispatchParts;
  readonly #claims: Pump;
  readonly #signals: Pump;
  readonly #timers: Pump;
  readonly #firing = new Set<string>();
  #deciding = 0;
  /** More runs may be ready than were claimed: the last claim took all it could, or there was no room. */
  #mayBeMore = false;

  constructor(parts: DispatchParts) {
    this.#parts = parts;
    const pump = (round: () => Promise<void>): Pump =>
      new Pump(parts.activity, round, parts.failed);
    this.#claims = pump(() => this.#claim());
    this.#signals = pump(() => this.#takeSignals());
    this.#timers = pump(() => this.#fireTimers());
  }

  get deciding(): number {
    return this.#deciding;
  }

  /** How many runs could be decided now: none while others wait for it. */
  get room(): number {
    const { pauses, limits } = this.#parts;
    if (this.#mayBeMore || pauses.any) return 0;
    return limits.deciding - this.#deciding;
  }

  open(): void {
    for (const pump of [this.#signals, this.#timers, this.#claims]) pump.open();
  }

  close(): void {
    for (const pump of [this.#signals, this.#timers, this.#claims]) pump.close();
  }

  /** A run may have become ready. */
  kickRuns(): void {
    this.#claims.kick();
  }

  kickSignals(): void {
    this.#signals.kick();
  }

  kickTimers(): void {
    this.#timers.kick();
  }

  /** Brings the outcome of a delivery to its run; never rejects. */
  outcome(delivery: Delivery, outcome: RawOutcome, crashed: boolean): Promise<void> {
    const { activity, decider } = this.#parts;
    const { id, path, runId } = delivery;
    const event = { kind: "outcome", deliveryId: id, path, outcome, crashed } as const;
    return activity.track(() => decider.handle({ runId, event, deliveryId: id }));
  }

  async #claim(): Promise<void> {
    const { world, limits, pauses, activity } = this.#parts;
    const room = limits.deciding - this.#deciding;
    this.#mayBeMore = true;
    // The end of a decision kicks again.
    if (room <= 0) return;
    const claimed = await world.store.claim(room, world.clock.now(), pauses.runs());
    this.#mayBeMore = claimed.length === room;
    for (const { snapshot, claims } of claimed) {
      this.#deciding += 1;
      const job: Job = { runId: snapshot.id, event: { kind: "start" }, snapshot, claims };
      void activity.track(() => this.#start(job));
    }
  }

  async #start(job: Job): Promise<void> {
    await this.#parts.decider.handle(job);
    this.#deciding -= 1;
    if (this.#mayBeMore) this.#claims.kick();
  }

  async #takeSignals(): Promise<void> {
    const { activity, decider, world } = this.#parts;
    const signals = await world.store.takeSignals(batch);
    await activity.all(
      signals.map(
        ({ id, runId, event }) =>
          () =>
            decider.handle({ runId, event, signalId: id }),
      ),
    );
    if (signals.length === batch) this.#signals.kick();
  }

  async #fireTimers(): Promise<void> {
    const { activity, world } = this.#parts;
    const timers = await world.store.dueTimers(world.clock.now(), batch);
    // The store may name a timer again as long as its event is not committed.
    const fresh = timers.filter((timer) => !this.#firing.has(keyOf(timer)));
    await activity.all(fresh.map((timer) => () => this.#fire(timer)));
    if (timers.length === batch && fresh.length > 0) this.#timers.kick();
  }

  async #fire(timer: DueTimer): Promise<void> {
    const key = keyOf(timer);
    this.#firing.add(key);
    const { runId, path } = timer;
    // The store gives names back as it took them.
    const name = timer.name as TimerName;
    await this.#parts.decider.handle({ runId, event: { kind: "timer", path, name } });
    this.#firing.delete(key);
  }
}

const keyOf = ({ runId, path, name, due }: DueTimer): string => `${runId} ${path} ${name} ${due}`;

export const isEnded = ({ decision }: Done): boolean => endedStatuses.includes(decision.status);
export const isParked = ({ decision }: Done): boolean => parkedStatuses.includes(decision.status);
