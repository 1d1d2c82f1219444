import type { Delivery } from "../../model/delivery.ts";
import type { Instant } from "../../model/json.ts";
import type { PauseTarget } from "../../model/operator.ts";
import { isWebPage } from "../../model/web-page.ts";
import type { RawOutcome } from "../../model/request.ts";
import type { VirtualClock } from "../virtual-clock.ts";
import type { Watch } from "./life.ts";
import { attemptsMax, RetryWatch, stepOf } from "./retry-watch.ts";
import { StopWatch } from "./stop-watch.ts";

/** A step that met so many failures since a person let it go on has lost count of them. */
const failuresInRowMax = 4 * attemptsMax;
/** As the adapters of the simulation's workspace declare. */
const budgets: Readonly<
  Record<string, readonly { readonly limit: number; readonly perMs: number }[]>
> = {
  "acme-crm": [
    { limit: 2, perMs: 1_000 },
    { limit: 5, perMs: 600_000 },
  ],
};
/** Windows up to this are kept after a restart whatever the clock says. */
const shortMs = 10_000;
/** What a partner asked for is on record after so long, unless the store failed. */
const recordGraceMs = 1_000;

/** A time in which a partner wants no request. */
interface Rest {
  readonly since: Instant;
  readonly until: Instant;
  /** The store failed as it was to be recorded, or the clock was set meanwhile. */
  isUnsure: boolean;
}

/** A poll's own read belongs to no run, and asks again at its own pace. */
const isPoll = ({ runId }: Delivery): boolean => runId.startsWith("poll:");

