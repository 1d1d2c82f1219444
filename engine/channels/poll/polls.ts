import { FlowError } from "../../errors/flow-error.ts";
import type { Instant, Json } from "../../model/json.ts";
import type { Generation } from "../../model/plan/generation.ts";
import { playingAdapters } from "../../model/plan/workspace.ts";
import type { Received } from "../../model/received.ts";
import { type Feed, type Taken, takeItem, unreadable } from "../shared/feed.ts";
import { evaluateWithFacts } from "../shared/evaluation.ts";
import { compareCursors, rewind } from "./cursor.ts";
import type { PollOptions } from "./poll-options.ts";
import { type Progress, readProgress, writeProgress } from "./progress.ts";
import { handOver } from "./hand-over.ts";
import {
  acknowledge,
  nextUrlOf,
  type Page,
  pollSource,
  type PollSource,
  readPage,
  startOf,
} from "./read-page.ts";

/** Running polls. */
export interface Polls {
  /** Takes up the polls of a generation; those that both have go on where they are. */
  follow(generation: Generation): void;
  /** Ends all timers and waits for the pages that are being read. */
  stop(): Promise<void>;
}

interface PollNames {
  readonly adapter: string;
  readonly poll: string;
}

/** One poll between its rounds. */
interface Loop {
  readonly names: PollNames;
  failures: number;
  ended: boolean;
  cancel?: () => void;
  round?: Promise<void>;
}

const firstRetryMs = 5_000;

/**
 * Asks each source for news, page by page. A checkpoint is saved once all rows of a page are
 * accepted, so that a crash anywhere repeats at most one page, whose rows are then duplicates.
 */
export class PollRunner implements Polls {
  readonly #options: PollOptions;
  readonly #loops = new Map<string, Loop>();

  constructor(options: PollOptions) {
    this.#options = options;
  }

