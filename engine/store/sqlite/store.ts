import { deflateSync } from "node:zlib";
import { StoreError } from "../../errors/flow-error.ts";
import type { Delivery } from "../../model/delivery.ts";
import type { FactRequest } from "../../model/expression.ts";
import type { Instant, Json } from "../../model/json.ts";
import type { TaskAnswer } from "../../model/run-event.ts";
import type { RunSnapshot } from "../../model/run.ts";
import type { InsightStore } from "../../ports/insight-store.ts";
import type { PromiseStore } from "../../ports/promise-store.ts";
import type { ReplayStore } from "../../ports/replay-store.ts";
import type { RetentionStore } from "../../ports/retention-store.ts";
import type { StoreHealth } from "../../ports/store-health.ts";
import type { StoreReader } from "../../ports/store-reader.ts";
import type {
  Accepted,
  AuditEntry,
  ClaimedRun,
  Committed,
  DueTimer,
  Except,
  GenerationRecord,
  Intake,
  QueuedSignal,
  Recovered,
  RunCommit,
  Series,
  Store,
  Unpark,
} from "../../ports/store.ts";
import { AtWork } from "./at-work.ts";
import { appendAudit } from "./audit.ts";
import { commitDecision } from "./commit.ts";
import { type Connection, copyBack, cutLog, shrink, tidy } from "./connection.ts";
import { Counters } from "./counters.ts";
import { DocumentRoom } from "./document-room.ts";
import { readFacts } from "./facts.ts";
import { GenerationNumbers } from "./generation-numbers.ts";
import { healthOf } from "./health.ts";
import { GroupCommit } from "./group-commit.ts";
import { toBlobOrNone } from "./ids.ts";
import { accept } from "./intake.ts";
import { closeGaps } from "./lane.ts";
import { SqliteInsight } from "./insight.ts";
import { forgetEarlyEvents } from "./listening.ts";
import { handOutDeliveries, markSent, nextDeliveries } from "./outbox.ts";
import { answerTask, unparkRun } from "./people.ts";
import { Keys } from "./keys.ts";
import { Presence } from "./presence.ts";
import { Queries } from "./queries.ts";
import { SqliteReader } from "./reader.ts";
import { SqlitePromises } from "./promises.ts";
import { SqliteReplays } from "./replays.ts";
import { SqliteRetention } from "./retention.ts";
import type { RunRecord } from "./run-record.ts";
import { claimReady, loadSnapshot } from "./run-row.ts";
import { Snapshots } from "./snapshots.ts";
import { systemTurns, type Turns } from "./turns.ts";
import { takeDueTimers, takePendingSignals } from "./waits.ts";
import { parse, startWork, type Tables, toJson, type Work } from "./work.ts";

/** So long after the last transaction, the log is copied back and house is kept. */
const idleMs = 250;
/** So short a pause is enough to copy the log back, once that many transactions are in it. */
const pauseMs = 2;
const transactionsToCopy = 32;
/** So long other work has the store to itself between two parts of a merge of keys. */
const breathMs = 5;

/** After so many transactions, the length of the log is looked at. */
const looksAtLogEach = 64;
/** Rows deleted in one operation: short enough to stand between two others. */
const chunk = 200;
/** Pages given back to the disk in one operation. */
const pagesAtOnce = 128;

interface Writing {
  /** In a transaction of its own, in which foreign keys are not enforced. */
  readonly unbound?: boolean;
  readonly series?: Series | undefined;
}

/** The store on one SQLite file: every writing method is an operation of a group commit. */
export class SqliteStore implements Store {
  readonly read: StoreReader;
  readonly insight: InsightStore;
  readonly replays: ReplayStore;
  readonly promises: PromiseStore;
  readonly retention: RetentionStore;
  readonly #connection: Connection;
  readonly #query: Queries;
  readonly #keys: Keys;
  readonly #tables: Tables;
  readonly #writes: GroupCommit;
  readonly #generations = new GenerationNumbers();
  readonly #snapshots = new Snapshots();
  readonly #turns: Turns;
  #closed = false;
  #backlog = 0;
  #commits = 0;
  /** How many of them are copied back for certain. */
  #copied = 0;
  /** The latest time anyone gave: the store has no clock of its own. */
  #latest: Instant = 0;

