import { UsageError } from "../errors/flow-error.ts";
import type { Instant } from "../model/json.ts";
import { endedStatuses, parkedStatuses } from "../model/run.ts";
import type {
  NewReplayJob,
  ReplayItemRow,
  ReplayJobRow,
  ReplayPace,
} from "../ports/replay-store.ts";
import { select, type Selected } from "./select.ts";
import { take, type Taken } from "./take.ts";
import type { ReplayWorld } from "./world.ts";

const batch = 50;
const retryMs = 5_000;
/** A run that goes on for longer waits for somebody: it holds no place of its job any more. */
const placeMs = 60_000;
/** Runs of a job under way at once, unless told: the rest of the work goes on beside it. */
const atOnceDefault = 20;

export type ReplayRequest = Omit<NewReplayJob, "atOnce" | "canary"> & {
  readonly canary?: number;
  readonly atOnce?: number;
};

/**
 * Replay jobs: each is a row with its items, chosen once; it goes on after a crash, takes a few at a
 * time, and waits for a look after its canary. What is sent goes through the partners' budgets as
 * everything does.
 */
export class ReplayJobs {
  readonly #world: ReplayWorld;
  /** Runs that jobs wait for, by id. */
  readonly #underway = new Map<string, { readonly job: number; readonly until: Instant }>();
  #isOpen = false;
  #again = false;
  #work: Promise<void> | undefined;
  #cancel: () => void = () => {};

  constructor(world: ReplayWorld) {
    this.#world = world;
  }

  /** Goes on with the jobs that a process before left. */
  start(): void {
    this.#isOpen = true;
    this.kick();
  }

  async stop(): Promise<void> {
    this.#isOpen = false;
    this.#cancel();
    await this.#work;
  }

