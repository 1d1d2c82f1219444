import type { Category } from "../model/plan/impact.ts";
import type { WorkspacePlan } from "../model/plan/workspace.ts";
import { isTold } from "./category.ts";

export type TeamPlan = WorkspacePlan["teams"][string];
type NotifyPlan = NonNullable<TeamPlan["notify"]>[number];

/** One place where a team hears of issues, by a name that a notice is filed under. */
export interface Target {
  readonly name: string;
  readonly plan: NotifyPlan;
}

/** Where a team hears of issues; the engine's log where it says nothing. */
export function targetsOf(team: TeamPlan | undefined): readonly Target[] {
  const plans = team?.notify ?? [];
  if (plans.length === 0) return [{ name: "log", plan: logPlan }];
  return plans.map((plan, index) => ({ name: nameOf(plan, index), plan }));
}

/** Those of the targets that hear of a category. */
export function toldOf(team: TeamPlan | undefined, category: Category): readonly Target[] {
  return targetsOf(team).filter(({ plan }) =>
    isTold(category, plan.from ?? (plan.kind === "webhook" ? "high" : "low")),
  );
}

const logPlan: NotifyPlan = {
  kind: "log",
  value: "warn",
  at: { file: "sluice.yaml", line: 1, column: 1, length: 1 },
};

function nameOf(plan: NotifyPlan, index: number): string {
  if (plan.kind === "log") return "log";
  return plan.name ?? `webhook ${index + 1}`;
}

/** One level of an escalation: who hears, and how long after the issue was opened. */
export interface Level {
  readonly team: string;
  readonly afterMs: number;
}

/**
 * Who hears of an issue that nobody acknowledges: the levels of the owner, and where they end those
 * of the team told last, counted from when it was told. No team hears twice.
 */
export function levelsOf(
  owner: string | undefined,
  teams: WorkspacePlan["teams"],
): readonly Level[] {
  const levels: Level[] = [];
  const heard = new Set([owner]);
  let team = owner;
  let base = 0;
  while (team !== undefined) {
    const own = (teams[team]?.escalation ?? []).filter(({ to }) => !heard.has(to));
    for (const { after, to } of own) {
      heard.add(to);
      levels.push({ team: to, afterMs: base + after });
    }
    const last = levels.at(-1);
    team = own.length === 0 ? undefined : last?.team;
    base = last?.afterMs ?? 0;
  }
  return levels;
}
