import type { Failure } from "../../errors/failure.ts";
import type { Message } from "../../model/message.ts";
import type { RunStatus } from "../../model/run.ts";
import type { Accepted, Beginning, Committed, Intake, NewRun } from "../../ports/store.ts";
import { idsIn } from "./business-ids.ts";
import {
  initialState,
  isPlain,
  noAttempt,
  type Standing,
  standingOf,
  writeDecision,
} from "./decision.ts";
import type { GenerationNumbers } from "./generation-numbers.ts";
import { envelopeOf } from "./envelope-text.ts";
import { fromBlob, hashKey, toBlob } from "./ids.ts";
import { note } from "./journal.ts";
import { packIds } from "./keys.ts";
import {
  advanceLane,
  compareSequence,
  follows,
  isEnded,
  isOpen,
  laneIdOf,
  laneMemory,
} from "./lane.ts";
import { tellListeners } from "./listening.ts";
import { insertMessage } from "./message-row.ts";
import { awaitRun, setStatus } from "./run-end.ts";
import type { RunRecord } from "./run-record.ts";
import { committed, toJson, toJsonOrNull, type Work } from "./work.ts";

/** How long a gapless lane waits for the sequence before, unless the run says. */
const gapWaitMs = 60_000;

interface RunOfMessage {
  readonly runNo: number;
  readonly runId: Uint8Array;
  readonly flow: string;
  readonly status: RunStatus;
  readonly begun?: Committed;
}

/** Takes a message with its runs, or finds that it was taken before. */
export function accept(work: Work, generations: GenerationNumbers, intake: Intake): Accepted {
  const { message } = intake;
  const key = hashKey("dedupe", message.source, message.dedupeKey);
  const known = work.keys.dedupe.find(key);
  if (known !== undefined && known.knownUntil > work.now) {
    return duplicate(work, known.rowNo, intake);
  }
  const messageNo = insertMessage(work, intake, { key, ids: packIds(idsOf(intake)) });
  work.keys.dedupe.add(key, { rowNo: messageNo, knownUntil: intake.dedupeUntil });
  if (intake.overrides !== undefined) work.query.run("cache-forget", { key: intake.overrides });
  const repeats: { flow: string; runId: string }[] = [];
  const runs: RunOfMessage[] = [];
  for (const run of intake.runs) {
    const met = message.replayOf === undefined ? runOfIdentity(work, run) : undefined;
    if (met === undefined) {
      runs.push(insertRun(work, generations, messageNo, { message, run }));
    } else {
      if (met.runId !== undefined) repeats.push({ flow: run.flow, runId: fromBlob(met.runId) });
      joinParent(work, met, run);
    }
  }
  const event = { messageNo, type: message.type };
  const matched = tellListeners(work, event, intake.correlate, intake.keepUntil);
  return { outcome: "accepted", messageId: message.id, runs: shown(work, runs), repeats, matched };
}

/** Ids by which a person may look for the message or its runs. */
function idsOf({ message, correlate, runs }: Intake): (string | null | undefined)[] {
  return [
    message.subject,
    ...Object.values(correlate),
    ...idsIn(message.data),
    ...runs.flatMap(({ identity, laneKey }) => [identity, laneKey]),
  ];
}

/** The answer is that of the first time. A parent's child is awaited all the same. */
function duplicate(work: Work, messageNo: number, intake: Intake): Accepted {
  const first = work.query.get<{ messageId: Uint8Array }>("message-duplicate", { messageNo });
  const runs = work.query.all<RunOfMessage>("run-of-message", { messageNo });
  work.counters.add("duplicates", 1);
  for (const run of intake.runs) {
    const same = runOfIdentity(work, run) ?? runs.find((each) => each.flow === run.flow);
    if (same !== undefined) joinParent(work, same, run);
  }
  return {
    outcome: "duplicate",
    messageId: first === undefined ? intake.message.id : fromBlob(first.messageId),
    runs: shown(work, runs),
    repeats: [],
    matched: 0,
  };
}

function shown(work: Work, runs: readonly RunOfMessage[]): Accepted["runs"] {
  return runs.map(({ runNo, runId, flow, status, begun }) => ({
    id: fromBlob(runId),
    flow,
    // A later run of the same message may have moved an earlier one.
    status:
      status === "ready"
        ? status
        : (work.query.get<RunRecord>("run-get", { runNo })?.status ?? status),
    ...(begun === undefined ? {} : { begun }),
  }));
}

/** `runId` is absent where only the identity is remembered, and the run's retention is over. */
interface MetRun {
  readonly runNo: number;
  readonly runId?: Uint8Array;
}

