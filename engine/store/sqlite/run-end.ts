import type { RunStatus } from "../../model/run.ts";
import { fromBlob } from "./ids.ts";
import {
  compareSequence,
  isEnded,
  isOpen,
  laneChanged,
  laneMemory,
  saveLaneMemory,
} from "./lane.ts";
import { loadMessage } from "./message-row.ts";
import type { RunRecord } from "./run-record.ts";
import type { Ending } from "./run-row.ts";
import { flag, parse, queueSignal, toJson, type Work } from "./work.ts";

/** Sets a run's status; when it ended, closes all it has open, tells its parents, frees its lane. */
export function setStatus(
  work: Work,
  run: RunRecord,
  status: RunStatus,
  how: {
    readonly started: boolean;
    /** Where it stands, when a decision ended it. */
    readonly state?: string;
    readonly ending?: Ending | undefined;
  },
): void {
  if (isEnded(status)) end(work, run, status, how);
  // A decision that leaves an active run active changes nothing that queues and lists look at.
  else if (status !== "active" || run.status !== "active" || run.started === 0 || run.claimed === 1)
    standAs(work, run, status, how.started);
  work.opened += Number(isOpen(status)) - Number(isOpen(run.status));
  if (status === "ready") work.wake.ready = true;
  if (run.laneId !== null) laneChanged(work, run.laneId, run.runNo, status);
  if (status !== "active") work.atWork.forget(run.runNo);
}

function standAs(work: Work, run: RunRecord, status: RunStatus, hasStarted: boolean): void {
  const { runNo } = run;
  const started = flag(hasStarted);
  work.query.run("run-status", { runNo, status, started, now: work.now });
  const atWork = work.atWork.of(runNo);
  if (atWork === undefined) return;
  const beganOnce = hasStarted ? 1 : run.started;
  atWork.record = { ...run, status, claimed: 0, started: beganOnce, gapUntil: null };
}

function end(
  work: Work,
  run: RunRecord,
  status: RunStatus,
  how: { readonly started: boolean; readonly state?: string; readonly ending?: Ending | undefined },
): void {
  const { state = null, ending = { output: null } } = how;
  const { runNo } = run;
  const started = flag(how.started);
  const row = { runNo, status, started, now: work.now, state, ending: toJson(ending) };
  work.query.run("run-end", row);
  closeRun(work, run, status, ending);
}

const closings = [
  "delivery-cancel-run",
  "timer-close-run",
  "signal-close-run",
  "listen-close-run",
  "task-close-run",
];

function closeRun(work: Work, run: RunRecord, status: RunStatus, ending: Ending): void {
  const { runNo } = run;
  work.query.run("run-state-delete", { runNo });
  const atWork = work.atWork.of(runNo);
  const isPlain = atWork?.plain === true;
  const open =
    isPlain && atWork.outbox.size === 0
      ? false
      : work.query.get<{ open: 0 | 1 }>("run-open", { runNo })?.open === 1;
  for (const close of open ? closings : []) work.query.run(close, { runNo });
  work.counters.add(status, 1);
  if (status !== "superseded") rememberSequence(work, run);
  if (isPlain) return;
  const waiters = work.query.all<{ parentNo: number; path: string }>("waiter-list", { runNo });
  for (const { parentNo, path } of waiters) {
    tellParent(work, { parentNo, path }, fromBlob(run.runId), ending);
  }
  if (waiters.length > 0) work.query.run("waiter-delete", { runNo });
}

/** Lanes that go by sequence refuse what is older than the last one applied. */
function rememberSequence(work: Work, run: RunRecord): void {
  if (run.laneId === null || run.ordering === "every") return;
  const sequence = loadMessage(work, run.messageNo)?.message.sequence;
  const memory = laneMemory(work, run.laneId);
  if (sequence === undefined) return;
  if (memory.applied !== undefined && compareSequence(sequence, memory.applied) <= 0) return;
  saveLaneMemory(work, run.laneId, { state: memory.state, applied: sequence });
}

function tellParent(
  work: Work,
  parent: { readonly parentNo: number; readonly path: string },
  childRunId: string,
  result: Ending,
): void {
  const { parentNo, path } = parent;
  queueSignal(work, parentNo, { kind: "child-ended", path, childRunId, result });
}

/**
 * Opens a child run that had ended, for it to undo its steps: it waits for its lane as a released
 * run does, and its end is told to the parent at `path`.
 */
export function compensateRun(
  work: Work,
  run: RunRecord,
  parent: { readonly parentNo: number; readonly path: string },
): void {
  const { runNo } = run;
  if (run.endedAt !== null) {
    work.query.run("run-reopen", { runNo, now: work.now });
    work.counters.add(run.status, -1);
    work.opened += 1;
    if (run.laneId !== null) work.atWork.join(run.laneId);
  }
  work.query.run("waiter-insert", { runNo, ...parent });
  queueSignal(work, runNo, { kind: "compensate", path: parent.path });
}

/** The parent waits for a run; one that has ended already tells it at once. */
export function awaitRun(
  work: Work,
  run: RunRecord,
  parent: { readonly parentNo: number; readonly path: string },
): void {
  if (run.endedAt === null) {
    work.query.run("waiter-insert", { runNo: run.runNo, ...parent });
    work.atWork.disturb(run.runNo);
    return;
  }
  const ending = work.query.get<{ ending: string | null }>("run-ending-get", { runNo: run.runNo });
  const result = ending?.ending;
  tellParent(
    work,
    parent,
    fromBlob(run.runId),
    result === null || result === undefined ? { output: null } : parse<Ending>(result),
  );
}
