import type { Instant } from "../../model/json.ts";
import type {
  FailureRow,
  Filing,
  InsightReader,
  InsightStore,
  IssueChange,
  IssueRow,
  NoticeOutcome,
  NoticeRow,
  Settled,
} from "../../ports/insight-store.ts";
import { hashKey, fromBlob, toBlobOrNone } from "./ids.ts";
import {
  type IssueRecord,
  type NoticeRecord,
  SqliteInsightReader,
  toIssue,
  toNotice,
} from "./insight-reader.ts";
import type { Queries } from "./queries.ts";
import { parse, toJson, type Work } from "./work.ts";

/** The last failure that is filed under an issue. */
const filedCheckpoint = "insight:failures";
/** Runs looked at in one operation: short enough to stand between two others. */
const settleMax = 500;

type Write = <T>(now: Instant, operate: (work: Work) => T) => Promise<T>;

interface FailureRecord {
  readonly number: number;
  readonly kind: FailureRow["kind"];
  readonly path: string;
  readonly failure: string;
  readonly at: number;
  readonly runNo: number;
  readonly flow: string;
  readonly identity: string;
  readonly impact: string | null;
  readonly isChild: 0 | 1;
  readonly messageId: Uint8Array;
  readonly checkOf: string | null;
}

/** What insight remembers, on the tables of the one store. */
export class SqliteInsight implements InsightStore {
  readonly read: InsightReader;
  readonly #query: Queries;
  readonly #write: Write;

  constructor(query: Queries, write: Write) {
    this.#query = query;
    this.#write = write;
    this.read = new SqliteInsightReader(query);
  }

  async failures(limit: number): Promise<readonly FailureRow[]> {
    const saved = this.#query.get<{ value: string }>("checkpoint-get", { name: filedCheckpoint });
    const after = saved === undefined ? 0 : Number(saved.value);
    return this.#query.all<FailureRecord>("failure-list", { after, limit }).map(toFailure);
  }

  async known(fingerprints: readonly string[], runNos: readonly number[]) {
    const found = new Map<string, { issue: IssueRow; runNos: Set<number> }>();
    for (const fingerprint of fingerprints) {
      const record = this.#query.get<IssueRecord>("issue-by-fingerprint", {
        fingerprint: Buffer.from(fingerprint, "hex"),
      });
      if (record === undefined) continue;
      const issue = toIssue(record);
      const known = runNos.filter(
        (runNo) =>
          this.#query.get("issue-run-known", { number: issue.number, runNo }) !== undefined,
      );
      found.set(fingerprint, { issue, runNos: new Set(known) });
    }
    return found;
  }

  file(filing: Filing, now: Instant): Promise<void> {
    return this.#write(now, (work) => fileFailures(work, filing));
  }

  settle(
    which: { readonly runIds: readonly string[] } | { readonly after: number },
    now: Instant,
  ): Promise<Settled> {
    return this.#write(now, (work) => settleRuns(work, which));
  }

  setIssue(number: number, change: IssueChange, now: Instant): Promise<boolean> {
    return this.#write(now, (work) => changeIssue(work, number, change));
  }

  async dueNotices(now: Instant, limit: number): Promise<readonly NoticeRow[]> {
    return this.#query.all<NoticeRecord>("notice-due", { now, limit }).map(toNotice);
  }

  async saveNotice(number: number, outcome: NoticeOutcome, now: Instant): Promise<void> {
    await this.#write(now, ({ query }) =>
      query.run("notice-save", {
        number,
        status: outcome.status,
        attempts: outcome.attempts,
        due: outcome.status === "pending" ? outcome.due : now,
        sentAt: outcome.status === "sent" ? now : null,
        why: outcome.status === "sent" ? null : outcome.why,
      }),
    );
  }

  async lastNotice(team: string, target: string): Promise<Instant | undefined> {
    return this.#query.get<{ at: number | null }>("notice-last", { team, target })?.at ?? undefined;
  }

  async dueEscalations(now: Instant): Promise<readonly IssueRow[]> {
    return this.#query.all<IssueRecord>("issue-escalations", { now }).map(toIssue);
  }

  async nextDue(): Promise<Instant | undefined> {
    const dues = ["notice-next-due", "issue-next-escalation"].flatMap((name) => {
      const due = this.#query.get<{ due: number | null }>(name)?.due ?? null;
      return due === null ? [] : [due];
    });
    return dues.length === 0 ? undefined : Math.min(...dues);
  }

  async hasUnsettled(): Promise<boolean> {
    return this.#query.get("issue-run-any") !== undefined;
  }
}

function toFailure(record: FailureRecord): FailureRow {
  const { failure, impact, isChild, messageId, checkOf, ...rest } = record;
  return {
    ...rest,
    failure: parse<FailureRow["failure"]>(failure),
    ...(impact === null ? {} : { impact: parse(impact) }),
    isChild: isChild === 1,
    messageId: fromBlob(messageId),
    ...(checkOf === null ? {} : { checkOf }),
  };
}

