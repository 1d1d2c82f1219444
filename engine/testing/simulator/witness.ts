import type { Delivery } from "../../model/delivery.ts";
import type { Instant } from "../../model/json.ts";
import type { RawOutcome } from "../../model/request.ts";
import type { VirtualClock } from "../virtual-clock.ts";
import type { Watch } from "./life.ts";

/** Retries of the workspace's policy, and the first attempt. */
export const attemptsMax = 8;

/** A step that met so many failures since a person let it go on has lost count of them. */
const failuresInRowMax = 4 * attemptsMax;
/** What had left its queue before a pause may still be on its way to the wire: its mark is committed first. */
const pauseGraceMs = 5_000;

/** As the adapters of the simulation's workspace declare. */
const budgets: Readonly<
  Record<string, readonly { readonly limit: number; readonly perMs: number }[]>
> = {
  "acme-crm": [
    { limit: 2, perMs: 1_000 },
    { limit: 8, perMs: 600_000 },
  ],
};
/** Windows up to this are kept after a restart whatever the clock says. */
const shortMs = 10_000;
/** Sees each request leave, and says where that breaks a promise to the partner. */
export class Witness implements Watch {
  readonly wrong: string[] = [];
  readonly #clock: VirtualClock;
  readonly #sent = new Map<string, Instant[]>();
  readonly #restUntil = new Map<string, { readonly since: Instant; readonly until: Instant }>();
  readonly #failures = new Map<string, number>();
  readonly #inRow = new Map<string, number>();
  readonly #pausedSince = new Map<string, Instant>();
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

  sending({ adapter, system }: Delivery): void {
    const now = this.#clock.now();
    const pausedSince = this.#pausedSince.get(system);
    if (pausedSince !== undefined && now - pausedSince > pauseGraceMs)
      this.wrong.push(`${system} was paused, and had a request ${now - pausedSince} ms later`);
    const rest = this.#restUntil.get(adapter);
    if (rest !== undefined && now > rest.since && now < rest.until) {
      this.wrong.push(
        `${adapter} asked for a rest of ${rest.until - rest.since} ms, and had a request after ${now - rest.since}`,
      );
    }
  }

  heard(delivery: Delivery, outcome: RawOutcome): void {
    const { adapter, runId, path } = delivery;
    const status = outcome.kind === "response" ? outcome.response.status : 0;
    // Credentials that are refused twice in a row are not tried again by themselves.
    if (status === 401) this.#failures.set(`${runId} ${stepOf(path)}`, attemptsMax);
    if (status < 200 || status >= 400) {
      const key = `${runId} ${stepOf(path)}`;
      this.#failures.set(key, (this.#failures.get(key) ?? 0) + 1);
      this.#count(runId, stepOf(path));
    }
    const told =
      outcome.kind === "response" && status === 429
        ? outcome.response.headers["retry-after"]
        : undefined;
    if (told === undefined) return;
    const now = this.#clock.now();
    const until = now + Number(told) * 1_000;
    if (until > (this.#restUntil.get(adapter)?.until ?? 0))
      this.#restUntil.set(adapter, { since: now, until });
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
    for (const key of this.#inRow.keys()) if (key.startsWith(`${runId} `)) this.#inRow.delete(key);
  }

  /** The pause of a system is on record. */
  paused(system: string): void {
    if (!this.#pausedSince.has(system)) this.#pausedSince.set(system, this.#clock.now());
  }

  /** Somebody ends the pause, whatever comes of it. */
  resumed(system: string): void {
    this.#pausedSince.delete(system);
  }

  /** What was sent before lies in no window any more. */
  daysWentBy(): void {
    this.#sent.clear();
  }

  /** The machine's clock is ahead of what it said before: a restart takes what is on record for so much older. */
  clockSetForward(how: { readonly isDown: boolean }): void {
    this.#isAhead = true;
    if (how.isDown) this.died();
  }

  /** A rest that the dead process was just told of may be forgotten. */
  died(): void {
    this.#restUntil.clear();
    if (this.#isAhead) this.#longSince = this.#clock.now();
    this.#isAhead = false;
  }

  /** Failures that a step's requests really met. */
  failuresOf(runId: string, path: string): number {
    return this.#failures.get(`${runId} ${stepOf(path)}`) ?? 0;
  }
}

const stepOf = (path: string): string => path.replace(/\/.*$/, "");
