import type { Instant } from "../../model/json.ts";
import type { RunStatus } from "../../model/run.ts";
import type {
  EditRow,
  NewReplayJob,
  ReplayItem,
  ReplayItemRow,
  ReplayJobRow,
  ReplayPace,
  ReplayReader,
  ReplaySelection,
  ReplayStore,
  StepOfRuns,
} from "../../ports/replay-store.ts";
import { fromBlob, toBlob, toBlobOrNone } from "./ids.ts";
import type { Queries } from "./queries.ts";
import { parse, toJson, type Work } from "./work.ts";

type Write = <T>(now: Instant, operate: (work: Work) => T) => Promise<T>;

type JobRecord = Omit<ReplayJobRow, "by" | "reason" | "selection" | "generation" | "why"> & {
  readonly byWhom: string;
  readonly reason: string | null;
  readonly selection: string;
  readonly generation: "pinned" | "current" | null;
  readonly why: string | null;
};

type PaceRecord = Pick<JobRecord, "number" | "begin" | "canary" | "atOnce" | "status"> &
  Pick<JobRecord, "byWhom" | "reason" | "generation"> & {
    readonly next: number | null;
    readonly step: string | null;
  };

interface ItemRecord {
  readonly position: number;
  readonly what: ReplayItem["what"];
  readonly runId: Uint8Array | null;
  readonly messageId: Uint8Array;
  readonly flow: string | null;
  readonly status: ReplayItemRow["status"];
  readonly newMessageId: Uint8Array | null;
  readonly why: string | null;
  readonly newRunId: Uint8Array | null;
  readonly runStatus: RunStatus | null;
}

/** Lists of replay jobs, on any connection. */
export class SqliteReplayReader implements ReplayReader {
  readonly #query: Queries;

  constructor(query: Queries) {
    this.#query = query;
  }

  async jobs(limit: number): Promise<readonly ReplayJobRow[]> {
    return this.#query.all<JobRecord>("replay-job-list", { limit }).map(toJob);
  }

  async job(number: number): Promise<ReplayJobRow | undefined> {
    const record = this.#query.get<JobRecord>("replay-job-get", { job: number });
    return record === undefined ? undefined : toJob(record);
  }

  async items(job: number, limit: number): Promise<readonly ReplayItemRow[]> {
    return this.#query.all<ItemRecord>("replay-item-list", { job, limit }).map(toItem);
  }

  async outcomes(job: number): Promise<Readonly<Record<string, number>>> {
    const found = this.#query.all<{ name: string; value: number }>("replay-item-outcomes", { job });
    return Object.fromEntries(found.map(({ name, value }) => [name, value]));
  }

  async edits(runId: string): Promise<readonly EditRow[]> {
    const id = toBlobOrNone(runId);
    if (id === undefined) return [];
    const found = this.#query.all<{
      at: number;
      actor: string;
      reason: string | null;
      before: string;
      after: string;
    }>("edit-list", { runId: id });
    return found.map(({ at, actor, reason, before, after }) => ({
      at,
      actor,
      ...(reason === null ? {} : { reason }),
      before: parse(before),
      after: parse(after),
    }));
  }
}

/** What replay jobs remember, on the tables of the one store. */
export class SqliteReplays implements ReplayStore {
  readonly read: ReplayReader;
  readonly #query: Queries;
  readonly #write: Write;

  constructor(query: Queries, write: Write) {
    this.read = new SqliteReplayReader(query);
    this.#query = query;
    this.#write = write;
  }

  create(job: NewReplayJob, items: readonly ReplayItem[], now: Instant): Promise<number> {
    return this.#write(now, ({ query }) => {
      const number = query.insert("replay-job-insert", {
        now,
        by: job.by,
        reason: job.reason ?? null,
        selection: toJson(job.selection),
        begin: job.begin,
        generation: job.generation ?? null,
        canary: job.canary,
        atOnce: job.atOnce,
      });
      for (const [position, { what, runId, messageId, flow }] of items.entries()) {
        query.run("replay-item-insert", {
          job: number,
          position,
          what,
          runId: runId === undefined ? null : toBlob(runId),
          messageId: toBlob(messageId),
          flow: flow ?? null,
        });
      }
      return number;
    });
  }

  async pace(job: number): Promise<ReplayPace | undefined> {
    const record = this.#query.get<PaceRecord>("replay-job-pace", { job });
    if (record === undefined) return undefined;
    const { byWhom: by, reason, generation, next, step, ...rest } = record;
    return {
      ...rest,
      by,
      ...(reason === null ? {} : { reason }),
      ...(generation === null ? {} : { generation }),
      ...(next === null ? {} : { next }),
      ...(step === null ? {} : { step: parse<StepOfRuns>(step) }),
    };
  }

  async pending(job: number, limit: number): Promise<readonly ReplayItemRow[]> {
    return this.#query.all<ItemRecord>("replay-item-pending", { job, limit }).map(toItem);
  }

  async saveItem(
    job: number,
    position: number,
    outcome: Parameters<ReplayStore["saveItem"]>[2],
    now: Instant,
  ): Promise<void> {
    const id = outcome.status === "taken" ? outcome.newMessageId : undefined;
    await this.#write(now, ({ query }) =>
      query.run("replay-item-save", {
        job,
        position,
        status: outcome.status,
        newMessageId: id === undefined ? null : toBlob(id),
        why: outcome.status === "refused" ? outcome.why : null,
      }),
    );
  }

  async setJob(
    job: number,
    { status, why, canary }: Parameters<ReplayStore["setJob"]>[1],
    now: Instant,
  ): Promise<void> {
    await this.#write(now, ({ query }) =>
      query.run("replay-job-set", { job, status, why, canary: canary ?? null, now }),
    );
  }

  async running(): Promise<readonly number[]> {
    return this.#query.all<{ job: number }>("replay-job-running").map(({ job }) => job);
  }
}

function toJob(record: JobRecord): ReplayJobRow {
  const { byWhom, reason, selection, generation, why, ...rest } = record;
  return {
    ...rest,
    by: byWhom,
    ...(reason === null ? {} : { reason }),
    selection: parse<ReplaySelection>(selection),
    ...(generation === null ? {} : { generation }),
    ...(why === null ? {} : { why }),
  };
}

function toItem(record: ItemRecord): ReplayItemRow {
  const { position, what, status, runId, messageId, flow, newMessageId, why } = record;
  const { newRunId, runStatus } = record;
  return {
    position,
    what,
    status,
    messageId: fromBlob(messageId),
    ...(runId === null ? {} : { runId: fromBlob(runId) }),
    ...(flow === null ? {} : { flow }),
    ...(newMessageId === null ? {} : { newMessageId: fromBlob(newMessageId) }),
    ...(why === null ? {} : { why }),
    ...(newRunId === null ? {} : { newRunId: fromBlob(newRunId) }),
    ...(runStatus === null ? {} : { runStatus }),
  };
}