  async idle(): Promise<void> {
    while (this.#work !== undefined) await this.#work;
  }

  /** A run ended or parked: a place is free. */
  ended(runId: string): void {
    if (this.#underway.delete(runId)) this.kick();
  }

  select(request: Pick<ReplayRequest, "selection" | "begin">): Promise<Selected> {
    return select(this.#world, request.selection, request.begin);
  }

  /** Makes a job of what the selection finds now. Throws `UsageError` where it finds nothing. */
  async create(
    request: ReplayRequest,
  ): Promise<{ readonly job: ReplayJobRow; readonly leftOut: number }> {
    const { store, clock } = this.#world;
    const { items, leftOut } = await this.select(request);
    if (items.length === 0) {
      throw new UsageError(
        "replay/nothing-found",
        leftOut === 0
          ? "nothing of that selection waits to be replayed"
          : `nothing but ${leftOut} in doubt: those are asked for by id or by status in-doubt`,
        { help: "`sluice dead-letters` and `sluice runs` show what there is" },
      );
    }
    const { canary = 0, atOnce = atOnceDefault } = request;
    const number = await store.create({ ...request, canary, atOnce }, items, clock.now());
    this.kick();
    const job = await store.read.job(number);
    if (job === undefined) throw new UsageError("replay/unknown-job", `job ${number} is gone`);
    return { job, leftOut };
  }

  /** After its canary, or after a stop: the rest. False when there is no such job or it is over. */
  async proceed(number: number, by: string): Promise<boolean> {
    const job = await this.#world.store.read.job(number);
    if (job === undefined || job.status === "done" || job.pending === 0) return false;
    const change = { status: "running", why: `goes on, says ${by}`, canary: 0 } as const;
    await this.#world.store.setJob(number, change, this.#world.clock.now());
    this.kick();
    return true;
  }

  /** Takes nothing more; what was taken goes on. */
  async halt(number: number, by: string): Promise<boolean> {
    const job = await this.#world.store.read.job(number);
    if (job === undefined || job.status === "done" || job.status === "stopped") return false;
    const change = { status: "stopped", why: `stopped by ${by}` } as const;
    await this.#world.store.setJob(number, change, this.#world.clock.now());
    return true;
  }

  kick(): void {
    if (!this.#isOpen) return;
    this.#again = true;
    this.#work ??= this.#run().finally(() => {
      this.#work = undefined;
    });
  }

  async #run(): Promise<void> {
    await Promise.resolve();
    while (this.#again && this.#isOpen) {
      this.#again = false;
      try {
        for (const number of await this.#world.store.running()) await this.#goOn(number);
      } catch (error) {
        const why = error instanceof Error ? error.message : "not an error";
        this.#world.log.write("error", "a replay could not go on; it is tried again", { why });
        this.#wakeAt(this.#world.clock.now() + retryMs);
      }
    }
  }

  async #goOn(number: number): Promise<void> {
    const { store } = this.#world;
    const job = await store.pace(number);
    if (job === undefined || job.status !== "running") return;
    const room = this.#roomOf(job);
    const items = room === 0 ? [] : await store.pending(number, room);
    for (const group of groupsOf(items)) {
      if (!this.#isOpen) return;
      const answers = await Promise.all(group.map(async (item) => take(this.#world, job, item)));
      await Promise.all(group.map(async (item, index) => this.#save(number, item, answers[index])));
      const later = answers.find(({ kind }) => kind === "later");
      if (later?.kind === "later") {
        this.#wakeAt(later.at);
        return;
      }
    }
    await this.#conclude(number);
  }

  async #save(
    number: number,
    { position }: ReplayItemRow,
    taken: Taken | undefined,
  ): Promise<void> {
    const { store, clock } = this.#world;
    if (taken === undefined || taken.kind === "later") return;
    if (taken.kind === "refused") {
      await store.saveItem(number, position, { status: "refused", why: taken.why }, clock.now());
      return;
    }
    const { newMessageId } = taken;
    const outcome = newMessageId === undefined ? {} : { newMessageId };
    await store.saveItem(number, position, { status: "taken", ...outcome }, clock.now());
    await this.#follow(number, taken.runIds);
  }

  /** How many it may take now: places that are free, and what is left of its canary. */
  #roomOf({ number, canary, next = Infinity, atOnce }: ReplayPace): number {
    const free = Math.max(0, atOnce - this.#waitedFor(number));
    const left = canary === 0 ? Infinity : Math.max(0, canary - next);
    return Math.min(free, left, batch);
  }

  #waitedFor(number: number): number {
    const now = this.#world.clock.now();
    for (const [runId, { until }] of this.#underway) if (until <= now) this.#underway.delete(runId);
    const own = [...this.#underway.values()].filter(({ job }) => job === number);
    if (own.length > 0) this.#wakeAt(Math.min(...own.map(({ until }) => until)));
    return own.length;
  }

  /** A run may have ended while its item was being saved. */
  async #follow(number: number, runIds: readonly string[]): Promise<void> {
    for (const runId of runIds) {
      const until = this.#world.clock.now() + placeMs;
      this.#underway.set(runId, { job: number, until });
      const [run] = await this.#world.read.runs({ id: runId, limit: 1 });
      if (run === undefined || [...endedStatuses, ...parkedStatuses].includes(run.status)) {
        this.#underway.delete(runId);
      }
    }
  }

  async #conclude(number: number): Promise<void> {
    const { store, clock } = this.#world;
    const job = await store.pace(number);
    if (job === undefined || job.status !== "running") return;
    if (job.next === undefined) {
      await store.setJob(number, { status: "done", why: "everything was taken" }, clock.now());
      return;
    }
    const isCanaryTaken = job.canary > 0 && job.next >= job.canary;
    if (isCanaryTaken && this.#waitedFor(number) === 0) {
      const why = `the first ${job.canary} are through: look at them, then let it go on`;
      await store.setJob(number, { status: "waiting", why }, clock.now());
      return;
    }
    if (!isCanaryTaken && this.#waitedFor(number) < job.atOnce) this.#again = true;
  }

  #wakeAt(at: Instant): void {
    this.#cancel();
    if (!this.#isOpen) return;
    this.#cancel = this.#world.clock.schedule(at, () => this.kick());
  }
}

/**
 * What is taken together: runs that go on stand in their lanes already, so that they share a
 * transaction; messages are processed again one after the other, in the order they came in.
 */
function groupsOf(items: readonly ReplayItemRow[]): readonly (readonly ReplayItemRow[])[] {
  const groups: ReplayItemRow[][] = [];
  for (const item of items) {
    const last = groups.at(-1);
    if (last?.[0]?.what === "resume" && item.what === "resume") last.push(item);
    else groups.push([item]);
  }
  return groups;
}
