import type { Instant } from "../../model/json.ts";
import type { Clock } from "../../ports/clock.ts";

/** What a log-in gave: a session or a token. */
export interface Grant<T> {
  readonly value: T;
  /** Not used after this time. */
  readonly expiresAt?: Instant;
  /** Renewed from this time on, while the old one still holds. */
  readonly renewAt?: Instant;
  /** Dead after so long without use, in milliseconds. */
  readonly idleMs?: number;
}

/** What one log-in came to. */
export type Obtained<T> =
  | { readonly kind: "granted"; readonly grant: Grant<T> }
  /** The partner said no; asking again soon would lock the account. */
  | { readonly kind: "unauthorized"; readonly reason: string; readonly retryAt?: Instant }
  /** The partner could not be asked. */
  | { readonly kind: "unreachable"; readonly reason: string };

/** A grant in use. The ticket names it, so that a dead one is renewed once, however many saw it die. */
export type Held<T> =
  | { readonly kind: "held"; readonly value: T; readonly ticket: number }
  | Exclude<Obtained<T>, { readonly kind: "granted" }>;

interface Entry<T> {
  grant?: Grant<T>;
  ticket: number;
  usedAt: Instant;
  flight?: Promise<Obtained<T>>;
  refusals: number;
  refused?: { readonly reason: string; readonly until: Instant };
  /** Set while the last log-in failed, whatever the reason. */
  failing?: { readonly reason: string; readonly since: Instant };
}

/** How log-ins under one key stand. */
export interface LogInState {
  readonly key: string;
  readonly failing?: { readonly reason: string; readonly since: Instant };
}

const firstPauseMs = 5_000;
const longestPauseMs = 300_000;

/**
 * Log-ins by adapter: kept as long as they hold, one at a time, and none at all while the partner
 * has us locked out. Wrong credentials are tried again after 5 s, 10 s, … 5 min.
 */
export class Grants<T> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #clock: Clock;
  readonly #changed: () => void;

  /** `changed`: log-ins begin to fail, or are granted again. */
  constructor(clock: Clock, changed: () => void = () => {}) {
    this.#clock = clock;
    this.#changed = changed;
  }

  /**
   * The grant under `key`. `dead` is the ticket of one that the partner no longer takes: it is
   * renewed, unless that has happened since.
   */
  async hold(key: string, obtain: () => Promise<Obtained<T>>, dead?: number): Promise<Held<T>> {
    const entry = this.#entry(key);
    if (dead !== undefined && entry.ticket === dead) delete entry.grant;
    const now = this.#clock.now();
    const grant = this.#living(entry, now);
    if (grant !== undefined && now < (grant.renewAt ?? Infinity)) return held(entry, grant, now);
    if (entry.refused !== undefined && now < entry.refused.until) {
      if (grant !== undefined) return held(entry, grant, now);
      const { reason, until } = entry.refused;
      return { kind: "unauthorized", reason, retryAt: until };
    }
    entry.flight ??= this.#obtain(entry, obtain);
    const obtained = await entry.flight;
    if (obtained.kind === "granted") return held(entry, obtained.grant, this.#clock.now());
    // Renewal ahead of time failed: the old one still holds.
    const old = this.#living(entry, this.#clock.now());
    return old === undefined ? obtained : held(entry, old, this.#clock.now());
  }

  /** Those that were tried since the start. */
  states(): readonly LogInState[] {
    return [...this.#entries]
      .filter(([, { ticket, failing }]) => ticket > 0 || failing !== undefined)
      .map(([key, { failing }]) => ({ key, ...(failing === undefined ? {} : { failing }) }));
  }

  async #obtain(entry: Entry<T>, obtain: () => Promise<Obtained<T>>): Promise<Obtained<T>> {
    try {
      const obtained = await obtain();
      const now = this.#clock.now();
      if (obtained.kind === "granted") {
        entry.grant = obtained.grant;
        entry.ticket += 1;
        entry.usedAt = now;
        entry.refusals = 0;
        delete entry.refused;
        const wasFailing = entry.failing !== undefined;
        delete entry.failing;
        if (wasFailing || entry.ticket === 1) this.#changed();
        return obtained;
      }
      const isNew = entry.failing === undefined;
      entry.failing = { reason: obtained.reason, since: entry.failing?.since ?? now };
      if (isNew) this.#changed();
      if (obtained.kind === "unauthorized") {
        const pause = Math.min(firstPauseMs * 2 ** entry.refusals, longestPauseMs);
        entry.refusals += 1;
        const until = Math.max(obtained.retryAt ?? 0, now + pause);
        entry.refused = { reason: obtained.reason, until };
        return { ...obtained, retryAt: until };
      }
      return obtained;
    } finally {
      delete entry.flight;
    }
  }

  #living(entry: Entry<T>, now: Instant): Grant<T> | undefined {
    const { grant } = entry;
    if (grant === undefined || now >= (grant.expiresAt ?? Infinity)) return undefined;
    return now - entry.usedAt > (grant.idleMs ?? Infinity) ? undefined : grant;
  }

  #entry(key: string): Entry<T> {
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = { ticket: 0, usedAt: 0, refusals: 0 };
      this.#entries.set(key, entry);
    }
    return entry;
  }
}

function held<T>(entry: Entry<T>, grant: Grant<T>, now: Instant): Held<T> {
  entry.usedAt = now;
  return { kind: "held", value: grant.value, ticket: entry.ticket };
}
