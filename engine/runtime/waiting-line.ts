import type { Delivery } from "../model/delivery.ts";

/** High, normal, low. */
export const priorities = [0, 1, 2] as const;
export type Priority = (typeof priorities)[number];

/** Where in the line one stands whose turn it is. */
export interface Turn {
  readonly priority: Priority;
  readonly index: number;
}

/** Deliveries that wait for their turn, by priority and in order. What a person paused lets others pass. */
export class WaitingLine {
  readonly #isPaused: (delivery: Delivery) => boolean;
  readonly #queues: readonly [Delivery[], Delivery[], Delivery[]] = [[], [], []];
  /** Those whose answers are of use for a while only. */
  readonly #urgent = new Set<Delivery>();

  constructor(isPaused: (delivery: Delivery) => boolean) {
    this.#isPaused = isPaused;
  }

  get length(): number {
    const [high, normal, low] = this.#queues;
    return high.length + normal.length + low.length;
  }

  get hasUrgent(): boolean {
    return this.#urgent.size > 0;
  }

  all(): readonly Delivery[] {
    return this.#queues.flat();
  }

  add(delivery: Delivery, priority: Priority): void {
    this.#queues[priority].push(delivery);
    if (delivery.useBefore !== undefined) this.#urgent.add(delivery);
  }

  /** Whose turn it is: the oldest of the highest priority that nobody paused. */
  next(): Turn | undefined {
    for (const priority of priorities) {
      const index = this.#queues[priority].findIndex((delivery) => !this.#isPaused(delivery));
      if (index >= 0) return { priority, index };
    }
    return undefined;
  }

  take({ priority, index }: Turn): Delivery | undefined {
    const [delivery] = this.#queues[priority].splice(index, 1);
    if (delivery !== undefined) this.#urgent.delete(delivery);
    return delivery;
  }

  /** Forgets deliveries that no longer matter, and says which. */
  drop(isGone: (delivery: Delivery) => boolean): readonly Delivery[] {
    return this.#queues.flatMap((queue) => {
      const gone = queue.filter(isGone);
      const left = queue.filter((delivery) => !gone.includes(delivery));
      if (gone.length > 0) queue.splice(0, queue.length, ...left);
      for (const delivery of gone) this.#urgent.delete(delivery);
      return gone;
    });
  }

  /** How many would go before one that is put last. */
  ahead(priority: Priority): number {
    const before = this.#queues.slice(0, priority + 1).flat();
    return before.filter((delivery) => !this.#isPaused(delivery)).length;
  }

  /** The priority from which on there are `enough` that nobody paused, of it and of higher ones. */
  enoughFrom(enough: number): Priority | undefined {
    let waiting = 0;
    return priorities.find((priority) => {
      waiting += this.#queues[priority].filter((delivery) => !this.#isPaused(delivery)).length;
      return waiting >= enough;
    });
  }

  /** Takes out what comes too late. `why` is asked of what is urgent, with how many go before it. */
  takeLate(
    why: (delivery: Delivery, priority: Priority, ahead: number) => string | undefined,
  ): ReadonlyMap<Delivery, string> {
    const late = new Map<Delivery, string>();
    let ahead = 0;
    for (const priority of priorities) {
      for (const delivery of this.#queues[priority]) {
        const isUrgent = this.#urgent.has(delivery);
        const reason = isUrgent ? why(delivery, priority, ahead) : undefined;
        if (reason !== undefined) late.set(delivery, reason);
        else if (!this.#isPaused(delivery)) ahead += 1;
      }
    }
    this.drop((delivery) => late.has(delivery));
    return late;
  }

  /** True where all that waits is paused. */
  get isPaused(): boolean {
    return this.length > 0 && this.all().every(this.#isPaused);
  }
}
