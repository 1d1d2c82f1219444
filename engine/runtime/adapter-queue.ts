import type { Delivery } from "../model/delivery.ts";
import type { Instant } from "../model/json.ts";
import type { AdapterPlan } from "../model/plan/adapter.ts";
import type { Clock } from "../ports/clock.ts";
import type { Pace } from "../ports/transport.ts";
import type { Activity } from "./activity.ts";
import { Budget, type BudgetWindow, type Spent } from "./budget.ts";
import { Circuit, type CircuitPolicy } from "./circuit.ts";
import type { AdapterStatus } from "./status.ts";
import { whyTooLate } from "./too-late.ts";
import { type Priority, WaitingLine } from "./waiting-line.ts";

const concurrencyDefault = 8;
/** Share of the latest answer in the average. */
const averageShare = 0.1;
/** A request whose session had ended waits so long for its turn to go once more. */
const againMsMax = 10_000;
/** A record that the store could not take is tried again after so long. */
const recordAgainMs = 1_000;
/** What became of one request, as far as the queue must know. */
export interface Sent {
  /** False when the partner seems to be down. */
  readonly ok: boolean;
  /** The partner wants no request before this time. */
  readonly holdUntil?: Instant;
}

export interface AdapterQueueParts {
  readonly clock: Clock;
  readonly activity: Activity;
  /** Sends and never rejects. Resolves when the partner answered, or when it is clear that it will not. */
  readonly send: (delivery: Delivery, pace: Pace) => Promise<Sent>;
  readonly isPaused: (delivery: Delivery) => boolean;
  /** The circuit opened or closed, or the partner asked for a rest. */
  readonly changed: (adapter: string, what: "opened" | "closed" | "held") => void;
  /** There is room again for deliveries that wait in the store. */
  readonly drained: () => void;
  /** A delivery cannot leave while its answer is of use: its step is to know. */
  readonly giveBack: (delivery: Delivery, why: string) => void;
  /** A delivery's turn came after its key was forgotten: its step is to find out. */
  readonly expired: (delivery: Delivery) => void;
  /** Puts on record what was spent; false where the store could not. */
  readonly record: () => Promise<boolean>;
}

/** Deliveries of one adapter that are due: sent as budget, circuit, holds and concurrency allow. */
export class AdapterQueue {
  readonly adapter: string;
  readonly budget: Budget;
  readonly circuit: Circuit;
  readonly #parts: AdapterQueueParts;
  readonly #line: WaitingLine;
  #concurrency: number;
  /** When each request that is under way began, by the steady clock. */
  readonly #underWay = new Set<{ readonly since: number }>();
  /** Deliveries that are being committed, and will be added then. */
  #promised = 0;
  /** The partner wants no request before this time of the steady clock, whatever the machine's is set to. */
  #restUntil = -Infinity;
  #wake: { readonly at: Instant; readonly cancel: () => void } | undefined;
  #open = true;
  #recording: Promise<boolean> | undefined;
  #averageMs: number | undefined;

  constructor(plan: AdapterPlan, parts: AdapterQueueParts) {
    this.adapter = plan.name;
    this.#parts = parts;
    this.#line = new WaitingLine(parts.isPaused);
    this.budget = new Budget(windowsOf(plan));
    this.circuit = new Circuit(policyOf(plan));
    this.#concurrency = plan.concurrency ?? concurrencyDefault;
  }

  /**
   * The priority from which on it is of no use to take more from the store, if any: enough of this
   * priority or a higher one waits here. What a person paused does not count: it would keep out what
   * is not paused.
   */
  fullFrom(queued: number): Priority | undefined {
    return this.#line.enoughFrom(Math.max(queued, 2 * this.#concurrency));
  }

  get sending(): number {
    return this.#underWay.size;
  }

  get holdUntil(): Instant {
    const { clock } = this.#parts;
    const wait = this.#restUntil - clock.steady();
    return wait > 0 ? clock.now() + Math.ceil(wait) : 0;
  }

  /** The plan changed: limits are new, what was spent is not. */
  update(plan: AdapterPlan): void {
    this.budget.rewindow(windowsOf(plan));
    this.circuit.repolicy(policyOf(plan));
    this.#concurrency = plan.concurrency ?? concurrencyDefault;
    this.pump();
  }

  add(delivery: Delivery, priority: Priority): void {
    this.#line.add(delivery, priority);
  }

