import { isJsonObject } from "../../model/json.ts";
import type { CrosswalkRow, TraceEntry } from "../../ports/store-reader.ts";
import { fromBlob, hashId, toBlobOrNone } from "./ids.ts";
import { loadMessage } from "./message-row.ts";
import type { DeliveryRecord } from "./outbox.ts";
import type { Queries } from "./queries.ts";
import * as rows from "./rows.ts";

/** A trace shows so many messages at most, the newest: beyond that an id names no story. */
const messagesMax = 200;

/**
 * The story that an id leads to: it may name a message, a run, a correlation, a lane, an identity,
 * or anything in the crosswalk or a result. Every message of the correlations found is told.
 */
export function traceOf(query: Queries, id: string): readonly TraceEntry[] {
  const links = query.all<CrosswalkRow>("crosswalk-find", { id });
  const messages = related(query, startingPoints(query, id, links));
  const told = messages.flatMap((messageNo) => messageEntries(query, messageNo));
  // A run tells of the links it made; others stand for themselves.
  const known = new Set(told.filter(({ kind }) => kind === "link").map(linkName));
  const others = links.map(linkEntry).filter((entry) => !known.has(linkName(entry)));
  return [...others, ...told].sort((a, b) => a.at - b.at);
}

function startingPoints(
  query: Queries,
  id: string,
  links: readonly CrosswalkRow[],
): ReadonlySet<number> {
  const found = new Set<number>();
  const names = new Set([id, ...links.flatMap((link) => aliases(query, link))]);
  for (const name of names) {
    const values = { idHash: hashId(name), limit: messagesMax };
    for (const { messageNo } of query.all<{ messageNo: number }>("business-id-find", values)) {
      found.add(messageNo);
    }
  }
  for (const messageNo of correlated(query, id)) found.add(messageNo);
  const blob = toBlobOrNone(id);
  if (blob === undefined) return found;
  const byId = [
    query.get<{ messageNo: number }>("message-number", { messageId: blob }),
    query.get<{ messageNo: number }>("run-find", { runId: blob }),
  ];
  for (const each of byId) if (each !== undefined) found.add(each.messageNo);
  return found;
}

/** Every other id that the same customer, order or invoice goes by. */
function aliases(query: Queries, { entity, canonicalId }: CrosswalkRow): readonly string[] {
  const rows = query.all<CrosswalkRow>("crosswalk-list", { entity, id: canonicalId });
  return [canonicalId, ...rows.map((row) => row.id)];
}

function correlated(query: Queries, correlationId: string): readonly number[] {
  const found = query.all<{ messageNo: number }>("message-correlated", {
    correlationId,
    messageId: toBlobOrNone(correlationId) ?? null,
    limit: messagesMax,
  });
  return found.map(({ messageNo }) => messageNo);
}

/** With every message of the same correlations: causes before, effects after. */
function related(query: Queries, starts: ReadonlySet<number>): readonly number[] {
  const all = new Set(starts);
  const correlations = new Set<string>();
  for (const messageNo of starts) {
    const correlationId = loadMessage({ query }, messageNo)?.message.correlationId;
    if (correlationId !== undefined) correlations.add(correlationId);
  }
  for (const correlationId of correlations) {
    for (const messageNo of correlated(query, correlationId)) all.add(messageNo);
  }
  return [...all].sort((a, b) => a - b).slice(-messagesMax);
}

function messageEntries(query: Queries, messageNo: number): readonly TraceEntry[] {
  const stored = loadMessage({ query }, messageNo);
  if (stored === undefined) return [];
  const { message, emptiedAt } = stored;
  const runs = query.all<{ runNo: number }>("run-of-message", { messageNo });
  const { channel, source, type } = message;
  const entry: TraceEntry = {
    at: message.receivedAt,
    kind: "message",
    messageId: message.id,
    what: type,
    detail: {
      channel,
      source,
      correlationId: message.correlationId,
      ...(message.replayOf === undefined ? {} : { replayOf: message.replayOf }),
      ...(message.replay === undefined ? {} : { replay: { ...message.replay } }),
      ...(emptiedAt === undefined ? {} : { emptiedAt }),
    },
  };
  return [entry, ...runs.flatMap(({ runNo }) => runEntries(query, runNo))];
}