function runOfIdentity(work: Work, run: NewRun): MetRun | undefined {
  const known = work.keys.identity.find(identityKey(run));
  if (known === undefined || known.knownUntil <= work.now) return undefined;
  const met = work.query.get<RunRecord>("run-get", { runNo: known.rowNo });
  // A parent waits for what its child gave: where nobody knows that any more, the ledger does.
  return met ?? (run.parent === undefined ? { runNo: known.rowNo } : undefined);
}

function identityKey(run: NewRun): Buffer {
  return hashKey("identity", run.flow, run.identity);
}

/** The replay of one step does not stand for its record: whoever asks for that finds the run that is whole. */
function nameOf({ id, replay }: Message, run: NewRun): Buffer {
  return replay?.only === undefined
    ? identityKey(run)
    : hashKey("identity", run.flow, run.identity, id);
}

function joinParent(work: Work, child: { readonly runNo: number }, run: NewRun): void {
  if (run.parent === undefined) return;
  const parent = work.query.get<RunRecord>("run-find", { runId: toBlob(run.parent.runId) });
  const made = work.query.get<RunRecord>("run-get", { runNo: child.runNo });
  if (parent === undefined || made === undefined) return;
  awaitRun(work, made, { parentNo: parent.runNo, path: run.parent.path });
}

function insertRun(
  work: Work,
  generations: GenerationNumbers,
  messageNo: number,
  { message, run }: { readonly message: Message; readonly run: NewRun },
): RunOfMessage {
  const laneId = laneIdOf(run.lane, run.laneKey);
  const place = placeInLane(work, laneId, message, run);
  const begin = place.status === "ready" && mayBegin(work, laneId) ? run.begin : undefined;
  const failure = run.invalid === undefined ? undefined : invalidOf(run.invalid);
  const standing =
    begin === undefined ? undefined : standingOf(work, run.flow, begin.commit.decision);
  const record = insertRows(work, run, {
    messageNo,
    generationNo: generations.of(work, run.generation),
    laneId,
    ...place,
    ...(begin === undefined ? { started: 0 } : { started: 1, status: "active" }),
    identity: nameOf(message, run),
    error: standing === undefined ? toJsonOrNull(failure) : standing.error,
    response: standing?.response ?? null,
  });
  const { runNo, runId } = record;
  joinParent(work, record, run);
  if (begin !== undefined && standing !== undefined) {
    const isAwaited = run.parent !== undefined;
    const begun = beginRun(work, record, { begin, isAwaited, standing });
    return { runNo, runId, flow: run.flow, status: "ready", begun };
  }
  settle(work, runNo, {
    place: place.status,
    failure,
    laneId,
    stale: isStale(work, laneId, message, run),
  });
  return { runNo, runId, flow: run.flow, status: place.status };
}

/** What was decided beforehand holds for a lane that remembers nothing. */
function mayBegin(work: Work, laneId: Uint8Array | null): boolean {
  return (
    laneId === null ||
    !work.presence.maybe(work.query, "laneState") ||
    work.query.get("lane-state-get", { laneId }) === undefined
  );
}

function beginRun(
  work: Work,
  record: RunRecord,
  how: {
    readonly begin: Beginning;
    readonly isAwaited: boolean;
    readonly standing: Standing;
  },
): Committed {
  const { commit } = how.begin;
  const { decision } = commit;
  const { error, state } = how.standing;
  const { runNo } = record;
  if (!isEnded(decision.status)) work.query.run("run-state-save", { runNo, state });
  // It would not begin, were there another in its lane.
  const plain = !how.isAwaited && isPlain(decision);
  work.atWork.keep(commit.runId, { record, alone: record.laneId !== null, plain, error });
  writeDecision(work, record, commit, noAttempt);
  setStatus(work, record, decision.status, { started: true, state, ending: decision.end });
  return committed(work);
}

/** The run's narrow row, and its document. */
function insertRows(
  work: Work,
  run: NewRun,
  how: Pick<RunRecord, "messageNo" | "status" | "started" | "laneId" | "position" | "gapUntil"> & {
    readonly generationNo: number;
    readonly identity: Buffer;
    readonly error: string | null;
    readonly response: string | null;
  },
): RunRecord {
  const { generationNo, identity, error, response, ...place } = how;
  const runId = toBlob(run.id);
  const { flow, order: ordering } = run;
  const runNo = work.query.insert("run-insert", {
    ...place,
    runId,
    generationNo,
    flow,
    ordering,
    identityKey: identity,
    identityUntil: run.identityUntil,
    priority: run.priority,
    region: run.region ?? null,
    now: work.now,
    state: initialState(work, flow),
  });
  if (isOpen(place.status)) work.opened += 1;
  work.query.run("run-document-insert", {
    runNo,
    identity: run.identity,
    lane: run.lane,
    laneKey: run.laneKey,
    parent: toJsonOrNull(run.parent),
    ancestors: toJson(run.ancestors),
    respondBy: run.respondBy ?? null,
    impact: toJsonOrNull(run.impact),
    error,
    response,
  });
  work.keys.identity.add(identity, { rowNo: runNo, knownUntil: run.identityUntil });
  return { ...place, runNo, runId, flow, ordering, claimed: 0, endedAt: null };
}