  /**
   * `mergeAt`: how many keys from outside are held in memory, at most, before they are merged.
   * `turns`: when it works; this machine's own turns unless told.
   */
  constructor(
    connection: Connection,
    options: { readonly mergeAt?: number; readonly turns?: Turns } = {},
  ) {
    const turns = options.turns ?? systemTurns();
    this.#connection = connection;
    this.#turns = turns;
    this.#query = new Queries(connection.database);
    this.#keys = new Keys(this.#query, options.mergeAt);
    const counters = new Counters();
    const atWork = new AtWork();
    this.#tables = {
      query: this.#query,
      keys: this.#keys,
      counters,
      room: new DocumentRoom(),
      atWork,
      presence: new Presence(),
    };
    this.read = new SqliteReader(this.#query);
    this.promises = new SqlitePromises(this.#query, (now, operate) => this.#write(now, operate));
    this.replays = new SqliteReplays(this.#query, (now, operate) => this.#write(now, operate));
    this.insight = new SqliteInsight(this.#query, (now, operate) => this.#write(now, operate));
    this.retention = new SqliteRetention({
      query: this.#query,
      transact: (now, how, operate) => this.#write(now, operate, how),
      mergeKeys: async () => this.#keys.mergeNow((operate) => this.#write(0, operate)),
      forgetKeys: ({ now }, limit) => this.#keys.forgetOver(now, limit),
      generationsGone: () => this.#generations.forget(),
      shrink: () => shrink(connection.database, pagesAtOnce),
    });
    const rolledBack = (): void => {
      this.#generations.forget();
      this.#snapshots.clear();
      atWork.clear();
      this.#keys.forget();
      counters.forget();
    };
    const ending = (): void => counters.write(this.#query);
    const committed = (): void => this.#afterCommit();
    this.#writes = new GroupCommit(connection.database, { ending, rolledBack, committed }, turns);
  }

  get backlog(): number {
    return this.#backlog;
  }

  accept(intake: Intake, now: Instant, series?: Series): Promise<Accepted> {
    const operate = (work: Work): Accepted => {
      const accepted = accept(work, this.#generations, intake);
      for (const { id, begun } of accepted.runs) {
        const begin = intake.runs.find((run) => run.id === id)?.begin;
        if (begun !== undefined && begin !== undefined) this.#snapshots.begun(begin);
      }
      return accepted;
    };
    return this.#write(now, operate, { series });
  }

  commit(commit: RunCommit, now: Instant): Promise<Committed> {
    return this.#write(now, (work) => {
      const answer = commitDecision(work, this.#generations, commit);
      if (answer.committed) this.#snapshots.committed(commit.runId, commit.decision);
      return answer;
    });
  }

  claim(limit: number, now: Instant, except: Except = {}): Promise<readonly ClaimedRun[]> {
    return this.#write(now, (work) => {
      closeGaps(work);
      return claimReady(work, this.#snapshots, limit, except);
    });
  }

  async load(runId: string): Promise<RunSnapshot | undefined> {
    const kept = this.#snapshots.get(runId);
    if (kept !== undefined) return kept;
    const id = toBlobOrNone(runId);
    if (id === undefined) return undefined;
    const run = this.#query.get<RunRecord>("run-find", { runId: id });
    return run === undefined
      ? undefined
      : loadSnapshot({ query: this.#query }, this.#snapshots, run.runNo);
  }

  dueDeliveries(now: Instant, limit: number, except: Except = {}): Promise<readonly Delivery[]> {
    return this.#write(now, (work) => handOutDeliveries(work, limit, except));
  }

  async markSent(delivery: Pick<Delivery, "id" | "runId">, now: Instant): Promise<void> {
    await this.#write(now, (work) => markSent(work, delivery));
  }

  dueTimers(now: Instant, limit: number): Promise<readonly DueTimer[]> {
    return this.#write(now, (work) => takeDueTimers(work, limit));
  }

  takeSignals(limit: number): Promise<readonly QueuedSignal[]> {
    return this.#write(0, (work) => takePendingSignals(work, limit));
  }

  async nextDue(after: Instant = Number.MIN_SAFE_INTEGER): Promise<Instant | undefined> {
    const query = this.#query;
    const timer = query.get<{ due: number }>("timer-next-due", { after })?.due;
    const gap = query.get<{ due: number | null }>("lane-gap-next", { after })?.due ?? undefined;
    const others = [timer, gap].filter((due) => due !== undefined);
    const dues = [...others, ...nextDeliveries({ query }, after)];
    return dues.length === 0 ? undefined : Math.min(...dues);
  }

  async facts(requests: readonly FactRequest[], now: Instant): Promise<ReadonlyMap<string, Json>> {
    return readFacts({ query: this.#query, keys: this.#keys }, requests, now);
  }

  choose(taskId: string, answer: TaskAnswer, now: Instant): Promise<boolean> {
    return this.#write(now, (work) => answerTask(work, taskId, answer));
  }

  unpark(runId: string, answer: Unpark, now: Instant): Promise<boolean> {
    return this.#write(now, (work) => {
      this.#snapshots.forget(runId);
      return unparkRun(work, this.#generations, runId, answer);
    });
  }

  async checkpoint(name: string): Promise<Json> {
    const row = this.#query.get<{ value: string }>("checkpoint-get", { name });
    return row === undefined ? null : parse(row.value);
  }

  async saveCheckpoint(name: string, value: Json, now: Instant, audit?: AuditEntry): Promise<void> {
    await this.#write(now, (work) => {
      work.query.run("checkpoint-save", { name, value: toJson(value), now });
      if (audit !== undefined) appendAudit(work, audit);
    });
  }

  async saveGeneration(record: GenerationRecord, now: Instant): Promise<void> {
    const { hash } = record;
    let packed: Uint8Array | undefined;
    await this.#write(now, ({ query }) => {
      // Each start saves its own, which is mostly there: to pack the texts takes milliseconds.
      const isThere = query.get("generation-texts-known", { hash }) !== undefined;
      if (!isThere) packed ??= deflateSync(toJson(record.files));
      query.run("generation-save", { hash, files: isThere ? null : (packed ?? null), now });
    });
  }

  async loadGeneration(hash: string): Promise<GenerationRecord | undefined> {
    const files = await this.read.sources(hash);
    return files === undefined ? undefined : { hash, files };
  }

  async liveGenerations(): Promise<readonly string[]> {
    return this.#query.all<{ hash: string }>("generation-live").map(({ hash }) => hash);
  }

  audit(entry: AuditEntry, now: Instant): Promise<void> {
    return this.#write(now, (work) => appendAudit(work, entry));
  }

  async recover(now: Instant): Promise<Recovered> {
    const { open, ...recovered } = await this.#write(now, ({ query }) => {
      query.run("run-unclaim");
      query.run("signal-recover");
      query.run("timer-recover");
      const deliveries = query.run("delivery-recover");
      const runs = query.get<{ value: number }>("run-unended-count")?.value ?? 0;
      const open = query.get<{ value: number }>("run-open-count")?.value ?? 0;
      return { runs, deliveries, open };
    });
    this.#backlog = open;
    return recovered;
  }

