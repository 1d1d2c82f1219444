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

/**
 * A request leaves us and reaches the partner a little later, the first later than the second: each
 * window is longer by this, at most a twentieth, so that the partner, too, never sees more.
 */
const slackMsMax = 50;
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
 * Sliding windows over one log of requests: exact in every span, not only in calendar ones. The log
 * holds one number a request, as many as the widest limit; each question is one look-up a window.
 */
export class Budget {
  #windows: readonly BudgetWindow[] = [];
  #log: Instant[] = [];
  #unrecorded = 0;

  constructor(windows: readonly BudgetWindow[]) {
    this.rewindow(windows);
  }

  get windows(): readonly BudgetWindow[] {
    return this.#windows;
  }

  /** Other limits from now on (a reload); what was spent stays spent. */
  rewindow(windows: readonly BudgetWindow[]): void {
    this.#windows = windows;
  }

  /**
   * The earliest time, not before `now`, at which one more request keeps within every window; only
   * high priority (0) may use what is reserved for it.
   */
  free(now: Instant, priority = 0): Instant {
    let at = now;
    for (const { limit: whole, perMs, reserve = 0 } of this.#windows) {
      const limit = priority === 0 ? whole : Math.max(1, whole - reserve);
      const oldest = this.#log.at(-limit);
      if (this.#log.length >= limit && oldest !== undefined) {
        at = Math.max(at, oldest + perMs + Math.min(slackMsMax, perMs / 20));
      }
    }
    return at;
  }

  take(now: Instant): void {
    if (this.#windows.length === 0) return;
    this.#log.push(now);
    this.#unrecorded += 1;
    const most = Math.max(...this.#windows.map(({ limit }) => limit));
    // Trimmed rarely, since it copies.
    if (this.#log.length > 2 * most + 64) this.#log = this.#log.slice(-most);
  }

  used(window: BudgetWindow, now: Instant): number {
    let used = 0;
    for (let index = this.#log.length - 1; index >= 0; index -= 1) {
      if ((this.#log[index] ?? 0) <= now - window.perMs) break;
      used += 1;
    }
    return used;
  }

  /** True when a crash now would forget too much of a long window. */
  get shouldRecord(): boolean {
    return this.#unrecorded >= this.#recordEvery();
  }

  /** A short account of what was spent, never less or earlier than it was. */
  record(now: Instant): BudgetRecord {
    this.#unrecorded = 0;
    const longest = Math.max(0, ...this.#windows.map(({ perMs }) => perMs));
    const entries: [Instant, number][] = [];
    for (const at of this.#log.toReversed()) {
      if (at <= now - longest - slackMsMax) break;
      const last = entries.at(-1);
      // The older, the coarser: a fiftieth of the age. Entries carry their latest time.
      if (last !== undefined && last[0] - at <= Math.max(0, now - last[0]) / 50) last[1] += 1;
      else entries.push([at, 1]);
    }
    return entries.reverse();
  }

  /** Goes on from a record. After a crash, what may have been sent since counts as sent now. */
  restore(record: BudgetRecord, crashed: boolean, now: Instant): void {
    this.#log = record.flatMap(([at, count]) => Array.from({ length: count }, () => at));
    if (!crashed) return;
    const short = this.#windows.filter(({ perMs }) => perMs <= shortMs).map(({ limit }) => limit);
    const every = this.#recordEvery();
    const lost = Math.max(0, ...short, Number.isFinite(every) ? 2 * every : 0);
    for (let count = 0; count < lost; count += 1) this.#log.push(now);
  }

  #recordEvery(): number {
    const limits = this.#windows.filter(({ perMs }) => perMs > shortMs).map(({ limit }) => limit);
    if (limits.length === 0) return Infinity;
    return Math.min(unrecordedMax, Math.ceil(Math.min(...limits) / recordsPerWindow));
  }
}