  /** True for one that, put last, could not leave while its answer is of use. */
  isTooLate(delivery: Delivery, priority: Priority): boolean {
    return this.#whyTooLate(delivery, priority, this.#line.ahead(priority)) !== undefined;
  }

  /** Keeps a place for a delivery, if it could leave at once; `release` gives the place back. */
  reserve(now: Instant, priority: Priority): boolean {
    const used = this.sending + this.#promised;
    if (!this.#open || used >= this.#concurrency || this.#line.length > 0) return false;
    if (this.#free(now, priority) !== now) return false;
    this.#promised += 1;
    return true;
  }

  release(): void {
    this.#promised -= 1;
  }

  ids(): readonly string[] {
    return this.#line.all().map(({ id }) => id);
  }

  /** Forgets deliveries that no longer matter, and says which. */
  drop(isGone: (delivery: Delivery) => boolean): readonly Delivery[] {
    return this.#line.drop(isGone);
  }

  hold(until: Instant): void {
    const { clock } = this.#parts;
    const restUntil = clock.steady() + (until - clock.now());
    // The same time, told again a fraction of a millisecond later, is no other.
    if (restUntil <= this.#restUntil + 1) return;
    this.#restUntil = restUntil;
    this.#parts.changed(this.adapter, "held");
  }

  close(): void {
    this.#open = false;
    this.#wake?.cancel();
    this.#wake = undefined;
  }

  /**
   * Sends what may be sent now; otherwise sees to it that it is asked again in time. What cannot be
   * sent while its answer is of use goes back.
   */
  pump(): void {
    this.#sendAll();
    if (this.#open && this.#line.hasUrgent) this.#giveBack();
  }

  #sendAll(): void {
    while (this.#open && this.sending < this.#concurrency) {
      const now = this.#parts.clock.now();
      const next = this.#line.next();
      if (next === undefined) return;
      const free = this.#free(now, next.priority);
      if (free === undefined) return;
      if (free > now) {
        this.#wakeAt(free);
        return;
      }
      if (this.budget.mustRecord) {
        this.#goOnOnceRecorded();
        return;
      }
      const delivery = this.#line.take(next);
      if (delivery === undefined) return;
      if (delivery.sendBefore !== undefined && now > delivery.sendBefore) {
        this.#parts.expired(delivery);
        continue;
      }
      if (delivery.useBefore !== undefined && now > delivery.useBefore) {
        this.#parts.giveBack(delivery, "the time that its step has was over before it could leave");
        continue;
      }
      const spent = this.budget.take();
      this.circuit.sending(now);
      const request = { since: this.#parts.clock.steady() };
      this.#underWay.add(request);
      void this.#send(delivery, spent, next.priority, request);
    }
  }

  #giveBack(): void {
    const late = this.#line.takeLate((...one) => this.#whyTooLate(...one));
    for (const [delivery, why] of late) this.#parts.giveBack(delivery, why);
  }

  #whyTooLate(delivery: Delivery, priority: Priority, ahead: number): string | undefined {
    const { clock, isPaused } = this.#parts;
    const now = clock.now();
    const steady = clock.steady();
    const circuit = this.circuit.free(now);
    const inLine = this.budget.free(steady, priority, ahead) - steady;
    return whyTooLate(delivery, {
      probing: circuit === undefined,
      circuit: circuit ?? now,
      rest: this.holdUntil,
      budget: now + Math.ceil(this.budget.free(steady, priority) - steady),
      likely: now + Math.ceil(Math.max(inLine, this.#placeIn(ahead, steady))),
      paused: isPaused(delivery),
    });
  }

  /**
   * When a place for one more request will be free, in milliseconds from now, with so many before it: as
   * answers came so far. One that takes longer than others is taken to last as long again.
   */
  #placeIn(ahead: number, steady: number): number {
    const places = this.#concurrency - this.sending;
    if (ahead < places) return 0;
    const average = this.#averageMs ?? 0;
    const left = [...this.#underWay].map(({ since }) =>
      Math.max(average - (steady - since), steady - since),
    );
    const rounds = Math.floor((ahead - places) / this.#concurrency);
    return Math.min(...left) + rounds * average;
  }

  status(now: Instant): AdapterStatus {
    const free = this.#free(now, this.#line.next()?.priority ?? 0);
    const dues = this.#line.all().map((delivery) => delivery.due);
    const why = this.#why(now);
    return {
      adapter: this.adapter,
      queued: dues.length,
      ...(dues.length > 0 ? { oldestDue: dues.reduce((a, b) => Math.min(a, b)) } : {}),
      sending: this.sending,
      concurrency: this.#concurrency,
      ...(this.#averageMs === undefined ? {} : { averageMs: Math.round(this.#averageMs) }),
      budget: this.budget.windows.map((window) => ({
        ...window,
        used: this.budget.used(window, this.#parts.clock.steady()),
      })),
      circuit: this.circuit.state(now),
      ...(free !== undefined && free > now ? { heldUntil: free } : {}),
      ...(why === undefined ? {} : { why }),
    };
  }

  async #send(
    delivery: Delivery,
    taken: Spent,
    priority: Priority,
    request: { readonly since: number },
  ): Promise<void> {
    const { activity, clock } = this.#parts;
    activity.begin();
    let spent = taken;
    const sent = await this.#parts.send(delivery, {
      left: () => this.budget.left(spent, clock.steady()),
      again: async () => {
        this.budget.answered(spent, clock.steady());
        const more = await this.#takeLater(priority);
        spent = more ?? spent;
        return more !== undefined;
      },
    });
    const now = clock.now();
    const endedAt = clock.steady();
    this.budget.answered(spent, endedAt);
    const took = endedAt - request.since;
    const before = this.#averageMs ?? took;
    this.#averageMs = before + (took - before) * averageShare;
    this.#underWay.delete(request);
    const changed = this.circuit.ended(sent.ok, now);
    if (changed !== undefined) this.#parts.changed(this.adapter, changed);
    if (sent.holdUntil !== undefined) this.hold(sent.holdUntil);
    this.pump();
    this.#parts.drained();
    activity.end();
  }

  #free(now: Instant, priority: Priority): Instant | undefined {
    const circuit = this.circuit.free(now);
    if (circuit === undefined) return undefined;
    return Math.max(circuit, this.#paced(now, priority));
  }

  /** When budget and rest let one more request go, at the earliest. */
  #paced(now: Instant, priority: Priority | undefined): Instant {
    const steady = this.#parts.clock.steady();
    const at = Math.max(this.#restUntil, this.budget.free(steady, priority));
    return now + Math.ceil(at - steady);
  }

  /** Takes from the budget as soon as one more request may go; undefined where that takes too long. */
  async #takeLater(priority: Priority): Promise<Spent | undefined> {
    const { clock, activity } = this.#parts;
    for (;;) {
      const now = clock.now();
      const at = this.#paced(now, priority);
      if (at <= now) {
        if (!this.budget.mustRecord) return this.budget.take();
        // Others may go while it is written: the budget is asked again.
        if (await this.#record()) continue;
        return undefined;
      }
      if (!this.#open || at > now + againMsMax) return undefined;
      await activity.rest((wake) => void clock.schedule(at, wake));
    }
  }

  /** One record at a time, whoever waits for it. */
  #record(): Promise<boolean> {
    this.#recording ??= this.#parts.record().finally(() => {
      this.#recording = undefined;
    });
    return this.#recording;
  }

  #goOnOnceRecorded(): void {
    if (this.#recording !== undefined) return;
    const { clock, activity } = this.#parts;
    void activity.track(async () => {
      if (await this.#record()) this.pump();
      else if (this.#open) this.#wakeAt(clock.now() + recordAgainMs);
    });
  }

  #why(now: Instant): NonNullable<AdapterStatus["why"]> | undefined {
    if (this.circuit.state(now) === "open") return "circuit";
    if (this.holdUntil > now) return "retry-after";
    if (this.#paced(now, this.#line.next()?.priority) > now) return "budget";
    return this.#line.isPaused ? "paused" : undefined;
  }

  #wakeAt(at: Instant): void {
    if (this.#wake !== undefined && this.#wake.at <= at) return;
    this.#wake?.cancel();
    const cancel = this.#parts.clock.schedule(at, () => {
      this.#wake = undefined;
      this.pump();
    });
    this.#wake = { at, cancel };
  }
}

function windowsOf(plan: AdapterPlan): readonly BudgetWindow[] {
  return (plan.budget ?? []).map(({ limit, per, reserve }) => ({
    limit,
    perMs: per,
    ...(reserve === undefined ? {} : { reserve }),
  }));
}

function policyOf(plan: AdapterPlan): CircuitPolicy | undefined {
  const { circuit } = plan;
  if (circuit === undefined) return undefined;
  return { failures: circuit.failures, withinMs: circuit.within, openMs: circuit.open };
}