  follow(generation: Generation): void {
    const wanted = new Map(pollsOf(generation).map((names) => [checkpointName(names), names]));
    for (const [key, loop] of this.#loops) {
      if (wanted.has(key)) continue;
      endLoop(loop);
      this.#loops.delete(key);
    }
    for (const [key, names] of wanted) {
      if (this.#loops.has(key)) continue;
      const loop: Loop = { names, failures: 0, ended: false };
      this.#loops.set(key, loop);
      this.#begin(loop);
    }
  }

  async stop(): Promise<void> {
    const loops = [...this.#loops.values()];
    this.#loops.clear();
    for (const loop of loops) endLoop(loop);
    await Promise.allSettled(loops.map(async ({ round }) => round));
  }

  #begin(loop: Loop): void {
    loop.round = this.#roundAndRest(loop);
  }

  async #roundAndRest(loop: Loop): Promise<void> {
    const next = await this.#round(loop);
    if (loop.ended) return;
    loop.cancel = this.#options.clock.schedule(next, () => {
      this.#begin(loop);
    });
  }

  /** One round, from the checkpoint to the last page; never rejects. Says when the next one begins. */
  async #round(loop: Loop): Promise<Instant> {
    const { clock, log, receiver } = this.#options;
    const startedAt = clock.now();
    const source = pollSource(receiver.generation(), loop.names, this.#options);
    const every = source?.plan.every ?? 60_000;
    try {
      if (source === undefined) return startedAt + every;
      const ended = await this.#pages(loop, source);
      if (ended.kind === "done") return startedAt + every;
      return this.#failed(loop, ended.reason, every, ended.retryAt);
    } catch (error) {
      if (error instanceof FlowError)
        return this.#failed(loop, `${error.code}: ${error.message}`, every);
      log.write("error", "a poll broke", { poll: checkpointName(loop.names) });
      return this.#failed(loop, "internal error", every);
    }
  }

  #failed(loop: Loop, reason: string, every: number, retryAt = 0): Instant {
    const { clock, log } = this.#options;
    loop.failures += 1;
    const pause = Math.min(every, firstRetryMs * 2 ** Math.min(loop.failures - 1, 20));
    const next = Math.max(clock.now() + pause, retryAt);
    const poll = checkpointName(loop.names);
    log.write("warn", "a poll failed", {
      poll,
      reason,
      failures: loop.failures,
      next: new Date(next).toISOString(),
    });
    return next;
  }

  async #pages(loop: Loop, source: PollSource): Promise<RoundEnd> {
    let progress = await this.#progress(loop, source);
    const overlap = source.plan.cursor?.overlap;
    const max = source.plan.page?.max ?? Infinity;
    let rows = 0;
    let missed = 0;
    while (!loop.ended) {
      const first = firstCursor(source, rewind(progress.cursor, overlap));
      const cursor = progress.page ?? first;
      const page = await readPage(source, { cursor, first }, loop.failures, this.#options);
      if (page.kind === "failed") {
        // A page that is no longer known: the round begins anew, and its rows are duplicates.
        if (page.expired === true) await this.#beginAnew(loop, source);
        else if (page.rejected && progress.page !== undefined) {
          await this.#save(loop, { cursor: progress.cursor, reached: progress.reached });
        }
        return page;
      }
      const accepted = await this.#accept(source, page);
      if (accepted.refusedUntil !== undefined) {
        return {
          kind: "failed",
          reason: "the engine takes nothing now",
          retryAt: accepted.refusedUntil,
        };
      }
      missed += accepted.missed ?? 0;
      const reached = further(progress.reached, accepted.cursors);
      const next = page.next;
      const after = page.onward ?? reached;
      progress =
        next === undefined
          ? { cursor: after, reached: after }
          : { cursor: progress.cursor, reached, page: next };
      await this.#save(loop, progress);
      if (page.items.length > 0) {
        const refused = await acknowledge(source, page.scope, this.#options);
        if (refused !== undefined) return { ...refused, reason: `acknowledge: ${refused.reason}` };
      }
      loop.failures = 0;
      if (next === undefined) {
        this.#tellChecked(source, missed);
        return { kind: "done" };
      }
      // Of a queue, the next page is what comes when the same is asked again.
      if (source.plan.acknowledge === undefined && isSame(next, cursor)) {
        return { kind: "failed", reason: "page.next gives the same page again" };
      }
      rows += page.items.length;
      if (rows >= max) {
        const reason = `more than ${max} rows in one round; the rest comes in the next`;
        return { kind: "failed", reason };
      }
    }
    return { kind: "done" };
  }

  async #progress(loop: Loop, source: PollSource): Promise<Progress> {
    const saved = readProgress(await this.#options.checkpoint(checkpointName(loop.names)));
    if (saved !== undefined) return saved;
    return this.#beginAnew(loop, source);
  }

  async #beginAnew(loop: Loop, source: PollSource): Promise<Progress> {
    const cursor = startOf(source, this.#options.clock.now());
    const progress = { cursor, reached: cursor };
    // At once: "now" is the time of the first start, whatever becomes of the first round.
    await this.#save(loop, progress);
    return progress;
  }

  async #save(loop: Loop, progress: Progress): Promise<void> {
    const { clock, saveCheckpoint } = this.#options;
    await saveCheckpoint(checkpointName(loop.names), writeProgress(progress), clock.now());
  }

  /** Hands over the rows of one page, in order, and waits until all of them are on disk. */
  async #accept(
    source: PollSource,
    page: Extract<Page, { kind: "page" }>,
  ): Promise<{
    readonly refusedUntil?: Instant;
    readonly cursors: readonly Json[];
    readonly missed?: number;
  }> {
    const feed = this.#feed(source);
    const received: Received[] = [];
    const cursors: Json[] = [];
    const valueOf = source.plan.cursor?.value;
    for (const item of page.items) {
      const scope = { ...page.scope, item };
      const taken = await this.#take(feed, item, page);
      // It may still be on its way: the checkpoint stays before it.
      if (isYoung(source, taken, this.#options.clock.now())) continue;
      const value =
        valueOf === undefined
          ? undefined
          : await evaluateWithFacts(
              (context) => valueOf.evaluate(scope, context),
              feed.context,
              feed.fetch,
            );
      if (value !== undefined && value !== null) cursors.push(value);
      if (taken.kind === "received") received.push(taken.received);
    }
    const handed = await handOver(this.#options, received);
    if (handed.refusedUntil !== undefined) return { refusedUntil: handed.refusedUntil, cursors };
    await this.#tellMissed(source, handed.fresh);
    return { cursors, missed: handed.fresh.length };
  }

  async #take(feed: Feed, item: Json, page: Extract<Page, { kind: "page" }>): Promise<Taken> {
    try {
      return await takeItem(feed, item, page.scope);
    } catch (error) {
      if (!(error instanceof FlowError)) throw error;
      return { kind: "received", received: unreadable(feed, item, error) };
    }
  }

  async #tellMissed(
    { adapter, name, plan }: PollSource,
    fresh: readonly Received[],
  ): Promise<void> {
    const check = plan.gapCheck;
    if (check === undefined || fresh.length === 0) return;
    const { log, missed } = this.#options;
    const ids = fresh.map(({ dedupeKey }) => dedupeKey);
    const webhook = `${adapter.name}.${check.webhook}`;
    log.write("warn", "a webhook missed messages", {
      webhook,
      missed: ids.length,
      ids: ids.slice(0, 20),
    });
    await missed?.({ adapter: adapter.name, webhook: check.webhook, poll: name, ids });
  }

  #tellChecked({ adapter, name, plan }: PollSource, missed: number): void {
    if (plan.gapCheck === undefined) return;
    const { webhook } = plan.gapCheck;
    this.#options.checked?.({ adapter: adapter.name, webhook, poll: name, missed });
  }

  #feed({ adapter, context, generation, name, plan }: PollSource): Feed {
    const { receiver } = this.#options;
    return {
      channel: "poll",
      plan,
      adapter: adapter.name,
      name,
      generation,
      context,
      fetch: async (requests, now) => receiver.facts(requests, now),
    };
  }
}