/** The record that a failure is about: that of its run, or the thing that a schedule looks at. */
function recordKey(flow: string, identity: string, checkOf: string | undefined): Buffer {
  return checkOf === undefined
    ? hashKey("identity", flow, identity)
    : hashKey("check", flow, checkOf);
}

function fileFailures(work: Work, { upTo, issues, runs, notices }: Filing): void {
  const { query, now } = work;
  for (const { fingerprint, amounts, team, system, changedBy, comment, ...issue } of issues) {
    query.run("issue-save", {
      ...issue,
      fingerprint: Buffer.from(fingerprint, "hex"),
      amounts: toJson(amounts),
      team: team ?? null,
      system: system ?? null,
      changedBy: changedBy ?? null,
      comment: comment ?? null,
    });
  }
  const numberOf = (fingerprint: string): number =>
    query.get<{ number: number }>("issue-number", { fingerprint: Buffer.from(fingerprint, "hex") })
      ?.number ?? 0;
  for (const { fingerprint, runNo, flow, identity, checkOf, failures, byOwnEnd, at } of runs) {
    query.run("issue-run-save", {
      number: numberOf(fingerprint),
      runNo,
      identityKey: recordKey(flow, identity, checkOf),
      failures,
      byOwnEnd: byOwnEnd ? 1 : 0,
      at,
    });
  }
  for (const { fingerprint, ...notice } of notices) {
    query.run("notice-insert", { ...notice, issue: numberOf(fingerprint), now });
  }
  if (upTo !== undefined) {
    query.run("checkpoint-save", { name: filedCheckpoint, value: String(upTo), now });
  }
}

function settleRuns(
  work: Work,
  which: { readonly runIds: readonly string[] } | { readonly after: number },
): Settled {
  const { query } = work;
  const runNos =
    "runIds" in which
      ? which.runIds.flatMap((runId) => unsettledOf(work, runId))
      : query
          .all<{ runNo: number }>("issue-run-unsettled", { after: which.after, limit: settleMax })
          .map(({ runNo }) => runNo);
  const touched = new Set<number>();
  for (const runNo of new Set(runNos)) {
    const latestNo = latestOf(work, runNo);
    for (const { number } of query.all<{ number: number }>("issue-run-settle", {
      runNo,
      latestNo,
    })) {
      touched.add(number);
    }
  }
  const done = [...touched].flatMap((number) => {
    const record = query.get<IssueRecord>("issue-get", { number });
    const isDone = record?.unsettled === 0 && ["open", "acknowledged"].includes(record.status);
    return record !== undefined && isDone ? [toIssue(record)] : [];
  });
  const last = runNos.at(-1);
  const isMore = "after" in which && runNos.length === settleMax && last !== undefined;
  return { done, ...(isMore ? { next: last } : {}) };
}

/** The latest run of the same record as an unsettled one, or of the same check. */
function latestOf(work: Work, runNo: number): number {
  const found = work.query.get<{ identityKey: Uint8Array }>("issue-run-identity", { runNo });
  if (found === undefined) return runNo;
  const known = work.keys.identity.find(Buffer.from(found.identityKey))?.rowNo;
  if (known !== undefined) return known;
  const checked = work.query.get<{ runNo: number | null }>("issue-run-checked", { runNo });
  return checked?.runNo ?? runNo;
}

function unsettledOf({ query }: Work, runId: string): readonly number[] {
  const id = toBlobOrNone(runId);
  if (id === undefined) return [];
  const run = query.get<{
    runNo: number;
    flow: string;
    identity: string;
    checkOf: string | null;
  }>("run-identity", { runId: id });
  if (run === undefined) return [];
  const { flow, identity, checkOf } = run;
  const records = [
    recordKey(flow, identity, undefined),
    ...(checkOf === null ? [] : [recordKey(flow, identity, checkOf)]),
  ];
  return records.flatMap((identityKey) =>
    query
      .all<{ runNo: number }>("issue-run-of", { runNo: run.runNo, identityKey })
      .map(({ runNo }) => runNo),
  );
}

function changeIssue(work: Work, number: number, change: IssueChange): boolean {
  const { query, now } = work;
  const record = query.get<IssueRecord>("issue-get", { number });
  if (record === undefined) return false;
  query.run("issue-change", {
    number,
    status: change.status ?? record.status,
    by: change.by ?? record.changedBy,
    comment: change.comment ?? record.comment,
    escalated: change.escalated ?? record.escalated,
    escalateAt: change.escalateAt === undefined ? record.escalateAt : change.escalateAt,
    now,
  });
  for (const notice of change.notices ?? []) {
    query.run("notice-insert", { ...notice, issue: number, now });
  }
  return true;
}
