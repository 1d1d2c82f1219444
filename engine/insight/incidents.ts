import type { Category } from "../model/plan/impact.ts";
import type { IssueEntry, IssueRow } from "../ports/insight-store.ts";
import { categoryOf } from "./category.ts";
import { changeOf, countsOf, escalationOf, noticesOf, wordsOf } from "./filing.ts";
import type { Incident, IncidentKind, Incidents } from "./incident.ts";
import { levelsOf } from "./targets.ts";
import type { InsightWorld } from "./world.ts";

/** The flow of an issue that is no flow's. */
const noFlow = "";

/** How bad it is where no rule of the workspace says. */
const usual: Readonly<Record<IncidentKind, Category>> = {
  circuit: "high",
  session: "high",
  gap: "normal",
  reload: "normal",
  store: "critical",
  clock: "normal",
};

const openMax = 1_000;

/**
 * Opens an issue for each incident, once, and closes those that are over, also those that ended while
 * the engine was down. True when some stay open because nobody can tell yet.
 */
export async function reconcile(
  world: InsightWorld,
  { open, isKnown }: Incidents,
  close: (issue: IssueRow, comment: string) => Promise<void>,
): Promise<boolean> {
  for (const incident of open) await fileIncident(world, incident);
  const now = new Set(open.map(stepOfIncident));
  const issues = await world.store.read.issues({ unresolved: true, flow: noFlow, limit: openMax });
  let isUnsure = false;
  for (const issue of issues) {
    const [kind = "", target = ""] = issue.step.split(/ (.*)/s);
    if (now.has(issue.step)) continue;
    if (isKnown(kind, target)) await close(issue, "it is over by itself");
    else isUnsure = true;
  }
  return isUnsure;
}

function stepOfIncident({ kind, target }: Pick<Incident, "kind" | "target">): string {
  return `${kind} ${target}`;
}

async function fileIncident(world: InsightWorld, incident: Incident): Promise<void> {
  const digest = world.digest(JSON.stringify(["incident", incident.kind, incident.target]));
  const fingerprint = digest.slice(0, 32);
  const issue = (await world.store.known([fingerprint], [])).get(fingerprint)?.issue;
  const isOpen = issue !== undefined && issue.status !== "resolved";
  if (isOpen && (incident.at === undefined || incident.at <= issue.lastAt)) return;
  const now = world.clock.now();
  const { workspace } = world.generation();
  const stake = {
    flow: noFlow,
    kind: "incident",
    class: incident.class,
    impact: undefined,
  } as const;
  const rules = workspace.policies?.impact;
  const change = changeOf(
    issue,
    categoryOf({ ...stake, amounts: {} }, rules, usual[incident.kind]),
  );
  const team = incident.team ?? issue?.team;
  const first = levelsOf(team, workspace.teams)[0]?.afterMs;
  const isNew = change.reason === "opened" || change.reason === "returned";
  const openedAt = isNew ? now : (issue?.openedAt ?? now);
  const entry: IssueEntry = {
    ...sameOf(incident, fingerprint),
    ...wordsOf(issue, change.reason),
    ...(team === undefined ? {} : { team }),
    category: change.category,
    status: change.status,
    ...countsOf(issue, [{ at: incident.at ?? now }], change.reason, now),
    lastAt: Math.max(incident.at ?? now, issue?.lastAt ?? 0),
    openedAt,
    ...escalationOf(change, issue, { openedAt, first }),
  };
  const notices = noticesOf(entry, change.reason, workspace.teams, now);
  await world.store.file({ issues: [entry], runs: [], notices }, now);
}

/** What every sight of it has in common. */
function sameOf(incident: Incident, fingerprint: string) {
  const { kind, title, system } = incident;
  return {
    fingerprint,
    title,
    flow: noFlow,
    step: stepOfIncident(incident),
    ...(system === undefined ? {} : { system }),
    kind: "incident",
    class: incident.class,
    code: `incident/${kind}`,
    sampleRunNo: 0,
    amounts: {},
  } as const;
}
