import type { Failure } from "../../errors/failure.ts";
import type { Decision } from "../../model/decision.ts";
import { mergePatch } from "../../model/merge-patch.ts";
import type { RunCommit } from "../../ports/store.ts";
import { idsIn } from "./business-ids.ts";
import { saveConflict } from "./conflicts.ts";
import { saveLink } from "./crosswalk.ts";
import { recordEffect } from "./effects.ts";
import { toBlob } from "./ids.ts";
import { historyText } from "./journal.ts";
import { packIds } from "./keys.ts";
import { isEnded, laneMemory, saveLaneMemory } from "./lane.ts";
import { closeListens, declineEvent, openListen } from "./listening.ts";
import { type Attempted, insertDelivery, resendDelivery } from "./outbox.ts";
import { resultsText } from "./results.ts";
import type { RunRecord } from "./run-record.ts";
import { stateText } from "./state-text.ts";
import { toJson, toJsonOrNull, wakeAt, type Work } from "./work.ts";

/** Row of the queue that a decision answers, and what to put on record of it. */
export type Cause = Attempted | Readonly<Record<keyof Attempted, null>>;

export const noAttempt: Cause = { deliveryNo: null, attempt: null };

/** Writes all that a decision says, but for where the run now stands. */
export function writeDecision(work: Work, run: RunRecord, commit: RunCommit, cause: Cause): void {
  const { decision } = commit;
  writeRecords(work, run, decision, cause);
  writeOutbox(work, run, commit);
  writeWaits(work, run, commit);
  writeKnowledge(work, run, decision);
}

function writeRecords(work: Work, run: RunRecord, decision: Decision, cause: Cause): void {
  const { runNo } = run;
  const { now, query } = work;
  const error = failureOf(decision);
  const { doubts, history, results } = decision;
  if (doubts !== undefined) query.run("run-doubts", { runNo, doubts });
  query.run("journal-insert", {
    runNo,
    at: now,
    history: history.length === 0 ? null : historyText(history),
    results: resultsText(results, decision.forgets),
    ...cause,
    ids: packIds(idsOf(decision)),
  });
  for (const { kind, path, failure } of decision.problems) {
    query.run("problem-insert", { runNo, kind, path, failure: toJson(failure), now });
  }
  if (decision.status === "failed" && error !== undefined) {
    const path = error.path ?? "";
    query.run("problem-insert", { runNo, kind: "failed", path, failure: toJson(error), now });
  }
  for (const { name, path } of decision.milestones) {
    query.run("milestone-insert", { runNo, name, path, now });
  }
}

/** Ids by which a person may look for the run, met in results and links. */
function idsOf({ results, links }: Decision): Iterable<string> {
  const ids = new Set<string>();
  for (const value of Object.values(results)) for (const id of idsIn(value)) ids.add(id);
  for (const { canonicalId, id } of links) ids.add(canonicalId).add(id);
  return ids;
}

const initialText = stateText({ version: 1, phase: "steps", nodes: {}, completions: 0 });

/** Where a run stands that nobody has decided on, with room for where it will end. */
export function initialState({ room }: Pick<Work, "room">, flow: string): string {
  return room.state(flow, initialText);
}

/** Where a run stands after a decision, and what its document says of that. */
export interface Standing {
  readonly state: string;
  readonly error: string | null;
  readonly response: string | null;
}

/** `effectKeys`: of requests that are on record, by path. */
export function standingOf(
  work: Pick<Work, "room">,
  flow: string,
  decision: Decision,
  effectKeys?: ReadonlyMap<string, string>,
): Standing {
  const state = stateText(decision.state, effectKeys);
  if (isEnded(decision.status)) learnRoom(work, flow, state, decision);
  const error = toJsonOrNull(failureOf(decision));
  return { state, error, response: toJsonOrNull(decision.response) };
}

/** What the row of a run takes for when it ended. */
const timeLength = 6;

function learnRoom(
  { room }: Pick<Work, "room">,
  flow: string,
  state: string,
  { end }: Decision,
): void {
  room.learn(flow, state.length + (toJsonOrNull(end)?.length ?? 0) + timeLength);
}