function invalidOf(invalid: NonNullable<NewRun["invalid"]>): Failure {
  return { class: "invalid", code: invalid.code, message: invalid.message };
}

/** What follows at once from how the new run stands in its lane. */
function settle(
  work: Work,
  runNo: number,
  how: {
    readonly place: RunStatus;
    readonly failure: Failure | undefined;
    readonly laneId: Uint8Array | null;
    readonly stale: boolean;
  },
): void {
  if (how.failure !== undefined) {
    const failure = toJson(how.failure);
    work.query.run("problem-insert", { runNo, kind: "invalid", path: "", failure, now: work.now });
  } else if (how.stale) {
    const run = work.query.get<RunRecord>("run-get", { runNo });
    if (run !== undefined) supersede(work, run);
  } else if (how.place === "ready") {
    work.wake.ready = true;
  } else if (how.laneId !== null) {
    advanceLane(work, how.laneId);
  }
}

interface Place {
  readonly status: RunStatus;
  readonly position: number;
  readonly gapUntil: number | null;
}

/** Where the run stands at first; `advanceLane` offers it when its turn has come. */
function placeInLane(work: Work, laneId: Uint8Array | null, message: Message, run: NewRun): Place {
  const first = { position: 0, gapUntil: null };
  if (run.invalid !== undefined) {
    if (laneId !== null) work.atWork.join(laneId);
    return { status: "invalid", ...first };
  }
  if (laneId === null) return { status: "ready", ...first };
  const sequence = Number(message.sequence ?? Number.NaN);
  if (run.order === "gapless" && Number.isSafeInteger(sequence)) {
    const waits = !follows(sequence, laneMemory(work, laneId).applied);
    work.atWork.join(laneId);
    const gapUntil = waits ? (run.gapUntil ?? work.now + gapWaitMs) : null;
    return { status: "queued", position: sequence, gapUntil };
  }
  const alone = work.query.get("lane-unended", { laneId }) === undefined;
  if (!alone) work.atWork.join(laneId);
  return { status: alone && run.order === "every" ? "ready" : "queued", ...first };
}

/**
 * True when the lane has applied, or holds, something newer than this message. Older messages that
 * nobody has begun are superseded here by a newer state.
 */
function isStale(work: Work, laneId: Uint8Array | null, message: Message, run: NewRun): boolean {
  if (laneId === null || run.order === "every" || run.invalid !== undefined) return false;
  const { sequence } = message;
  const { applied } = laneMemory(work, laneId);
  if (sequence !== undefined && applied !== undefined) {
    const age = compareSequence(sequence, applied);
    const again = age === 0 && run.order === "gapless" && message.replayOf === undefined;
    if (age < 0 || again) return true;
  }
  if (run.order === "latest") return supersedeOlder(work, laneId, message, run);
  const position = Number(sequence ?? Number.NaN);
  // Its gap was given its time, and what comes after it has begun: it would be applied out of order.
  return (
    Number.isSafeInteger(position) &&
    work.query.get("lane-beyond", { laneId, position }) !== undefined
  );
}

function supersedeOlder(work: Work, laneId: Uint8Array, message: Message, run: NewRun): boolean {
  const unended = work.query.all<{
    runNo: number;
    runId: Uint8Array;
    envelope: string;
    begun: 0 | 1;
  }>("lane-latest", { laneId, flow: run.flow });
  let stale = false;
  for (const { runNo, runId, envelope, begun } of unended) {
    if (fromBlob(runId) === run.id) continue;
    const { sequence } = envelopeOf(envelope);
    if (
      sequence !== undefined &&
      message.sequence !== undefined &&
      compareSequence(sequence, message.sequence) > 0
    ) {
      stale = true;
      continue;
    }
    const older = begun === 0 ? work.query.get<RunRecord>("run-get", { runNo }) : undefined;
    if (older !== undefined) supersede(work, older);
  }
  return stale;
}

function supersede(work: Work, run: RunRecord): void {
  note(work, run.runNo, { path: "", what: "superseded" });
  setStatus(work, run, "superseded", { started: false });
}