function runEntries(query: Queries, runNo: number): readonly TraceEntry[] {
  const record = query.get<rows.RunListRecord>("run-row", { runNo });
  if (record === undefined) return [];
  const run = rows.toRunRow(record);
  const of = { flow: run.flow, runId: run.id, messageId: run.messageId };
  const started: TraceEntry = { ...of, at: run.startedAt, kind: "run", what: "accepted" };
  const steps = woven(stepEntries(query, runNo), deliveryEntries(query, runNo));
  const ended: TraceEntry = {
    ...of,
    // A run that waits got there by the last thing that happened to it.
    at: run.endedAt ?? Math.max(run.startedAt, ...steps.map(({ at }) => at)),
    kind: "run",
    what: run.status,
    ...(run.error === undefined && run.doubts === undefined
      ? {}
      : {
          detail: {
            ...(run.error === undefined
              ? {}
              : { code: run.error.code, message: run.error.message }),
            ...(run.doubts === undefined ? {} : { doubts: run.doubts }),
          },
        }),
  };
  return [started, ...steps.map((entry) => ({ ...of, ...entry })), ended];
}

function stepEntries(query: Queries, runNo: number): readonly TraceEntry[] {
  const steps = query.all<rows.HistoryRecord>("history-list", { runNo });
  const milestones = query.all<{ name: string; path: string; at: number }>("milestone-list", {
    runNo,
  });
  const links = query.all<CrosswalkRow>("crosswalk-run", { runNo });
  return [
    ...steps.flatMap(rows.toHistoryRows).map((step): TraceEntry => ({ ...step, kind: "step" })),
    ...milestones.map(({ name, path, at }): TraceEntry => ({
      at,
      kind: "milestone",
      path,
      what: name,
    })),
    ...links.map(linkEntry),
    ...query.all<rows.TaskRecord>("task-of-run", { runNo }).flatMap(taskEntries),
  ];
}

/** An answer and what came of it are one commit: the attempt is told before what followed from it. */
function woven(
  steps: readonly TraceEntry[],
  deliveries: readonly TraceEntry[],
): readonly TraceEntry[] {
  const left = [...deliveries];
  const all = steps.flatMap((step) => {
    const index =
      step.what === "answered"
        ? left.findIndex(({ path, at }) => path === step.path && at <= step.at)
        : -1;
    return index === -1 ? [step] : [...left.splice(index, 1), step];
  });
  return [...all, ...left];
}

function taskEntries(record: rows.TaskRecord): readonly TraceEntry[] {
  const { path, title, team, openedAt, answer } = rows.toTaskRow(record);
  const opened: TraceEntry = {
    at: openedAt,
    kind: "task",
    path,
    what: "opened",
    detail: { title, team },
  };
  if (answer === undefined) return [opened];
  const { choice, by, at } = answer;
  return [opened, { at, kind: "task", path, what: "answered", detail: { choice, by } }];
}

function deliveryEntries(query: Queries, runNo: number): readonly TraceEntry[] {
  const all = query.all<rows.AttemptRecord>("attempt-list", { runNo });
  return query.all<DeliveryRecord>("delivery-list", { runNo }).flatMap((record) => {
    const { path, system, operation, status } = record;
    const attempts = all
      .filter(({ deliveryNo }) => deliveryNo === record.deliveryNo)
      .map(rows.toAttempt);
    const detail = { deliveryId: fromBlob(record.deliveryId), system, operation };
    const waiting: TraceEntry = {
      at: record.createdAt,
      kind: "delivery",
      path,
      what: status,
      detail,
    };
    if (attempts.length === 0) return [waiting];
    return attempts.map((attempt): TraceEntry => ({
      at: attempt.at,
      kind: "delivery",
      path,
      what: attempt.outcome,
      detail: { ...detail, ms: attempt.ms, ...statusOf(attempt) },
    }));
  });
}

function statusOf({
  status,
  response,
}: ReturnType<typeof rows.toAttempt>): Readonly<Record<string, string | number>> {
  if (status !== undefined) return { status };
  const reason = isJsonObject(response) ? response["reason"] : undefined;
  return typeof reason === "string" ? { reason } : {};
}

function linkName({ what, detail, at }: TraceEntry): string {
  return JSON.stringify([what, detail, at]);
}

function linkEntry({ entity, canonicalId, system, id, linkedAt }: CrosswalkRow): TraceEntry {
  return { at: linkedAt, kind: "link", what: entity, detail: { canonicalId, system, id } };
}