/** Sees each request leave, and says where that breaks a promise to the partner. */
export class Witness implements Watch {
  readonly wrong: string[] = [];
  readonly #clock: VirtualClock;
  readonly #sent = new Map<string, Instant[]>();
  readonly #rests = new Map<string, Rest>();
  readonly #retries = new RetryWatch();
  readonly #failures = new Map<string, number>();
  readonly #inRow = new Map<string, number>();
  readonly #stops = new StopWatch();
  readonly #beganAt = new Map<string, Instant>();
  /** A transaction failed last. */
  storeFailedAt: Instant = -Infinity;
  #isAhead = false;
  /** What was sent before may lie in no long window any more. */
  #longSince = -Infinity;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  /** A request is on the wire. */
  left(adapter: string): void {
    const now = this.#clock.now();
    const sent = this.#sent.get(adapter) ?? [];
    sent.push(now);
    this.#sent.set(adapter, sent);
    for (const { limit, perMs } of budgets[adapter] ?? []) {
      const since = perMs > shortMs ? Math.max(this.#longSince, now - perMs) : now - perMs;
      const inSpan = sent.filter((at) => at > since).length;
      if (inSpan > limit)
        this.wrong.push(
          `${adapter}: ${inSpan} requests within ${perMs} ms, and ${limit} are allowed`,
        );
    }
  }

  sending(delivery: Delivery): void {
    const { adapter } = delivery;
    const now = this.#clock.now();
    const hasty = isPoll(delivery) ? undefined : this.#retries.sending(delivery, now);
    if (hasty !== undefined) this.wrong.push(hasty);
    this.wrong.push(...this.#stops.sending(delivery, now));
    const rest = this.#rests.get(adapter);
    if (rest !== undefined && now > rest.since && now < rest.until) {
      this.wrong.push(
        `${adapter} asked for a rest of ${rest.until - rest.since} ms, and had a request after ${now - rest.since}`,
      );
    }
  }

  tooLate({ runId, path }: Delivery, ms: number): void {
    this.wrong.push(`${path} of run ${runId} was sent ${ms} ms after its answer was of use`);
  }

  strange({ runId, path }: Delivery): void {
    this.wrong.push(`${path} of run ${runId} was made by another generation than its own`);
  }

  heard(delivery: Delivery, outcome: RawOutcome): void {
    const { adapter, runId, path } = delivery;
    const now = this.#clock.now();
    this.#hearRest(adapter, outcome);
    if (isPoll(delivery)) return;
    this.#retries.heard(delivery, outcome, now);
    const status = outcome.kind === "response" ? outcome.response.status : 0;
    // Credentials that are refused twice in a row are not tried again by themselves.
    if (status === 401) this.#failures.set(`${runId} ${stepOf(path)}`, attemptsMax);
    const isPage = outcome.kind === "response" && isWebPage(outcome.response.body);
    if (status < 200 || status >= 400 || isPage) {
      const key = `${runId} ${stepOf(path)}`;
      this.#failures.set(key, (this.#failures.get(key) ?? 0) + 1);
      this.#count(runId, stepOf(path));
    }
  }

  #hearRest(adapter: string, outcome: RawOutcome): void {
    const now = this.#clock.now();
    const told =
      outcome.kind === "response" && outcome.response.status === 429
        ? outcome.response.headers["retry-after"]
        : undefined;
    if (told === undefined) return;
    const until = now + Number(told) * 1_000;
    if (until > (this.#rests.get(adapter)?.until ?? 0))
      this.#rests.set(adapter, { since: now, until, isUnsure: false });
  }

  /** What a flow reports on its way out may be tried for long. */
  #count(runId: string, step: string): void {
    if (step.startsWith("on-error.")) return;
    const key = `${runId} ${step}`;
    const count = (this.#inRow.get(key) ?? 0) + 1;
    this.#inRow.set(key, count);
    if (count === failuresInRowMax)
      this.wrong.push(`${step} of run ${runId} met ${count} failures, and was not given up`);
  }

  /** A person lets the run go on: its steps count anew. */
  letGoOn(runId: string): void {
    this.#retries.letGoOn(runId);
    for (const key of this.#inRow.keys()) if (key.startsWith(`${runId} `)) this.#inRow.delete(key);
  }

  /** What somebody stopped is on record. */
  stopped(target: PauseTarget, mode: "pause" | "drain"): void {
    this.#stops.stopped(target, mode, this.#clock.now());
  }

  /** Somebody lets it go on, whatever comes of that. */
  goesOn(target: PauseTarget): void {
    this.#stops.goesOn(target);
  }

  begins(runId: string): void {
    if (!this.#beganAt.has(runId)) this.#beganAt.set(runId, this.#clock.now());
  }

  begun(flow: string, runId: string, laneKey: () => string | undefined): void {
    const at = this.#beganAt.get(runId) ?? 0;
    this.wrong.push(...this.#stops.beginning(flow, at, laneKey));
  }

  /** What was sent before lies in no window any more. */
  daysWentBy(): void {
    this.#sent.clear();
  }

  /** The machine's clock is ahead of what it said before: a restart takes what is on record for so much older. */
  clockSetForward(how: { readonly isDown: boolean }): void {
    this.#isAhead = true;
    this.#retries.clockSetForward(this.#clock.now());
    for (const rest of this.#rests.values()) rest.isUnsure = true;
    if (how.isDown) this.died();
  }

  /** A transaction fails, or will be late: what it was to record may never be. */
  storeFails(lateMs = 0): void {
    const now = this.#clock.now();
    this.storeFailedAt = Math.max(this.storeFailedAt, now + lateMs);
    for (const rest of this.#rests.values())
      if (now - rest.since < recordGraceMs) rest.isUnsure = true;
  }

  /** A rest that the dead process was just told of may be forgotten; one on record may not. */
  died(): void {
    const now = this.#clock.now();
    for (const [adapter, { since, isUnsure }] of this.#rests)
      if (isUnsure || now - since < recordGraceMs) this.#rests.delete(adapter);
    this.#retries.died();
    if (this.#isAhead) this.#longSince = this.#clock.now();
    this.#isAhead = false;
  }

  /** Failures that a step's requests really met. */
  failuresOf(runId: string, path: string): number {
    return this.#failures.get(`${runId} ${stepOf(path)}`) ?? 0;
  }
}
