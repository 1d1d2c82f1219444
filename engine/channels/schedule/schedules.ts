import { isJsonObject, type Instant, type Json } from "../../model/json.ts";
import type { Generation } from "../../model/plan/generation.ts";
import {
  describeSchedule,
  type Occurrences,
  occurrencesOf,
  type SchedulePlan,
} from "./occurrences.ts";
import type { ScheduleOptions } from "./schedule-options.ts";

/** Longest sleep: a machine that was suspended, or whose clock was set, is noticed within the hour. */
const longestSleepMs = 3_600_000;
/** So many missed times are counted at most. */
const missedMax = 10_000;
/** Times of `run-all` between two checkpoints. */
const checkpointEvery = 100;

/** Running schedules. */
export interface Schedules {
  /** Takes up the schedules of a generation, in place of those of the one before. */
  follow(generation: Generation): void;
  /** Ends all timers and waits for what is being handed over. */
  stop(): Promise<void>;
}

/** One trigger of a flow. */
interface Entry {
  readonly flow: string;
  /** Name of the checkpoint. */
  readonly name: string;
  readonly plan: SchedulePlan;
  readonly times: Occurrences;
}

/**
 * Hands a message to the engine at each time of each schedule. The last time handed over is a
 * checkpoint, saved after it: a crash between the two repeats a message that is then a duplicate.
 */
export class ScheduleRunner implements Schedules {
  readonly #options: ScheduleOptions;
  #timers = new Map<string, () => void>();
  #working = new Set<Promise<void>>();
  /** Raised by `follow` and `stop`: what was begun before sets no timer any more. */
  #round = 0;

  constructor(options: ScheduleOptions) {
    this.#options = options;
  }

  follow(generation: Generation): void {
    const round = this.#endRound();
    const before = [...this.#working];
    for (const entry of entriesOf(generation)) {
      // After what the generation before still hands over: both write the same checkpoints.
      void Promise.allSettled(before).then(async () => this.#work(entry, undefined, round));
    }
  }

  async stop(): Promise<void> {
    this.#endRound();
    await Promise.allSettled(this.#working);
  }

  #endRound(): number {
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    this.#round += 1;
    return this.#round;
  }

  /** `armed` is the time the timer was set for: it is not missed, however late the timer is. */
  async #work(entry: Entry, armed: Instant | undefined, round: number): Promise<void> {
    if (round !== this.#round) return;
    const work = this.#catchUp(entry, armed, round)
      .then((next) => {
        this.#arm(entry, next, round);
        return undefined;
      })
      .catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        this.#options.log.write("error", "a schedule failed", { flow: entry.flow, reason });
        this.#arm(entry, { at: this.#options.clock.now() + 10_000, armed }, round);
      })
      .finally(() => this.#working.delete(work));
    this.#working.add(work);
    await work;
  }

  #arm(entry: Entry, next: Wake | undefined, round: number): void {
    if (next === undefined || round !== this.#round) return;
    const { clock } = this.#options;
    const at = Math.min(next.at, clock.now() + longestSleepMs);
    const cancel = clock.schedule(at, () => {
      this.#timers.delete(entry.name);
      void this.#work(entry, next.armed, round);
    });
    this.#timers.set(entry.name, cancel);
  }

  /** Hands over what is due, and says when to look again. */
  async #catchUp(
    entry: Entry,
    armed: Instant | undefined,
    round: number,
  ): Promise<Wake | undefined> {
    const { clock } = this.#options;
    const now = clock.now();
    const last = await this.#lastTime(entry, now);
    await this.#tellMissed(entry, { last, now, armed });
    for (const { at, missed } of dueTimes(entry, last, now, armed)) {
      if (round !== this.#round) return undefined;
      const refusedUntil = await this.#handOver(entry, at, missed);
      if (refusedUntil !== undefined) return { at: refusedUntil, armed: at };
    }
    // Also moves past what `skip` and `run-once` leave out.
    const reached = entry.times.upTo(now);
    if (reached !== undefined && reached > last) await this.#save(entry, reached);
    const next = entry.times.after(now);
    return next === undefined ? undefined : { at: next, armed: next };
  }

  async #tellMissed(
    { flow, plan, times }: Entry,
    { last, now, armed }: { last: Instant; now: Instant; armed: Instant | undefined },
  ): Promise<void> {
    const missed: Instant[] = [];
    for (let at = times.after(last); at !== undefined && at <= now; at = times.after(at)) {
      if (at !== armed) missed.push(at);
      if (missed.length >= missedMax) break;
    }
    const [first] = missed;
    if (first === undefined) return;
    const policy = plan.missed ?? "run-once";
    // With one that was waited for, that is the latest: the missed ones are left.
    const once = armed !== undefined && armed > (missed.at(-1) ?? 0) ? 0 : 1;
    const run = { "run-once": once, "run-all": missed.length, skip: 0 }[policy];
    const report = {
      flow,
      policy,
      missed: missed.length,
      first,
      last: missed.at(-1) ?? first,
      run,
    };
    await this.#options.missed?.(report);
  }

