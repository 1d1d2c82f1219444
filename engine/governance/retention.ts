import { UsageError } from "../errors/flow-error.ts";
import type { Instant } from "../model/json.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import {
  type Cutoffs,
  type RetentionClass,
  retentionClasses,
  type RetentionOutlook,
  type RetentionPass,
  type RetentionReader,
  type RetentionStore,
} from "../ports/retention-store.ts";
import type { AuditEntry } from "../ports/store.ts";
import { cutoffsOf, dueOf, type PurgeRequest, type RetentionPolicy } from "./cutoffs.ts";

/** After the start everything else comes first. */
const firstAfterMs = 30_000;
/** Between two passes by itself. */
const everyMs = 900_000;
/** Between two transactions of a pass: accepts and deliveries go on. */
const pauseMs = 25;

export interface RetentionWorld {
  readonly store: RetentionStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly audit: (entry: AuditEntry, now: Instant) => Promise<void>;
  readonly policy: () => RetentionPolicy | undefined;
  /** Between two transactions of what a person asked for; shorter than by itself. */
  readonly pauseMs?: number;
}

/** How far a purge is, or how the last one went. */
export interface PurgeState {
  readonly by: string;
  readonly cutoffs: Cutoffs;
  readonly startedAt: Instant;
  /** What it is at: a class, keys, or giving pages back. */
  readonly at: RetentionClass | "keys" | "file" | "over";
  readonly done: Readonly<Record<RetentionClass | "keys", number>>;
  /** Messages that are over and still needed, by class. */
  readonly waiting: Readonly<Record<RetentionClass, number>>;
  /** Bytes within the file that are free, once pages are given back. */
  readonly freeBytes?: number;
  readonly endedAt?: Instant;
  /** Why it ended early. */
  readonly why?: string;
}

/** What a purge would do. */
export interface PurgeOutlook {
  readonly cutoffs: Cutoffs;
  readonly classes: { readonly [Class in RetentionClass]?: RetentionOutlook };
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Going = Mutable<Omit<PurgeState, "done" | "waiting">> & {
  readonly done: Record<RetentionClass | "keys", number>;
  readonly waiting: Record<RetentionClass, number>;
};

/** The engine itself, in lists of who did what. */
const itself = "retention";

/**
 * Lets what is over go: by itself a while after each start and then every quarter of an hour, or when
 * a person asks. It works in small transactions with pauses between them, goes on where it stood, and
 * writes down who let go of how much.
 */
export class Retention {
  readonly #world: RetentionWorld;
  #state: Going | undefined;
  #isOpen = false;
  #cancel: () => void = () => {};
  #endPause: () => void = () => {};
  #work: Promise<void> = Promise.resolve();

  constructor(world: RetentionWorld) {
    this.#world = world;
  }

  start(): void {
    this.#isOpen = true;
    this.#arm(firstAfterMs);
  }

  async stop(): Promise<void> {
    this.#isOpen = false;
    this.#cancel();
    this.#endPause();
    await this.#work;
  }

  /** The purge under way, or the last one since the start. */
  state(): PurgeState | undefined {
    return this.#state;
  }

  /** What a purge would do, by class; changes nothing. */
  async outlook(request: PurgeRequest): Promise<PurgeOutlook> {
    const { clock, policy, store } = this.#world;
    return foresee(store.read, cutoffsOf(request, policy(), clock.now()), clock.now());
  }

  /**
   * Lets all go that is over; it is under way when this answers. One that goes on by itself gives way.
   * Throws `UsageError` while another person's is under way, and as `cutoffsOf` does.
   */
  purge(request: PurgeRequest, by: string): PurgeState {
    const cutoffs = cutoffsOf(request, this.#world.policy(), this.#world.clock.now());
    const going = this.#state;
    if (going !== undefined && going.endedAt === undefined && going.by !== itself) {
      throw new UsageError("governance/purging", `a purge of ${going.by} is under way`, {
        help: "wait for its end: `sluice status` shows how far it is",
      });
    }
    const before = this.#work;
    const state = this.#begin(cutoffs, by);
    this.#work = before.then(() => this.#go(state));
    return state;
  }

  #due(): Cutoffs {
    return dueOf(this.#world.policy(), this.#world.clock.now());
  }

  /** Resolves when no purge is under way. */
  async idle(): Promise<void> {
    await this.#work;
  }

  #begin(cutoffs: Cutoffs, by: string): Going {
    const state: Going = {
      by,
      cutoffs,
      startedAt: this.#world.clock.now(),
      at: "history",
      done: { payloads: 0, history: 0, audit: 0, keys: 0 },
      waiting: { payloads: 0, history: 0, audit: 0 },
    };
    this.#state = state;
    return state;
  }

