import { endedStatuses } from "../../model/run.ts";
import type { Committed, RunCommit } from "../../ports/store.ts";
import {
  type Cause,
  isPlain,
  noAttempt,
  saveStanding,
  standingOf,
  writeDecision,
} from "./decision.ts";
import type { GenerationNumbers } from "./generation-numbers.ts";
import { toBlob } from "./ids.ts";
import { accept } from "./intake.ts";
import { settleDelivery } from "./outbox.ts";
import { compensateRun, setStatus } from "./run-end.ts";
import type { RunRecord } from "./run-record.ts";
import { committed, type Work } from "./work.ts";

/** Takes a decision whole, or, when what it answers is no longer so, nothing of it. */
export function commitDecision(
  work: Work,
  generations: GenerationNumbers,
  commit: RunCommit,
): Committed {
  const atWork = work.atWork.find(commit.runId);
  const run =
    atWork?.record ?? work.query.get<RunRecord>("run-find", { runId: toBlob(commit.runId) });
  const cause =
    run === undefined || endedStatuses.includes(run.status)
      ? undefined
      : takeCause(work, run, commit);
  if (run === undefined || cause === undefined) {
    return { committed: false, ready: false, signals: false };
  }
  const { decision } = commit;
  const standing = standingOf(work, run.flow, decision, atWork?.effectKeys);
  const { error } = standing;
  const ended = endedStatuses.includes(decision.status);
  saveStanding(work, run.runNo, standing, { ended, saidError: atWork?.error });
  if (atWork === undefined) {
    work.atWork.keep(commit.runId, { record: run, alone: false, plain: false, error });
  } else {
    atWork.error = error;
    atWork.plain &&= isPlain(decision);
  }
  writeDecision(work, run, commit, cause);
  for (const intake of commit.intakes) accept(work, generations, intake);
  for (const { childRunId, path } of decision.compensations ?? []) {
    const child = work.query.get<RunRecord>("run-find", { runId: toBlob(childRunId) });
    if (child !== undefined) compensateRun(work, child, { parentNo: run.runNo, path });
  }
  const { state } = standing;
  setStatus(work, run, decision.status, { started: true, state, ending: decision.end });
  return committed(work);
}

/** Removes the row that caused the decision. Undefined when another decision was quicker. */
function takeCause(work: Work, run: RunRecord, commit: RunCommit): Cause | undefined {
  const { event, signalId, deliveryId } = commit;
  if (signalId === undefined && event.kind === "outcome") {
    return settleDelivery(work, run.runNo, deliveryId ?? event.deliveryId, event.outcome);
  }
  return isTaken(work, run, commit) ? noAttempt : undefined;
}

function isTaken(work: Work, run: RunRecord, { event, signalId }: RunCommit): boolean {
  const { runNo } = run;
  if (signalId !== undefined) {
    return work.query.run("signal-delete", { signalNo: Number(signalId), runNo }) === 1;
  }
  if (event.kind === "timer") {
    const { path, name } = event;
    return work.query.run("timer-fire", { runNo, path, name, now: work.now }) === 1;
  }
  return event.kind !== "start" || run.status === "ready";
}
