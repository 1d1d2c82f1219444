import type { Instant } from "../model/json.ts";
import type { IssueRow, NoticeOutcome, NoticeRow } from "../ports/insight-store.ts";
import { adviceFor } from "./advice.ts";
import { webhookHeaders } from "./standard-webhook.ts";
import { type Target, targetsOf } from "./targets.ts";
import type { InsightWorld, Posted } from "./world.ts";

const dueMax = 500;
/** A target hears at most once in so long: what comes meanwhile goes with the next notice. */
const quietMs = 60_000;
const attemptsMax = 12;
const firstRetryMs = 5_000;
const retryMsMax = 30 * 60_000;
/** Issues told in one notice; the rest is a number. */
const toldMax = 20;

/** Sends what is due: one request a target, whatever it is about. */
export async function sendNotices(world: InsightWorld): Promise<void> {
  const due = await world.store.dueNotices(world.clock.now(), dueMax);
  const groups = new Map<string, NoticeRow[]>();
  for (const row of due) {
    const key = JSON.stringify([row.team, row.target]);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  // Targets do not wait for each other.
  await Promise.all([...groups.values()].map(async (rows) => tell(world, rows)));
}

async function tell(world: InsightWorld, rows: readonly NoticeRow[]): Promise<void> {
  const [first] = rows;
  if (first === undefined) return;
  const { team, target: name } = first;
  const now = world.clock.now();
  const target = targetsOf(world.generation().workspace.teams[team]).find(
    (one) => one.name === name,
  );
  const save = async (outcome: (row: NoticeRow) => NoticeOutcome): Promise<void> => {
    await Promise.all(
      rows.map(async (row) => world.store.saveNotice(row.number, outcome(row), now)),
    );
  };
  if (target === undefined) {
    const why = `team ${team} has no target ${name} any more`;
    await save(({ attempts }) => ({ status: "given-up", why, attempts }));
    return;
  }
  const last = await world.store.lastNotice(team, name);
  if (target.plan.kind === "webhook" && last !== undefined && now < last + quietMs) {
    const why = "waits for the notice before it";
    await save(({ attempts }) => ({ status: "pending", due: last + quietMs, why, attempts }));
    return;
  }
  const outcome = await sendTo(world, target, rows);
  await save(({ attempts }) => outcomeOf(outcome, attempts + 1, now));
  if (outcome.kind !== "sent") {
    world.log.write("warn", "a notice could not be sent", { team, target: name, why: outcome.why });
  }
}

type Outcome =
  | { readonly kind: "sent" }
  | { readonly kind: "again" | "never"; readonly why: string; readonly at?: Instant };

function outcomeOf(outcome: Outcome, attempts: number, now: Instant): NoticeOutcome {
  if (outcome.kind === "sent") return { status: "sent", attempts };
  const { why } = outcome;
  if (outcome.kind === "never" || attempts >= attemptsMax) {
    return { status: "given-up", why, attempts };
  }
  const wait = Math.min(firstRetryMs * 3 ** (attempts - 1), retryMsMax);
  return { status: "pending", due: Math.max(now + wait, outcome.at ?? 0), why, attempts };
}

async function sendTo(
  world: InsightWorld,
  { plan }: Target,
  rows: readonly NoticeRow[],
): Promise<Outcome> {
  const told = await issuesOf(world, rows);
  if (plan.kind === "log") {
    for (const { row, issue } of told) logNotice(world, plan.value, row, issue);
    return { kind: "sent" };
  }
  const body = JSON.stringify(await noticeBody(world, rows, told));
  const id = `notice_${Math.min(...rows.map(({ number }) => number))}`;
  const secret = plan.sign === undefined ? undefined : world.secrets.secret(plan.sign);
  if (plan.sign !== undefined && secret === undefined) {
    return { kind: "again", why: `secret ${plan.sign} is not set` };
  }
  let url: string;
  try {
    url = world.urlOf(plan.value);
  } catch {
    return { kind: "again", why: "the webhook's URL cannot be made: is its environment set?" };
  }
  const headers = {
    "content-type": "application/json",
    ...webhookHeaders(id, world.clock.now(), body, secret),
  };
  return judge(await world.post({ url, headers, body }));
}

function judge(posted: Posted): Outcome {
  if (posted.kind === "refused") return { kind: "never", why: posted.reason };
  if (posted.kind === "failed") return { kind: "again", why: posted.reason };
  const { status, retryAt } = posted;
  if (status >= 200 && status < 300) return { kind: "sent" };
  const why = `answered ${status}`;
  // Gone, as Standard Webhooks have it: the receiver wants no more.
  if (status === 410) return { kind: "never", why };
  return { kind: "again", why, ...(retryAt === undefined ? {} : { at: retryAt }) };
}

interface Told {
  readonly row: NoticeRow;
  readonly issue: IssueRow;
}

/** One line an issue: of several notices about it the last says where it stands. */
async function issuesOf(world: InsightWorld, rows: readonly NoticeRow[]): Promise<readonly Told[]> {
  const newest = new Map<number, NoticeRow>();
  for (const row of rows) newest.set(row.issue, row);
  const told: Told[] = [];
  for (const row of newest.values()) {
    const [issue] = await world.store.read.issues({ number: row.issue });
    if (issue !== undefined) told.push({ row, issue });
  }
  return told;
}

async function noticeBody(
  world: InsightWorld,
  rows: readonly NoticeRow[],
  told: readonly Told[],
): Promise<unknown> {
  const issues = await Promise.all(
    told.slice(0, toldMax).map(async ({ row, issue }) => describe(world, row, issue)),
  );
  return {
    type: "sluice.issues",
    timestamp: new Date(world.clock.now()).toISOString(),
    data: {
      workspace: world.generation().workspace.name,
      team: rows[0]?.team,
      issues,
      more: Math.max(0, told.length - toldMax),
    },
  };
}

/** All that a team needs to know, and what it may do; personal data masked. */
async function describe(world: InsightWorld, row: NoticeRow, issue: IssueRow): Promise<unknown> {
  const { number, firstAt, lastAt, openedAt, team = row.team } = issue;
  const sample = await world.sample(issue);
  const { class: failed, code, title: message, system } = issue;
  const named = system === undefined ? {} : { system };
  const failure = sample.failure ?? { class: failed, code, message, ...named };
  const { cause, action } = adviceFor(issue.kind, failure);
  const own = world.generation().workspace.teams[team];
  return {
    what: row.what,
    issue: number,
    category: issue.category,
    status: issue.status,
    title: issue.title,
    flow: issue.flow,
    step: issue.step,
    ...(issue.system === undefined ? {} : { system: issue.system }),
    class: issue.class,
    code: issue.code,
    failures: issue.failures,
    records: issue.runs,
    unsettled: issue.unsettled,
    amounts: issue.amounts,
    firstSeen: new Date(firstAt).toISOString(),
    lastSeen: new Date(lastAt).toISOString(),
    open: new Date(openedAt).toISOString(),
    owner: { team, ...(own === undefined ? {} : { contact: own.contact }) },
    likelyCause: cause,
    suggestedAction: action,
    sample,
    command: `sluice issues show ${number}`,
    link: `${world.baseUrl()}/admin/v1/issues/${number}`,
    actions: actionsOf(issue, sample.runId),
  };
}

/** What may be done from a shell, the likeliest first. */
export function actionsOf(issue: IssueRow, runId: string): readonly string[] {
  if (issue.kind === "incident") {
    return issue.status === "resolved"
      ? ["sluice status"]
      : [
          "sluice status",
          `sluice issues ack ${issue.number}`,
          `sluice issues ignore ${issue.number}`,
        ];
  }
  if (issue.status === "resolved") return [`sluice trace ${runId}`];
  const isParked = ["dead", "invalid", "in-doubt", "stuck"].includes(issue.kind);
  return [
    `sluice issues ack ${issue.number}`,
    // What the partner said stands there.
    isParked ? `sluice dead-letters ${runId}` : `sluice runs ${runId}`,
    ...(isParked || issue.kind === "failed"
      ? [`sluice replay --issue ${issue.number} --dry-run`, `sluice replay --issue ${issue.number}`]
      : []),
    `sluice issues ignore ${issue.number}`,
  ];
}

function logNotice(
  { log }: InsightWorld,
  level: "warn" | "error",
  { what, team }: NoticeRow,
  issue: IssueRow,
): void {
  const said = what === "resolved" ? "info" : level;
  log.write(said, `issue ${issue.number} ${what}: ${issue.title}`, {
    issue: issue.number,
    team,
    category: issue.category,
    flow: issue.flow,
    step: issue.step,
    class: issue.class,
    code: issue.code,
    failures: issue.failures,
    run: issue.sampleRunId,
    command: `sluice issues show ${issue.number}`,
  });
}
