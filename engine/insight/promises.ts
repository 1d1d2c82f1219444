import type { Failure } from "../errors/failure.ts";
import type { Instant } from "../model/json.ts";
import type { Generation } from "../model/plan/generation.ts";
import type { Clock } from "../ports/clock.ts";
import type {
  FlowPromise,
  MilestoneDay,
  OpenRunRow,
  PromiseStore,
} from "../ports/promise-store.ts";

/** Two looks are at least so far apart, however many runs become late. */
const apartMs = 1_000;
/** A run is at risk once only this share of its time is left. */
const riskShare = 0.2;
const dayMs = 86_400_000;

/** Every promise that the flows of a generation make. */
function promisesOf({ flows }: Generation): readonly FlowPromise[] {
  return [...flows.values()].flatMap(({ name: flow, sla }) => [
    ...(sla?.complete === undefined ? [] : [{ flow, withinMs: sla.complete }]),
    ...Object.entries(sla?.milestones ?? {}).map(([milestone, withinMs]) => ({
      flow,
      milestone,
      withinMs,
    })),
  ]);
}

/** Where it is filed: apart from the steps, since nothing of them failed. */
function pathOf({ milestone }: FlowPromise): string {
  return milestone === undefined ? "sla.complete" : `sla.${milestone}`;
}

function lateness(promise: FlowPromise): Failure {
  const { milestone, withinMs } = promise;
  const within = spanWords(withinMs);
  return {
    class: "wait",
    code: milestone === undefined ? "sla/complete-late" : "sla/milestone-late",
    message:
      milestone === undefined
        ? `it is not complete within ${within}, as promised`
        : `milestone ${milestone} is not reached within ${within}, as promised`,
    path: pathOf(promise),
  };
}

const units = [
  ["d", dayMs],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
] as const;

/** As durations are written: `3d`, `90s`. */
function spanWords(ms: number): string {
  const unit = units.find(([, size]) => ms % size === 0);
  return unit === undefined ? `${ms}ms` : `${ms / unit[1]}${unit[0]}`;
}

export interface PromiseWorld {
  readonly store: PromiseStore;
  readonly clock: Clock;
  readonly generation: () => Generation;
}

/**
 * Looks for what has not happened. A run becomes late once, by the time it began at; so each look
 * goes over the runs that began between two times and are still under way, and the next is when the
 * next one may become late. Nothing is written for runs that keep their promise.
 */
export class PromiseWatch {
  readonly #world: PromiseWorld;
  readonly #wake: () => void;
  #known: {
    readonly hash: string;
    readonly promises: readonly FlowPromise[];
    readonly shortest: number;
  };
  /** When to look next: at once after a start and another generation. */
  #at = -Infinity;
  #cancel: () => void = () => {};

  constructor(world: PromiseWorld, wake: () => void) {
    this.#world = world;
    this.#wake = wake;
    this.#known = { hash: "", promises: [], shortest: Infinity };
  }

  /** A message was accepted: a run of it may become late after the shortest promise. */
  accepted(): void {
    const { shortest } = this.#promises();
    if (shortest === Infinity) return;
    if (this.#at === -Infinity) this.#wake();
    else this.#arm(this.#world.clock.now() + shortest);
  }

  stop(): void {
    this.#cancel();
  }

  /** Puts what became late since the last look on record. True when something did. */
  async look(): Promise<boolean> {
    const { store, clock } = this.#world;
    const { promises } = this.#promises();
    const now = clock.now();
    if (promises.length === 0 || now < this.#at) return false;
    this.#at = Infinity;
    const before = await store.looked();
    const looked: Record<string, Instant> = {};
    const late: { runNo: number; path: string; failure: Failure }[] = [];
    for (const promise of promises) {
      const path = pathOf(promise);
      const key = `${promise.flow} ${path} ${promise.withinMs}`;
      const until = now - promise.withinMs;
      const found = await store.late(promise, path, { since: before[key] ?? 0, until });
      late.push(...found.map((runNo) => ({ runNo, path, failure: lateness(promise) })));
      looked[key] = until;
    }
    await store.recordLate(late, looked, now);
    for (const withinMs of new Set(promises.map((promise) => promise.withinMs))) {
      const next = await store.nextUnderWay(now - withinMs);
      if (next !== undefined) this.#arm(Math.max(next + withinMs, now + apartMs));
    }
    return late.length > 0;
  }

  #promises() {
    const generation = this.#world.generation();
    if (this.#known.hash !== generation.hash) {
      const promises = promisesOf(generation);
      const shortest = Math.min(Infinity, ...promises.map(({ withinMs }) => withinMs));
      this.#known = { hash: generation.hash, promises, shortest };
      this.#at = -Infinity;
    }
    return this.#known;
  }

  #arm(at: Instant): void {
    if (at >= this.#at) return;
    this.#cancel();
    this.#at = at;
    this.#cancel = this.#world.clock.schedule(at, this.#wake);
  }
}