  #arm(afterMs: number): void {
    const { clock } = this.#world;
    this.#cancel = clock.schedule(clock.now() + afterMs, () => {
      this.#arm(everyMs);
      if (this.#state !== undefined && this.#state.endedAt === undefined) return;
      this.#work = this.#work.then(() => this.#go(this.#begin(this.#due(), itself)));
    });
  }

  /** History first: what is removed whole need not be emptied before. */
  async #go(state: Going): Promise<void> {
    const { store, clock, log } = this.#world;
    try {
      for (const kind of ["history", "payloads", "audit"] as const) {
        const before = state.cutoffs[kind];
        if (before === undefined) continue;
        state.at = kind;
        await this.#walk(state, store.pass(kind, before), (step) => {
          state.done[kind] += step.done;
          state.waiting[kind] += step.waiting;
        });
      }
      state.at = "keys";
      await this.#walk(state, store.forgetKeys(), ({ done }) => {
        state.done.keys += done;
      });
      await this.#record(state);
      state.at = "file";
      await this.#shrink(state);
    } catch (error) {
      state.why = error instanceof Error ? error.message : "not an error";
      log.write("warn", "retention stopped early; it goes on with the next pass", {
        why: state.why,
      });
    }
    state.at = "over";
    state.endedAt = clock.now();
  }

  async #walk(
    state: Going,
    pass: RetentionPass,
    count: (step: Awaited<ReturnType<RetentionPass["step"]>>) => void,
  ): Promise<void> {
    while (this.#mayGoOn(state)) {
      const step = await pass.step(this.#world.clock.now());
      count(step);
      if (step.finished) return;
      await this.#pause(state);
    }
  }

  /** Only after something went: pages that are free anyway are used again. */
  async #shrink(state: Going): Promise<void> {
    const { done } = state;
    if (done.payloads + done.history + done.audit + done.keys === 0) return;
    let last = Infinity;
    while (this.#mayGoOn(state)) {
      const freeBytes = await this.#world.store.shrink();
      state.freeBytes = freeBytes;
      // A reader may hold on to the pages: they are given back another time.
      if (freeBytes === 0 || freeBytes >= last) return;
      last = freeBytes;
      await this.#pause(state);
    }
  }

  /** False once another has taken over, or the engine stops: the next pass goes on. */
  #mayGoOn(state: Going): boolean {
    return this.#isOpen && this.#state === state;
  }

  async #pause({ by }: Going): Promise<void> {
    const { clock, pauseMs: given = pauseMs } = this.#world;
    await new Promise<void>((resolve) => {
      this.#endPause = resolve;
      clock.schedule(clock.now() + (by === itself ? pauseMs : given), resolve);
    });
  }

  async #record({ by, cutoffs, done, waiting }: Going): Promise<void> {
    const { audit, clock, log } = this.#world;
    for (const kind of retentionClasses) {
      const before = cutoffs[kind];
      if (before === undefined || (done[kind] === 0 && by === itself)) continue;
      const detail = {
        before: new Date(before).toISOString(),
        [kind === "payloads" ? "emptied" : "removed"]: done[kind],
        ...(kind === "audit" ? {} : { stillNeeded: waiting[kind] }),
      };
      await audit({ actor: by, action: "purge", target: kind, detail }, clock.now());
      log.write("info", `retention let go of ${kind}`, { by, ...detail });
    }
  }
}

/** What letting go would do to a store, on any connection. */
export async function foresee(
  read: RetentionReader,
  cutoffs: Cutoffs,
  now: Instant,
): Promise<PurgeOutlook> {
  const classes: { -readonly [Class in RetentionClass]?: RetentionOutlook } = {};
  for (const kind of retentionClasses) {
    const before = cutoffs[kind];
    if (before !== undefined) classes[kind] = await read.outlook(kind, before, now);
  }
  return { cutoffs, classes };
}
