import type { Failure } from "../../errors/failure.ts";
import type { ApiResponse } from "../../model/decision.ts";
import type { Delivery } from "../../model/delivery.ts";
import { isJsonObject, type Json } from "../../model/json.ts";
import type { RunStatus } from "../../model/run.ts";
import type {
  DeliveryRow,
  DeliveryStage,
  HistoryRow,
  MessageRow,
  ProblemRow,
  RunDetail,
  RunRow,
  TaskRow,
} from "../../ports/store-reader.ts";
import { envelopeOf } from "./envelope-text.ts";
import { correlationOf, fromBlob } from "./ids.ts";
import { attemptOf, historyOf } from "./journal.ts";
import type { Ending } from "./run-row.ts";
import { type EffectKeyAt, stateOf } from "./state-text.ts";
import { parse } from "./work.ts";

export interface MessageListRecord {
  readonly messageNo: number;
  readonly messageId: Uint8Array;
  readonly channel: string;
  readonly source: string;
  readonly type: string;
  readonly receivedAt: number;
  readonly bytes: number;
  readonly duplicates: number;
  readonly correlationId: string;
  readonly runs: number;
  readonly emptiedAt: number | null;
}

export function toMessageRow(record: MessageListRecord): MessageRow {
  const { messageId, messageNo: _, emptiedAt, ...rest } = record;
  const correlationId = correlationOf(record);
  return {
    id: fromBlob(messageId),
    ...rest,
    correlationId,
    ...(emptiedAt === null ? {} : { emptiedAt }),
  };
}

export interface RunListRecord {
  readonly runNo: number;
  readonly runId: Uint8Array;
  readonly flow: string;
  readonly status: RunStatus;
  readonly laneKey: string | null;
  readonly messageId: Uint8Array;
  readonly identity: string;
  readonly generation: string;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly error: string | null;
  readonly doubts: number;
  readonly envelope: string;
  readonly parent: string | null;
  readonly correlationId: string;
  readonly emptiedAt: number | null;
}

export function toRunRow(record: RunListRecord): RunRow {
  const { replayOf, replay } = envelopeOf(record.envelope);
  return {
    id: fromBlob(record.runId),
    flow: record.flow,
    status: record.status,
    laneKey: record.laneKey,
    messageId: fromBlob(record.messageId),
    identity: record.identity,
    generation: record.generation,
    startedAt: record.startedAt,
    correlationId: correlationOf(record),
    ...(record.endedAt === null ? {} : { endedAt: record.endedAt }),
    ...(record.error === null ? {} : { error: parse<Failure>(record.error) }),
    ...(record.doubts === 0 ? {} : { doubts: record.doubts }),
    ...(replayOf === undefined ? {} : { replayOf }),
    ...(replay?.only === undefined ? {} : { only: replay.only.path }),
    ...(record.emptiedAt === null ? {} : { emptiedAt: record.emptiedAt }),
    ...(record.parent === null
      ? {}
      : { parentRunId: parse<{ runId: string }>(record.parent).runId }),
  };
}

export interface DocumentRecord {
  readonly state: string;
  readonly ending: string | null;
  readonly response: string | null;
  readonly impact: string | null;
}

export function toDocument(
  record: DocumentRecord,
  keyAt: EffectKeyAt,
): Pick<RunDetail, "state" | "end" | "response" | "impact"> {
  return {
    ...(record.impact === null ? {} : { impact: parse(record.impact) }),
    state: stateOf(record.state, keyAt) as unknown as Json,
    ...(record.ending === null ? {} : { end: parse<Ending>(record.ending) }),
    ...(record.response === null ? {} : { response: parse<ApiResponse>(record.response) }),
  };
}

/** What one decision, or one person, wrote of a run. */
export interface HistoryRecord {
  readonly at: number;
  readonly history: string;
}

export function toHistoryRows({ at, history }: HistoryRecord): readonly HistoryRow[] {
  return historyOf(history).map((entry) => ({ at, ...entry }));
}

/** What the journal says of a request, the last word counting. */
export function stageOf(
  { path, status }: Pick<Delivery, "path" | "status">,
  history: readonly HistoryRow[],
): DeliveryStage {
  let stage: DeliveryStage = "outbox";
  for (const entry of history) if (entry.path === path) stage = stageAfter(entry) ?? stage;
  return status === "cancelled" && stage !== "in-doubt" ? "cancelled" : stage;
}

function stageAfter({ what, detail = null }: HistoryRow): DeliveryStage | undefined {
  switch (what) {
    case "answered":
      if (!isJsonObject(detail) || detail["outcome"] === "unknown") return undefined;
      return detail["outcome"] === "ok" ? "acknowledged" : "refused";
    case "in-doubt":
    case "left-in-doubt":
      return "in-doubt";
    case "verified":
    case "unverified":
      return what;
    case "doubt-settled":
      return isJsonObject(detail) && detail["as"] === "not-done" ? "outbox" : "acknowledged";
    default:
      return undefined;
  }
}

export interface AttemptRecord {
  readonly deliveryNo: number;
  readonly at: number;
  readonly attempt: string;
}

export function toAttempt({ at, attempt }: AttemptRecord): DeliveryRow["attempts"][number] {
  return { at, ...attemptOf(attempt) };
}

export interface ProblemRecord {
  readonly runId: Uint8Array;
  readonly flow: string;
  readonly status: RunStatus;
  readonly at: number;
  readonly laneKey: string | null;
  readonly impact: string | null;
  readonly messageId: Uint8Array;
  readonly generation: string;
  readonly error: string | null;
  readonly failure: string | null;
  readonly attempts: number;
  readonly blocked: number;
}

export function toProblemRow(record: ProblemRecord): ProblemRow {
  const { runId, messageId, failure, error, impact, flow, status, at, laneKey } = record;
  return {
    runId: fromBlob(runId),
    flow,
    status,
    laneKey,
    at,
    failure: failureOf(failure ?? error, status),
    messageId: fromBlob(messageId),
    generation: record.generation,
    attempts: record.attempts,
    blocked: record.blocked,
    ...(impact === null ? {} : { impact: parse(impact) }),
  };
}

/** A run that parked without saying why still says so. */
function failureOf(text: string | null, status: RunStatus): Failure {
  if (text !== null) return parse<Failure>(text);
  return { class: "invalid", code: status, message: `the run parked as ${status}` };
}

export interface TaskRecord {
  readonly taskId: Uint8Array;
  readonly runId: Uint8Array;
  readonly flow: string;
  readonly path: string;
  readonly team: string;
  readonly title: string;
  readonly choices: string;
  readonly among: string | null;
  readonly show: string;
  readonly openedAt: number;
  readonly due: number;
  readonly choice: string | null;
  readonly pick: string | null;
  readonly answeredBy: string | null;
  readonly answeredAt: number | null;
}

export function toTaskRow(record: TaskRecord): TaskRow {
  const { among, choice, pick, answeredBy: by, answeredAt: at } = record;
  const picked = pick === null ? {} : { pick };
  const answer =
    choice === null || by === null || at === null ? {} : { answer: { choice, ...picked, by, at } };
  return {
    id: fromBlob(record.taskId),
    runId: fromBlob(record.runId),
    flow: record.flow,
    path: record.path,
    team: record.team,
    title: record.title,
    choices: parse<readonly string[]>(record.choices),
    ...(among === null ? {} : { among: parse<NonNullable<TaskRow["among"]>>(among) }),
    show: parse(record.show),
    openedAt: record.openedAt,
    due: record.due,
    ...answer,
  };
}