/** How many runs are late, and how many have little time left, by promise. */
export async function slaCounts({
  store,
  clock,
  generation,
}: PromiseWorld): Promise<
  readonly (FlowPromise & { readonly broken: number; readonly atRisk: number })[]
> {
  const now = clock.now();
  return Promise.all(
    promisesOf(generation()).map(async (promise) => {
      const open = await openOf(store, promise, now);
      const broken = open.filter(({ leftMs }) => leftMs <= 0).length;
      return { ...promise, broken, atRisk: open.length - broken };
    }),
  );
}

async function openOf(
  store: PromiseStore,
  promise: FlowPromise,
  now: Instant,
): Promise<readonly OpenPromise[]> {
  const { withinMs } = promise;
  const rows = await store.open(promise, now - withinMs * (1 - riskShare), openMax);
  return rows.map((row) => ({ ...row, leftMs: row.startedAt + withinMs - now }));
}

/** How the promises stand. */
export interface SlaReport {
  readonly since: Instant;
  readonly until: Instant;
  readonly promises: readonly PromiseReport[];
  readonly milestones: readonly MilestoneDay[];
}

export interface PromiseReport extends FlowPromise {
  /** Runs begun in the span that kept it, or are over without. */
  readonly due: number;
  readonly inTime: number;
  /** Percent of those that were due; null while none was. */
  readonly inTimePercent: number | null;
  readonly averageMs: number | null;
  readonly longestMs: number | null;
  /** Still open and late, then still open with little time left; the most urgent first. */
  readonly broken: readonly OpenPromise[];
  readonly atRisk: readonly OpenPromise[];
}

export interface OpenPromise extends OpenRunRow {
  /** Negative once it is late. */
  readonly leftMs: number;
}

const openMax = 1_000;

/** On-time shares, what is at risk with the time that is left, and what is broken. */
export async function slaReport(
  { store, clock, generation }: PromiseWorld,
  filter: { readonly flow?: string; readonly since?: Instant; readonly until?: Instant },
): Promise<SlaReport> {
  const now = clock.now();
  const span = { since: filter.since ?? now - dayMs, until: filter.until ?? now + 1 };
  const promises = promisesOf(generation()).filter(
    ({ flow }) => filter.flow === undefined || flow === filter.flow,
  );
  const reports: PromiseReport[] = [];
  for (const promise of promises) {
    const kept = await store.kept(promise, span);
    const open = await openOf(store, promise, now);
    const broken = open.filter(({ leftMs }) => leftMs <= 0);
    const due = kept.ended + broken.filter(({ startedAt }) => startedAt >= span.since).length;
    reports.push({
      ...promise,
      due,
      inTime: kept.inTime,
      inTimePercent: due === 0 ? null : Math.round((kept.inTime / due) * 1000) / 10,
      averageMs: kept.averageMs,
      longestMs: kept.longestMs,
      broken,
      atRisk: open.filter(({ leftMs }) => leftMs > 0),
    });
  }
  return { ...span, promises: reports, milestones: await store.milestones(span, filter.flow) };
}