  async #lastTime(entry: Entry, now: Instant): Promise<Instant> {
    const saved: Json = await this.#options.checkpoint(entry.name);
    const schedule = describeSchedule(entry.plan);
    if (
      isJsonObject(saved) &&
      saved["schedule"] === schedule &&
      typeof saved["last"] === "number"
    ) {
      return saved["last"];
    }
    // New, or another schedule than before: it begins now.
    await this.#save(entry, now);
    return now;
  }

  async #save(entry: Entry, last: Instant): Promise<void> {
    const value = { last, schedule: describeSchedule(entry.plan) };
    await this.#options.saveCheckpoint(entry.name, value, this.#options.clock.now());
  }

  #handedOver = 0;

  /** Until when the engine takes nothing; undefined when it took the message. */
  async #handOver(entry: Entry, at: Instant, missed: boolean): Promise<Instant | undefined> {
    const { log, receiver } = this.#options;
    const scheduledAt = new Date(at).toISOString();
    const answer = await receiver.receive({
      channel: "schedule",
      source: "schedule",
      type: entry.flow,
      flow: entry.flow,
      dedupeKey: `${entry.name}:${scheduledAt}`,
      data: { scheduledAt },
      time: at,
      headers: {},
    });
    if (answer.outcome === "refused") return answer.retryAt;
    if (missed)
      log.write("info", "a missed time is made up for", { flow: entry.flow, scheduledAt });
    this.#handedOver += 1;
    if (!missed || this.#handedOver % checkpointEvery === 0) await this.#save(entry, at);
    return undefined;
  }
}

interface Wake {
  readonly at: Instant;
  /** The time of the schedule that is waited for. */
  readonly armed: Instant | undefined;
}

/** Times to hand over, oldest first: the one waited for, and of those missed what the plan says. */
function* dueTimes(
  { plan, times }: Entry,
  last: Instant,
  now: Instant,
  armed: Instant | undefined,
): Generator<{ readonly at: Instant; readonly missed: boolean }> {
  const missed = plan.missed ?? "run-once";
  const latest = times.upTo(now);
  if (latest === undefined || latest <= last) return;
  if (missed === "run-all") {
    for (let at = times.after(last); at !== undefined && at <= now; at = times.after(at)) {
      yield { at, missed: at !== armed };
    }
    return;
  }
  if (missed === "run-once") {
    yield { at: latest, missed: latest !== armed };
    return;
  }
  if (armed !== undefined && armed > last && armed <= now) yield { at: armed, missed: false };
}

function entriesOf(generation: Generation): readonly Entry[] {
  return [...generation.flows.values()].flatMap((flow) =>
    (flow.trigger ?? []).flatMap((trigger, index) =>
      trigger.kind === "schedule"
        ? [
            {
              flow: flow.name,
              name: `schedule:${flow.name}${index === 0 ? "" : `:${index}`}`,
              plan: trigger.value,
              times: occurrencesOf(trigger.value),
            },
          ]
        : [],
    ),
  );
}
