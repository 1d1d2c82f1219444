import type { Instant } from "../model/json.ts";

/** At most `limit` requests in any span of `perMs`. */
export interface BudgetWindow {
  readonly limit: number;
  readonly perMs: number;
  /** So many of them are for high priority alone. */
  readonly reserve?: number;
}

/** Requests of a while ago, told less and less exactly: `[time, count]`, oldest first. */
export type BudgetRecord = readonly (readonly [at: Instant, count: number])[];

/** One request that the budget has let go. */
export interface Spent {
  /** When it was handed to a socket; unknown until then. */
  leftAt?: Steady;
}

/** Milliseconds of a clock that nobody sets: `Clock.steady`. */
type Steady = number;

/**
 * The partner counts a request when it arrives, which is after it left and before it is answered. It
 * counts here as of its answer, or of so long after it left when the answer takes longer: a slow
 * partner must not be asked much less than it allows. At most a quarter of the shortest window.
 */
const arrivalMsMax = 250;
/** Clocks tell whole milliseconds. */
const tickMs = 1;
/** After a crash, requests of the last moments are not on record: windows up to this count as spent. */
const shortMs = 10_000;
/** Long windows are recorded this often in each span… */
const recordsPerWindow = 20;
/**
 * …and after so many requests at the latest: what a crash leaves unrecorded counts as spent, and many
 * crashes must not use up a day's budget that nobody used.
 */
const unrecordedMax = 16;

/**
 * Sliding windows over one log of requests: exact in every span at the partner, not only in calendar
 * ones. The log holds one number a request, as many as the widest limit; each question is one look-up
 * a window. All times but those on record are of the steady clock.
 */
export class Budget {
  #windows: readonly BudgetWindow[] = [];
  #arrivalMs = 0;
  /** In order. */
  #log: Steady[] = [];
  /** Not answered yet, and not long gone. */
  readonly #underWay = new Set<Spent>();
  #taken = 0;
  /** So many of those taken are in a record on disk. */
  #recorded = 0;

  constructor(windows: readonly BudgetWindow[]) {
    this.rewindow(windows);
  }

  get windows(): readonly BudgetWindow[] {
    return this.#windows;
  }

  /** Other limits from now on (a reload); what was spent stays spent. */
  rewindow(windows: readonly BudgetWindow[]): void {
    this.#windows = windows;
    this.#arrivalMs = Math.min(arrivalMsMax, ...windows.map(({ perMs }) => perMs / 4));
  }

  /**
   * The earliest time, not before `now`, at which one more request may keep within every window; to
   * be asked again then, and whenever one is answered. Only high priority (0) may use what is
   * reserved for it. `ahead`: so many others go before it, each as soon as it may.
   */
  free(now: Steady, priority = 0, ahead = 0): Steady {
    this.#arrive(now);
    let at = now;
    for (const { limit: whole, perMs, reserve = 0 } of this.#windows) {
      const limit = priority === 0 ? whole : Math.max(1, whole - reserve);
      const left = limit - this.#underWay.size - (ahead % limit);
      const rounds = Math.floor(ahead / limit) * (perMs + tickMs);
      const oldest = left > 0 ? this.#log.at(-left) : now;
      if (oldest !== undefined && this.#log.length >= left) {
        at = Math.max(at, oldest + perMs + tickMs + rounds);
      } else at = Math.max(at, now + rounds);
    }
    return at;
  }