/**
 * Puts on record where a decided run stands, and what its document does not say yet. Of one that
 * ended, `setStatus` writes the state.
 */
export function saveStanding(
  { query }: Pick<Work, "query">,
  runNo: number,
  { state, error, response }: Standing,
  how: {
    readonly ended: boolean;
    /** The error that its document has already, where that is known. */
    readonly saidError: string | null | undefined;
  },
): void {
  if (error !== how.saidError || response !== null) {
    query.run("run-document-save", { runNo, error, response });
  }
  if (!how.ended) query.run("run-state-save", { runNo, state });
}

/** True when the decision leaves the run with nothing open but deliveries that it sends now. */
export function isPlain({ timers, listens, tasks, resends }: Decision): boolean {
  return timers.length + listens.length + tasks.length + resends.length === 0;
}

/** What the lists show as the run's error: how it ended, why it parked, or why it left its steps. */
function failureOf(decision: Decision): Failure | undefined {
  if (decision.end !== undefined && "failure" in decision.end) return decision.end.failure;
  const parked = decision.problems.find(({ kind }) => kind === decision.status);
  return parked?.failure ?? decision.state.error;
}

function writeOutbox(work: Work, run: RunRecord, commit: RunCommit): void {
  const { decision, deliveryIds, handOut } = commit;
  const { runNo } = run;
  for (const prefix of decision.cancelDeliveries) {
    work.query.run("delivery-cancel", { runNo, prefix });
  }
  for (const resend of decision.resends) resendDelivery(work, runNo, resend);
  for (const [index, delivery] of decision.deliveries.entries()) {
    const id = idAt(deliveryIds, index, "delivery");
    insertDelivery(work, runNo, { id, handed: handOut?.has(id) === true }, delivery);
  }
}

function writeWaits(work: Work, run: RunRecord, { decision, taskIds }: RunCommit): void {
  const { runNo } = run;
  const { query, now } = work;
  for (const { path, messageId } of decision.declines ?? []) {
    declineEvent(work, runNo, path, messageId);
  }
  for (const path of decision.closes) {
    closeListens(work, runNo, path);
    query.run("task-close", { runNo, path });
  }
  for (const { path, name } of decision.cancelTimers)
    query.run("timer-cancel", { runNo, path, name });
  for (const { path, name, due } of decision.timers) {
    query.run("timer-save", { runNo, path, name, due });
    wakeAt(work, due);
  }
  for (const listen of decision.listens) openListen(work, runNo, listen);
  for (const [index, task] of decision.tasks.entries()) {
    query.run("task-insert", {
      taskId: toBlob(idAt(taskIds, index, "task")),
      runNo,
      path: task.path,
      team: task.team,
      title: task.title,
      choices: toJson(task.choices),
      among: toJsonOrNull(task.among),
      show: toJson(task.show),
      now,
      due: task.due,
    });
  }
}

function idAt(ids: readonly string[], index: number, noun: string): string {
  const id = ids[index];
  if (id === undefined) throw new RangeError(`no id was given for ${noun} ${index + 1}`);
  return id;
}

/** What outlives the run: lane state, crosswalk, caches, the ledger. */
function writeKnowledge(work: Work, run: RunRecord, decision: Decision): void {
  const { runNo, laneId } = run;
  const { query } = work;
  if (decision.remembers.length > 0 && laneId !== null) {
    const memory = laneMemory(work, laneId);
    const state = decision.remembers.reduce(mergePatch, memory.state);
    saveLaneMemory(work, laneId, { ...memory, state });
  }
  for (const link of decision.links) saveLink(work, runNo, link);
  for (const conflict of decision.conflicts ?? []) saveConflict(work, runNo, conflict);
  for (const { key, value, fetchedAt, expiresAt } of decision.caches) {
    query.run("cache-save", { key, value: toJson(value), fetchedAt, expiresAt });
  }
  for (const effect of decision.effects) recordEffect(work, runNo, effect);
}
