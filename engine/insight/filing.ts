import type { Instant } from "../model/json.ts";
import type { Category } from "../model/plan/impact.ts";
import type { WorkspacePlan } from "../model/plan/workspace.ts";
import type {
  FailureRow,
  Filing,
  IssueEntry,
  IssueRow,
  IssueRunEntry,
  NoticeEntry,
  NoticeReason,
} from "../ports/insight-store.ts";
import { withImpact } from "./amount.ts";
import { categoryOf, isWorse } from "./category.ts";
import { fingerprintOf, stepOf, withoutVariables } from "./fingerprint.ts";
import { levelsOf, toldOf } from "./targets.ts";
import type { InsightWorld } from "./world.ts";

/** Failures taken at once. */
const batchMax = 500;
/** A notice waits so long for equal failures, so that its count says something. */
const gatherMs = 2_000;

interface Found {
  readonly fingerprint: string;
  readonly title: string;
  readonly rows: readonly FailureRow[];
}

/** Files failures that no issue knows yet. True when there may be more of them. */
export async function fileFailures(world: InsightWorld): Promise<boolean> {
  const rows = await world.store.failures(batchMax);
  const last = rows.at(-1);
  if (last === undefined) return false;
  const groups = await grouped(world, rows.filter(isOwn));
  const runNos = rows.map(({ runNo }) => runNo);
  const known = await world.store.known(
    groups.map(({ fingerprint }) => fingerprint),
    runNos,
  );
  const now = world.clock.now();
  const filed = groups.map((found) => {
    const before = known.get(found.fingerprint);
    return fileGroup(world, found, { now, issue: before?.issue, runNos: before?.runNos ?? none });
  });
  const filing: Filing = {
    upTo: last.number,
    issues: filed.map(({ issue }) => issue),
    runs: groups.flatMap(runEntries),
    notices: filed.flatMap(({ notices }) => notices),
  };
  await world.store.file(filing, now);
  return rows.length === batchMax;
}

const none: ReadonlySet<number> = new Set();

/** A child run's end is its parent's to tell. */
function isOwn({ kind, isChild }: FailureRow): boolean {
  return kind !== "failed" || !isChild;
}

async function grouped(
  { read, digest, words }: InsightWorld,
  rows: readonly FailureRow[],
): Promise<readonly Found[]> {
  const groups = new Map<string, { title: string; rows: FailureRow[] }>();
  for (const row of rows) {
    const data = (await read.message(row.messageId))?.message.data ?? null;
    // Personal words that vary like no id, such as a first name, vary from record to record, too.
    const title = words(row.flow, data, withoutVariables(row.failure.message, data));
    const path = row.failure.path ?? row.path;
    const fingerprint = fingerprintOf(row.failure, { flow: row.flow, title, path }, digest);
    const group = groups.get(fingerprint) ?? { title, rows: [] };
    groups.set(fingerprint, group);
    group.rows.push(row);
  }
  return [...groups].map(([fingerprint, group]) => ({ fingerprint, ...group }));
}

function runEntries({ fingerprint, rows }: Found): readonly IssueRunEntry[] {
  return rows.map(({ runNo, flow, identity, checkOf, kind, at }) => ({
    fingerprint,
    runNo,
    flow,
    identity,
    ...(checkOf === undefined ? {} : { checkOf }),
    failures: 1,
    byOwnEnd: kind !== "issue",
    at,
  }));
}

interface Before {
  readonly now: Instant;
  readonly issue: IssueRow | undefined;
  readonly runNos: ReadonlySet<number>;
}

function fileGroup(
  world: InsightWorld,
  found: Found,
  before: Before,
): { readonly issue: IssueEntry; readonly notices: readonly NoticeEntry[] } {
  const { rows } = found;
  const { issue, now } = before;
  const { flows, workspace } = world.generation();
  const last = rows.at(-1) as FailureRow;
  const { flow, kind, impact } = last;
  const team = flows.get(flow)?.owner ?? issue?.team;
  const amounts = amountsOf(rows, before);
  const stake = { flow, kind, class: last.failure.class, impact, amounts };
  const change = changeOf(issue, categoryOf(stake, workspace.policies?.impact));
  const { reason, category, status } = change;
  const openedAt = reason === "opened" || reason === "returned" ? now : (issue?.openedAt ?? now);
  const first = levelsOf(team, workspace.teams)[0]?.afterMs;
  const entry: IssueEntry = {
    ...sameOf(found, last),
    ...wordsOf(issue, reason),
    ...(team === undefined ? {} : { team }),
    category,
    status,
    ...countsOf(issue, rows, reason, now),
    amounts,
    openedAt,
    ...escalationOf(change, issue, { openedAt, first }),
  };
  return { issue: entry, notices: noticesOf(entry, reason, workspace.teams, now) };
}

