import type { Failure } from "../errors/failure.ts";
import type { Category } from "../model/plan/impact.ts";
import type { Instant, Json } from "../model/json.ts";
import type { RunStatus } from "../model/run.ts";

/** How a run met its failure: parked, ended, went on, or was late. */
export type FailureKind = "dead" | "invalid" | "in-doubt" | "stuck" | "issue" | "failed" | "late";
/** An issue is of failures of runs, or of something that is wrong whatever run meets it. */
export type IssueKind = FailureKind | "incident";
export type IssueStatus = "open" | "acknowledged" | "resolved" | "ignored";
export type NoticeReason = "opened" | "returned" | "raised" | "escalated" | "resolved";

/** One failure as the run's own commit recorded it. */
export interface FailureRow {
  readonly number: number;
  readonly kind: FailureKind;
  readonly path: string;
  readonly failure: Failure;
  readonly at: Instant;
  readonly runNo: number;
  readonly flow: string;
  readonly identity: string;
  /** Where a scheduled check reported it, and its run went on: the key of what the check looks at. */
  readonly checkOf?: string;
  readonly impact?: Json;
  /** Set for a child run: its parent tells of its end. */
  readonly isChild: boolean;
  readonly messageId: string;
}

/** One cause, however many failures it produced. */
export interface IssueRow {
  readonly number: number;
  readonly flow: string;
  readonly step: string;
  readonly system?: string;
  readonly kind: IssueKind;
  readonly class: Failure["class"];
  readonly code: string;
  /** What went wrong, without what differs from failure to failure. */
  readonly title: string;
  readonly team?: string;
  readonly category: Category;
  readonly status: IssueStatus;
  readonly failures: number;
  /** Runs that failed so, and those whose record has not succeeded since. */
  readonly runs: number;
  readonly unsettled: number;
  /** Affected business amount by currency, each run once. */
  readonly amounts: Readonly<Record<string, string>>;
  /** The newest run that failed so; empty for an incident, and where its retention is over. */
  readonly sampleRunId: string;
  readonly firstAt: Instant;
  readonly lastAt: Instant;
  readonly openedAt: Instant;
  readonly reopened: number;
  readonly changedAt: Instant;
  readonly changedBy?: string;
  readonly comment?: string;
  readonly escalated: number;
  readonly escalateAt?: Instant;
}

/** An issue as the book of issues writes it; `number` is absent for a new one. */
export type IssueEntry = Omit<
  IssueRow,
  "number" | "runs" | "unsettled" | "sampleRunId" | "escalateAt"
> & {
  readonly fingerprint: string;
  readonly sampleRunNo: number;
  readonly escalateAt: Instant | null;
};

export interface IssueRunEntry {
  readonly fingerprint: string;
  readonly runNo: number;
  readonly flow: string;
  readonly identity: string;
  readonly checkOf?: string;
  readonly failures: number;
  /** The end of the run itself settles it; not where it reported and went on. */
  readonly byOwnEnd: boolean;
  readonly at: Instant;
}

export interface NoticeEntry {
  readonly fingerprint: string;
  readonly what: NoticeReason;
  readonly team: string;
  readonly target: string;
  readonly due: Instant;
}

export interface NoticeRow {
  readonly number: number;
  readonly issue: number;
  readonly what: NoticeReason;
  readonly team: string;
  readonly target: string;
  readonly status: "pending" | "sent" | "given-up";
  readonly attempts: number;
  readonly due: Instant;
  readonly at: Instant;
  readonly sentAt?: Instant;
  readonly why?: string;
}

export interface IssueFilter {
  readonly number?: number;
  readonly status?: IssueStatus;
  /** Open and acknowledged ones. */
  readonly unresolved?: boolean;
  readonly flow?: string;
  readonly category?: Category;
  readonly since?: Instant;
  readonly limit?: number;
}

/** What the lists of insight read; on any connection. */
export interface InsightReader {
  issues(filter: IssueFilter): Promise<readonly IssueRow[]>;
  /** Runs of an issue, the newest first. */
  issueRuns(issue: number, limit: number): Promise<readonly IssueRunRow[]>;
  notices(issue: number): Promise<readonly NoticeRow[]>;
  /** The issue that a run is filed under last, if any. */
  issueOfRun(runId: string): Promise<IssueRow | undefined>;
  /** Failures of all issues, by how the run stood and class. */
  totals(): Promise<
    readonly { readonly kind: IssueKind; readonly class: string; readonly failures: number }[]
  >;
}

export interface IssueRunRow {
  readonly runId: string;
  readonly status: RunStatus;
  readonly failures: number;
  readonly settled: boolean;
  readonly at: Instant;
}

/** What insight remembers. It reads what the runs' own commits wrote, and writes rows of its own. */
export interface InsightStore {
  readonly read: InsightReader;
  /** Failures that no issue knows yet, in the order in which they happened. */
  failures(limit: number): Promise<readonly FailureRow[]>;
  /** Issues by fingerprint, with the runs named that each knows already. */
  known(
    fingerprints: readonly string[],
    runNos: readonly number[],
  ): Promise<
    ReadonlyMap<string, { readonly issue: IssueRow; readonly runNos: ReadonlySet<number> }>
  >;
  /** Files failures under their issues, with the notices to be sent, in one transaction. */
  file(filing: Filing, now: Instant): Promise<void>;
  /**
   * Marks what is settled of the runs named, or of all from `after` on: their record succeeded, or a
   * person ended them. Answers the issues of which nothing is unsettled any more.
   */
  settle(
    which: { readonly runIds: readonly string[] } | { readonly after: number },
    now: Instant,
  ): Promise<Settled>;
  setIssue(number: number, change: IssueChange, now: Instant): Promise<boolean>;
  /** Notices that are due, the oldest first. */
  dueNotices(now: Instant, limit: number): Promise<readonly NoticeRow[]>;
  saveNotice(number: number, outcome: NoticeOutcome, now: Instant): Promise<void>;
  /** When a target was last told something. */
  lastNotice(team: string, target: string): Promise<Instant | undefined>;
  /** Unacknowledged issues whose next team is to hear of them. */
  dueEscalations(now: Instant): Promise<readonly IssueRow[]>;
  /** The earliest time at which a notice or an escalation becomes due. */
  nextDue(): Promise<Instant | undefined>;
  /** True while an issue waits for its records to succeed. */
  hasUnsettled(): Promise<boolean>;
}

export interface Filing {
  /** The last failure that these issues know; absent where they are of none. */
  readonly upTo?: number;
  readonly issues: readonly IssueEntry[];
  readonly runs: readonly IssueRunEntry[];
  readonly notices: readonly NoticeEntry[];
}

export interface Settled {
  /** Issues, open or acknowledged, without any unsettled run. */
  readonly done: readonly IssueRow[];
  /** Where to go on with `after`; absent when all was looked at. */
  readonly next?: number;
}

export interface IssueChange {
  readonly status?: IssueStatus;
  readonly by?: string;
  readonly comment?: string;
  readonly escalated?: number;
  readonly escalateAt?: Instant | null;
  readonly notices?: readonly Omit<NoticeEntry, "fingerprint">[];
}

/** What came of a notice; `attempts` are those in all. */
export type NoticeOutcome = { readonly attempts: number } & (
  | { readonly status: "sent" }
  | { readonly status: "given-up"; readonly why: string }
  | { readonly status: "pending"; readonly due: Instant; readonly why: string }
);
