import type { Failure } from "../../errors/failure.ts";
import { parkedStatuses } from "../../model/run.ts";
import type { Settlement, TaskAnswer } from "../../model/run-event.ts";
import type { Unpark } from "../../ports/store.ts";
import { appendAudit } from "./audit.ts";
import type { GenerationNumbers } from "./generation-numbers.ts";
import { toBlobOrNone } from "./ids.ts";
import { advanceLane, returnToLane } from "./lane.ts";
import { leaveWrites } from "./left-writes.ts";
import { setStatus } from "./run-end.ts";
import type { RunRecord } from "./run-record.ts";
import { note } from "./journal.ts";
import { queueSignal, toJson, type Work } from "./work.ts";

/** Takes a person's answer and queues it for the run. False when the task is not open. */
export function answerTask(work: Work, taskId: string, answer: TaskAnswer): boolean {
  const id = toBlobOrNone(taskId);
  if (id === undefined) return false;
  const { choice, by, comment, data, pick } = answer;
  const task = work.query.get<{ runNo: number; path: string }>("task-answer", {
    taskId: id,
    choice,
    pick: pick ?? null,
    by,
    now: work.now,
  });
  if (task === undefined) return false;
  const { runNo, path } = task;
  queueSignal(work, runNo, { kind: "chosen", path, choice, by, comment, data, pick });
  const picked = pick === undefined ? {} : { pick };
  const detail = { choice, ...picked, ...(comment === undefined ? {} : { comment }) };
  appendAudit(work, { actor: by, action: "task.choose", target: taskId, detail });
  return true;
}

/**
 * Lets a parked run go on, or ends it. A run that never began starts anew in its lane's order, as
 * its message may have been mended; any other gets a `resume` event. False when it is not parked.
 */
export function unparkRun(
  work: Work,
  generations: GenerationNumbers,
  runId: string,
  answer: Unpark,
): boolean {
  const id = toBlobOrNone(runId);
  const run = id === undefined ? undefined : work.query.get<RunRecord>("run-find", { runId: id });
  if (run === undefined || !parkedStatuses.includes(run.status)) return false;
  if (answer.kind === "discard") {
    const left = leaveWrites(work, run.runNo);
    for (const { path, operation, key } of left)
      note(work, run.runNo, { path, what: "left-in-doubt", detail: { operation, key } });
    work.query.run("run-doubts", { runNo: run.runNo, doubts: left.length });
    const failure = discarded(answer);
    setStatus(work, run, "discarded", { started: run.started === 1, ending: { failure } });
  } else {
    resume(work, generations, run, answer);
  }
  note(work, run.runNo, {
    path: "",
    what: words[answer.kind],
    detail: { by: answer.by, ...auditDetail(answer) },
  });
  appendAudit(work, {
    actor: answer.by,
    action: `run.${answer.kind}`,
    target: runId,
    detail: auditDetail(answer),
  });
  return true;
}

const words = { discard: "discarded", resume: "resumed", settle: "settled" } as const;

function resume(
  work: Work,
  generations: GenerationNumbers,
  run: RunRecord,
  answer: Exclude<Unpark, { readonly kind: "discard" }>,
): void {
  const { runNo, laneId } = run;
  if (answer.generation !== undefined) {
    const generationNo = generations.of(work, answer.generation);
    work.query.run("run-repin", { runNo, generationNo });
  }
  if (answer.kind === "resume" && answer.data !== undefined) {
    const { by: actor, reason = null } = answer;
    // Before it is replaced: both payloads are kept.
    work.query.run("edit-insert", {
      runNo,
      actor,
      reason,
      after: toJson(answer.data),
      now: work.now,
    });
    work.query.run("run-edit", { runNo, data: toJson(answer.data) });
  }
  if (run.started === 1) {
    queueSignal(work, runNo, { kind: "resume", by: answer.by, ...settlementOf(answer) });
    // It comes back as a released run does: at once, or when the run now at work is done.
    setStatus(work, run, "released", { started: true });
    returnToLane(work, runNo, laneId);
  } else if (laneId === null) {
    setStatus(work, run, "ready", { started: false });
  } else {
    setStatus(work, run, "queued", { started: false });
    advanceLane(work, laneId);
  }
}

function settlementOf(answer: Unpark): { readonly settled?: Settlement } {
  if (answer.kind !== "settle") return {};
  const { path, output, reason } = answer;
  return { settled: { path, output, reason } };
}

function discarded(answer: Extract<Unpark, { readonly kind: "discard" }>): Failure {
  return {
    class: "business",
    code: "discarded",
    message: `discarded by ${answer.by}: ${answer.reason}`,
  };
}

function auditDetail(answer: Unpark): Readonly<Record<string, string | boolean>> {
  if (answer.kind === "discard") return { reason: answer.reason };
  if (answer.kind === "settle") {
    const { path, reason, generation } = answer;
    return { path, reason, ...(generation === undefined ? {} : { generation }) };
  }
  return {
    ...(answer.generation === undefined ? {} : { generation: answer.generation }),
    ...(answer.data === undefined ? {} : { edited: true }),
    ...(answer.reason === undefined ? {} : { reason: answer.reason }),
  };
}