  health(): StoreHealth {
    return healthOf(this.#connection.database, this.#query);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#writes.drain();
    this.#closed = true;
    this.#turns.end();
    this.#connection.close();
  }

  async #write<T>(now: Instant, operate: (work: Work) => T, how: Writing = {}): Promise<T> {
    if (this.#closed) {
      throw new StoreError("store/closed", "the store is closed", { help: "open it again" });
    }
    this.#latest = Math.max(this.#latest, now);
    let opened = 0;
    const run = (): T => {
      // Perhaps not the first time: what was rolled back opened nothing.
      const work = startWork(this.#tables, now);
      const written = operate(work);
      ({ opened } = work);
      return written;
    };
    const answer = await (how.unbound === true
      ? this.#writes.unbound(run)
      : this.#writes.write(run, how.series));
    this.#backlog += opened;
    return answer;
  }

  #afterCommit(): void {
    this.#commits += 1;
    if (this.#commits % looksAtLogEach === 0) cutLog(this.#connection.database);
    if (this.#keys.shouldMerge) this.#mergeKeys();
    this.#turns.atLeisure(pauseMs, () => this.#useThePause());
    this.#turns.atLeisure(idleMs, () => this.#keepHouse());
  }

  /** A little at a time, with room between for what came meanwhile. */
  #mergeKeys(): void {
    const write = async (operate: () => void): Promise<void> => {
      await this.#write(0, operate);
      await new Promise<void>((resolve) => this.#turns.after(breathMs, resolve));
    };
    // A failure shows itself at the next write; the keys can wait.
    this.#keys.merge(write).catch(() => undefined);
  }

  /** Requests are out, or the next message is awaited: better now than within a transaction. */
  #useThePause(): void {
    if (this.#closed || this.#commits - this.#copied < transactionsToCopy) return;
    copyBack(this.#connection.database);
    this.#copied = this.#commits;
  }

  /** At leisure: what is over goes, a chunk at a time, and the log is copied back. */
  #keepHouse(): void {
    if (this.#closed) return;
    tidy(this.#connection.database);
    const now = this.#latest;
    if (this.#query.get("early-event-over", { now, limit: 1 }) === undefined) return;
    // A failure shows itself at the next write; the rows can wait.
    this.#write(now, (work) => forgetEarlyEvents(work, chunk)).catch(() => undefined);
  }
}
