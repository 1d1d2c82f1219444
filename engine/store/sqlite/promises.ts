import type { Instant } from "../../model/json.ts";
import type {
  FlowPromise,
  KeptRow,
  MilestoneDay,
  OpenRunRow,
  PromiseStore,
  Span,
} from "../../ports/promise-store.ts";
import { fromBlob } from "./ids.ts";
import type { Queries } from "./queries.ts";
import { parse, toJson, type Work } from "./work.ts";

type Write = <T>(now: Instant, operate: (work: Work) => T) => Promise<T>;

const lookedCheckpoint = "insight:promises";
const underWay = ["queued", "ready", "held", "active", "released"] as const;

/** Promises about time, on the tables of the one store. */
export class SqlitePromises implements PromiseStore {
  readonly #query: Queries;
  readonly #write: Write;

  constructor(query: Queries, write: Write) {
    this.#query = query;
    this.#write = write;
  }

  async late(
    { flow, milestone }: FlowPromise,
    path: string,
    { since, until }: Span,
  ): Promise<readonly number[]> {
    const values = { flow, milestone: milestone ?? null, path, after: since, until };
    return this.#query.all<{ runNo: number }>("promise-late", values).map(({ runNo }) => runNo);
  }

  async recordLate(
    runs: Parameters<PromiseStore["recordLate"]>[0],
    looked: Readonly<Record<string, Instant>>,
    now: Instant,
  ): Promise<void> {
    await this.#write(now, ({ query }) => {
      for (const { runNo, path, failure } of runs) {
        query.run("problem-insert", { runNo, kind: "late", path, failure: toJson(failure), now });
      }
      query.run("checkpoint-save", { name: lookedCheckpoint, value: toJson(looked), now });
    });
  }

  async looked(): Promise<Readonly<Record<string, Instant>>> {
    const row = this.#query.get<{ value: string }>("checkpoint-get", { name: lookedCheckpoint });
    return row === undefined ? {} : parse<Readonly<Record<string, Instant>>>(row.value);
  }

  async nextUnderWay(after: Instant): Promise<Instant | undefined> {
    const starts = underWay.flatMap((status) => {
      const row = this.#query.get<{ startedAt: number | null }>("promise-next", { status, after });
      return row?.startedAt === null || row === undefined ? [] : [row.startedAt];
    });
    return starts.length === 0 ? undefined : Math.min(...starts);
  }

  async open(
    { flow, milestone }: FlowPromise,
    until: Instant,
    limit: number,
  ): Promise<readonly OpenRunRow[]> {
    const found = this.#query.all<Omit<OpenRunRow, "runId"> & { readonly runId: Uint8Array }>(
      "promise-open",
      { flow, milestone: milestone ?? null, until, limit },
    );
    return found.map(({ runId, ...rest }) => ({ ...rest, runId: fromBlob(runId) }));
  }

  async kept({ flow, milestone, withinMs: within }: FlowPromise, span: Span): Promise<KeptRow> {
    const values = { flow, within, ...span };
    const row =
      milestone === undefined
        ? this.#query.get<KeptRow>("promise-kept", values)
        : this.#query.get<KeptRow>("promise-reached", { ...values, milestone });
    return row ?? { ended: 0, inTime: 0, averageMs: null, longestMs: null };
  }

  async milestones(span: Span, flow?: string): Promise<readonly MilestoneDay[]> {
    return this.#query.all<MilestoneDay>("milestone-days", { ...span, flow: flow ?? null });
  }
}
