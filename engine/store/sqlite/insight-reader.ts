import type {
  InsightReader,
  IssueFilter,
  IssueRow,
  IssueRunRow,
  NoticeRow,
} from "../../ports/insight-store.ts";
import { fromBlob, toBlobOrNone } from "./ids.ts";
import type { Queries } from "./queries.ts";
import { parse } from "./work.ts";

const limitDefault = 50;

/** A row of `issue_view`. */
export interface IssueRecord {
  readonly number: number;
  readonly flow: string;
  readonly step: string;
  readonly system: string | null;
  readonly kind: IssueRow["kind"];
  readonly class: IssueRow["class"];
  readonly code: string;
  readonly title: string;
  readonly team: string | null;
  readonly category: IssueRow["category"];
  readonly status: IssueRow["status"];
  readonly failures: number;
  readonly amounts: string;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly openedAt: number;
  readonly reopened: number;
  readonly changedAt: number;
  readonly changedBy: string | null;
  readonly comment: string | null;
  readonly escalated: number;
  readonly escalateAt: number | null;
  readonly sampleRunId: Uint8Array | null;
  readonly runs: number;
  readonly unsettled: number;
}

export function toIssue(record: IssueRecord): IssueRow {
  const { system, team, changedBy, comment, escalateAt, sampleRunId, amounts } = record;
  const { number, flow, step, kind, code, title, category, status, failures, runs, unsettled } =
    record;
  const { firstAt, lastAt, openedAt, reopened, changedAt, escalated } = record;
  return {
    number,
    flow,
    step,
    ...(system === null ? {} : { system }),
    kind,
    class: record.class,
    code,
    title,
    ...(team === null ? {} : { team }),
    category,
    status,
    failures,
    runs,
    unsettled,
    amounts: parse<Readonly<Record<string, string>>>(amounts),
    // A run whose retention is over leaves its issue behind.
    sampleRunId: sampleRunId === null ? "" : fromBlob(sampleRunId),
    firstAt,
    lastAt,
    openedAt,
    reopened,
    changedAt,
    ...(changedBy === null ? {} : { changedBy }),
    ...(comment === null ? {} : { comment }),
    escalated,
    ...(escalateAt === null ? {} : { escalateAt }),
  };
}

export type NoticeRecord = Omit<NoticeRow, "sentAt" | "why"> & {
  readonly sentAt: number | null;
  readonly why: string | null;
};

export function toNotice({ sentAt, why, ...rest }: NoticeRecord): NoticeRow {
  return {
    ...rest,
    ...(sentAt === null ? {} : { sentAt }),
    ...(why === null ? {} : { why }),
  };
}

/** The lists of insight on any connection, the owner's or a read-only one. */
export class SqliteInsightReader implements InsightReader {
  readonly #query: Queries;

  constructor(query: Queries) {
    this.#query = query;
  }

  async issues(filter: IssueFilter): Promise<readonly IssueRow[]> {
    const { number, flow = null, category = null, status = null, since = 0 } = filter;
    if (number !== undefined) {
      return this.#query.all<IssueRecord>("issue-get", { number }).map(toIssue);
    }
    const values = { flow, category, since, limit: filter.limit ?? limitDefault };
    const found =
      filter.unresolved === true
        ? this.#query.all<IssueRecord>("issue-list-unresolved", values)
        : this.#query.all<IssueRecord>("issue-list", { ...values, status });
    return found.map(toIssue);
  }

  async issueRuns(issue: number, limit: number): Promise<readonly IssueRunRow[]> {
    const found = this.#query.all<
      Omit<IssueRunRow, "runId" | "settled"> & { runId: Uint8Array; settled: 0 | 1 }
    >("issue-run-list", { number: issue, limit });
    return found.map(({ runId, settled, ...rest }) => ({
      ...rest,
      runId: fromBlob(runId),
      settled: settled === 1,
    }));
  }

  async issueOfRun(runId: string): Promise<IssueRow | undefined> {
    const id = toBlobOrNone(runId);
    const record =
      id === undefined ? undefined : this.#query.get<IssueRecord>("issue-of-run", { runId: id });
    return record === undefined ? undefined : toIssue(record);
  }

  async totals(): ReturnType<InsightReader["totals"]> {
    return this.#query.all("issue-totals");
  }

  async notices(issue: number): Promise<readonly NoticeRow[]> {
    return this.#query.all<NoticeRecord>("notice-list", { issue }).map(toNotice);
  }
}