  take(): Spent {
    const spent: Spent = {};
    if (this.#windows.length === 0) return spent;
    this.#underWay.add(spent);
    this.#taken += 1;
    return spent;
  }

  left(spent: Spent, now: Steady): void {
    spent.leftAt = now;
  }

  /** Answered, or certain never to be. */
  answered(spent: Spent, now: Steady): void {
    if (this.#underWay.delete(spent)) this.#enter(Math.min(now, this.#arrivalOf(spent)));
  }

  used(window: BudgetWindow, now: Steady): number {
    this.#arrive(now);
    let used = this.#underWay.size;
    for (let index = this.#log.length - 1; index >= 0; index -= 1) {
      if ((this.#log[index] ?? 0) <= now - window.perMs) break;
      used += 1;
    }
    return used;
  }

  /** True where a window is so long that it must be remembered over a restart. */
  get isRecorded(): boolean {
    return Number.isFinite(this.#recordEvery());
  }

  /** True when a crash now would forget too much of a long window. */
  get shouldRecord(): boolean {
    return this.#taken - this.#recorded >= this.#recordEvery();
  }

  /** True when no more may be sent before what was is on record: a crash takes no more than that for lost. */
  get mustRecord(): boolean {
    return this.#taken - this.#recorded >= 2 * this.#recordEvery();
  }

  /** Requests of this process so far. */
  get taken(): number {
    return this.#taken;
  }

  /** A record is on disk that was made when so many had been taken; several may end in any order. */
  recorded(taken: number): void {
    this.#recorded = Math.max(this.#recorded, taken);
  }

  /** A short account of what was spent, never less or earlier than it was, by the clock of the day. */
  record({ steady, now }: Moment): BudgetRecord {
    this.#arrive(steady);
    const longest = Math.max(0, ...this.#windows.map(({ perMs }) => perMs));
    const entries: [Instant, number][] = [];
    if (this.#underWay.size > 0) entries.push([now, this.#underWay.size]);
    for (const at of this.#log.toReversed()) {
      if (at <= steady - longest - tickMs) break;
      const last = entries.at(-1);
      const then = Math.ceil(now - (steady - at));
      // The older, the coarser: a fiftieth of the age. Entries carry their latest time.
      if (last !== undefined && last[0] - then <= Math.max(0, now - last[0]) / 50) last[1] += 1;
      else entries.push([then, 1]);
    }
    return entries.reverse();
  }

  /**
   * Goes on from a record. Where a process crashed since, what it may have sent without a record
   * counts as sent when that was found out, at `crashedAt`.
   */
  restore(record: BudgetRecord, crashedAt: Instant | undefined, { steady, now }: Moment): void {
    // What lies ahead of a clock that went back was spent at the latest by now.
    const then = (at: Instant): Steady => steady - Math.max(0, now - at);
    this.#log = record
      .flatMap(([at, count]) => Array.from({ length: count }, () => then(at)))
      .sort((a, b) => a - b);
    if (crashedAt === undefined) return;
    const short = this.#windows.filter(({ perMs }) => perMs <= shortMs).map(({ limit }) => limit);
    const every = this.#recordEvery();
    const lost = Math.max(0, ...short, Number.isFinite(every) ? 2 * every : 0);
    for (let count = 0; count < lost; count += 1) this.#enter(then(crashedAt));
  }

  #arrivalOf({ leftAt }: Spent): Steady {
    return leftAt === undefined ? Infinity : leftAt + this.#arrivalMs;
  }

  /** What left long enough ago has arrived, answered or not. */
  #arrive(now: Steady): void {
    for (const spent of this.#underWay) {
      const at = this.#arrivalOf(spent);
      if (at > now) continue;
      this.#underWay.delete(spent);
      this.#enter(at);
    }
  }

  #enter(at: Steady): void {
    let index = this.#log.length;
    while (index > 0 && (this.#log[index - 1] ?? 0) > at) index -= 1;
    this.#log.splice(index, 0, at);
    const most = Math.max(0, ...this.#windows.map(({ limit }) => limit));
    // Trimmed rarely, since it copies.
    if (this.#log.length > 2 * most + 64) this.#log = this.#log.slice(-most);
  }

  #recordEvery(): number {
    const limits = this.#windows.filter(({ perMs }) => perMs > shortMs).map(({ limit }) => limit);
    if (limits.length === 0) return Infinity;
    return Math.min(unrecordedMax, Math.ceil(Math.min(...limits) / recordsPerWindow));
  }
}

/** One moment by both clocks. */
export interface Moment {
  readonly steady: Steady;
  readonly now: Instant;
}