type RoundEnd =
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly reason: string; readonly retryAt?: Instant };

const graceMsDefault = 300_000;

function isYoung({ plan }: PollSource, taken: Taken, now: Instant): boolean {
  const check = plan.gapCheck;
  if (check === undefined || taken.kind !== "received") return false;
  const { time } = taken.received;
  return time !== undefined && time > now - (check.grace ?? graceMsDefault);
}

/** The checkpoint itself, or the values that the plan starts its pages with, beside it as `since`. */
function firstCursor({ context, plan, scope }: PollSource, since: Json): Json {
  const start = plan.page?.start;
  if (start === undefined || nextUrlOf(since) !== undefined) return since;
  const values: Record<string, Json> = { since };
  for (const [name, template] of Object.entries(start)) {
    values[name] = template.evaluate(scope, context) ?? null;
  }
  return values;
}

function further(reached: Json, cursors: readonly Json[]): Json {
  return cursors.reduce(
    (best, cursor) => (best === null || compareCursors(cursor, best) > 0 ? cursor : best),
    reached,
  );
}

function isSame(a: Json, b: Json): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function endLoop(loop: Loop): void {
  loop.ended = true;
  loop.cancel?.();
}

function checkpointName({ adapter, poll }: PollNames): string {
  return `poll:${adapter}.${poll}`;
}

/** Polls of the adapters that play a system: one that merely lies in the workspace asks nobody. */
function pollsOf(generation: Generation): readonly PollNames[] {
  const playing = playingAdapters(generation.workspace);
  return [...generation.adapters.values()]
    .filter(({ name }) => playing.has(name))
    .flatMap(({ name, polls = {} }) => Object.keys(polls).map((poll) => ({ adapter: name, poll })));
}
