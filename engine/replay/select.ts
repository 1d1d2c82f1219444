import { UsageError } from "../errors/flow-error.ts";
import { parkedStatuses, type RunStatus } from "../model/run.ts";
import type { ReplayBegin, ReplayItem, ReplaySelection } from "../ports/replay-store.ts";
import type { ProblemRow, RunRow } from "../ports/store-reader.ts";
import type { ReplayWorld } from "./world.ts";

/** One job takes so many at most. */
const itemsMax = 100_000;
/** A bulk replay never sends what may have been done: that is asked for by name or by status. */
const onlyOnRequest: RunStatus = "in-doubt";

/** What a selection came to, the oldest first. */
export interface Selected {
  readonly items: readonly ReplayItem[];
  /** In doubt, and asked for by name or by status only. */
  readonly leftOut: number;
}

type Chosen = ReplayItem & { readonly status?: RunStatus };

/** Finds what is to be replayed; throws `UsageError` where nothing or too much is named. */
export async function select(
  world: Pick<ReplayWorld, "read" | "issues">,
  selection: ReplaySelection,
  begin: ReplayBegin,
): Promise<Selected> {
  const found = await chosen(world, selection);
  const isNamed = selection.ids !== undefined || selection.status === onlyOnRequest;
  const kept = found.filter(({ status }) => isNamed || status !== onlyOnRequest);
  if (kept.length > itemsMax) {
    throw new UsageError(
      "replay/too-many",
      `the selection has more than ${itemsMax} runs, the most that one replay takes`,
      { help: "narrow it by --flow, --since, --until or --code" },
    );
  }
  // One step alone is of a run that ended: one that is parked is refused with its reason.
  const goesOn = begin === "step" && selection.step === undefined;
  return {
    items: kept.map(({ status, ...item }) => ({
      ...item,
      what: goesOn && isResumed(item, status) ? "resume" : "replay",
    })),
    leftOut: found.length - kept.length,
  };
}

function isResumed({ runId }: ReplayItem, status: RunStatus | undefined): boolean {
  return runId !== undefined && status !== undefined && parkedStatuses.includes(status);
}

async function chosen(
  world: Pick<ReplayWorld, "read" | "issues">,
  selection: ReplaySelection,
): Promise<readonly Chosen[]> {
  const { ids, issue } = selection;
  if (ids !== undefined)
    return (await Promise.all([...new Set(ids)].map((id) => named(world, id)))).flat();
  if (issue !== undefined) return ofIssue(world, issue);
  return filtered(world, selection);
}

async function named({ read }: Pick<ReplayWorld, "read">, id: string): Promise<readonly Chosen[]> {
  const [run] = await read.runs({ id, limit: 1 });
  if (run !== undefined) return [ofRun(run)];
  const message = await read.message(id);
  if (message !== undefined) return [{ what: "replay", messageId: id }];
  throw new UsageError("replay/unknown-id", `no run or message ${JSON.stringify(id)}`, {
    help: "`sluice runs`, `sluice dead-letters` and `sluice messages` list them",
  });
}

async function ofIssue(
  { read, issues }: Pick<ReplayWorld, "read" | "issues">,
  issue: number,
): Promise<readonly Chosen[]> {
  const [row] = await issues.issues({ number: issue });
  if (row === undefined) {
    throw new UsageError("replay/unknown-issue", `there is no issue ${issue}`, {
      help: "`sluice issues --status any` lists all",
    });
  }
  const affected = await issues.issueRuns(issue, itemsMax + 1);
  const runs: Chosen[] = [];
  // Listed newest first; replayed as they came.
  for (const { runId } of affected.filter(({ settled }) => !settled).toReversed()) {
    const [run] = await read.runs({ id: runId, limit: 1 });
    if (run !== undefined) runs.push(ofRun(run));
  }
  return runs;
}

async function filtered(
  { read }: Pick<ReplayWorld, "read">,
  { flow, status, code, since, until }: ReplaySelection,
): Promise<readonly Chosen[]> {
  const filter = {
    ...(flow === undefined ? {} : { flow }),
    ...(status === undefined ? {} : { status }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
    limit: itemsMax + 1,
  };
  if (status === undefined || parkedStatuses.includes(status)) {
    const letters = await read.deadLetters(filter);
    return letters
      .filter((row) => hasCode(row.failure.code, code))
      .map(ofLetter)
      .toReversed();
  }
  const runs = await read.runs(filter);
  return runs
    .filter(({ error }) => hasCode(error?.code, code))
    .map(ofRun)
    .toReversed();
}

function hasCode(code: string | undefined, wanted: string | undefined): boolean {
  return wanted === undefined || code === wanted;
}

function ofRun({ id, messageId, flow, status }: RunRow): Chosen {
  return { what: "replay", runId: id, messageId, flow, status };
}

function ofLetter({ runId, messageId, flow, status }: ProblemRow): Chosen {
  return { what: "replay", runId, messageId, flow, status };
}