/** How often, since when, and how often it came back. */
export function countsOf(
  issue: IssueRow | undefined,
  rows: readonly Pick<FailureRow, "at">[],
  reason: NoticeReason | undefined,
  now: Instant,
) {
  return {
    failures: (issue?.failures ?? 0) + rows.length,
    firstAt: issue?.firstAt ?? rows[0]?.at ?? now,
    reopened: (issue?.reopened ?? 0) + (reason === "returned" ? 1 : 0),
    changedAt: reason === undefined ? (issue?.changedAt ?? now) : now,
  };
}

/** Whom to tell, if there is anything to tell. */
export function noticesOf(
  { fingerprint, team, category }: IssueEntry,
  what: NoticeReason | undefined,
  teams: WorkspacePlan["teams"],
  now: Instant,
): readonly NoticeEntry[] {
  if (what === undefined || team === undefined) return [];
  return toldOf(teams[team], category).map(({ name }) => ({
    fingerprint,
    what,
    team,
    target: name,
    due: now + gatherMs,
  }));
}

/** What all failures of the issue have in common, as the newest says it. */
function sameOf(
  { fingerprint, title }: Found,
  { failure, flow, kind, path, runNo, at }: FailureRow,
) {
  return {
    fingerprint,
    title,
    flow,
    step: stepOf(failure.path ?? path),
    ...(failure.system === undefined ? {} : { system: failure.system }),
    kind,
    class: failure.class,
    code: failure.code,
    sampleRunNo: runNo,
    lastAt: at,
  };
}

/** What a person said of it; of an issue that returns nobody said anything yet. */
export function wordsOf(issue: IssueRow | undefined, reason: NoticeReason | undefined) {
  if (issue === undefined || reason === "returned") return {};
  const { changedBy, comment } = issue;
  return {
    ...(changedBy === undefined ? {} : { changedBy }),
    ...(comment === undefined ? {} : { comment }),
  };
}

/** What is at stake in all runs of the issue, each counted once however often it failed. */
function amountsOf(rows: readonly FailureRow[], { issue, runNos }: Before) {
  const counted = new Set(runNos);
  let amounts = issue?.amounts ?? {};
  for (const { runNo, impact } of rows) {
    if (counted.has(runNo)) continue;
    counted.add(runNo);
    amounts = withImpact(amounts, impact);
  }
  return amounts;
}

interface Change {
  readonly status: IssueRow["status"];
  readonly category: Category;
  readonly reason?: NoticeReason;
}

/** An issue only becomes worse while it is open; what was resolved and returns is judged anew. */
export function changeOf(issue: IssueRow | undefined, judged: Category): Change {
  if (issue === undefined) return { status: "open", category: judged, reason: "opened" };
  if (issue.status === "resolved") return { status: "open", category: judged, reason: "returned" };
  const isRaised = isWorse(judged, issue.category);
  const category = isRaised ? judged : issue.category;
  const { status } = issue;
  return isRaised && status === "open"
    ? { status, category, reason: "raised" }
    : { status, category };
}

/** A critical issue climbs from the time it was opened on, until somebody acknowledges it. */
export function escalationOf(
  change: Change,
  issue: IssueRow | undefined,
  at: { readonly openedAt: Instant; readonly first: number | undefined },
): Pick<IssueEntry, "escalated" | "escalateAt"> {
  if (change.reason === undefined && issue !== undefined) {
    return { escalated: issue.escalated, escalateAt: issue.escalateAt ?? null };
  }
  const climbs = change.category === "critical" && at.first !== undefined;
  return { escalated: 0, escalateAt: climbs ? at.openedAt + (at.first ?? 0) : null };
}
