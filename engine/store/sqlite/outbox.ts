import type { Decision, NewDelivery } from "../../model/decision.ts";
import type { Delivery, DeliveryStatus } from "../../model/delivery.ts";
import type { Instant } from "../../model/json.ts";
import type { RawOutcome } from "../../model/request.ts";
import type { Except } from "../../ports/store.ts";
import { envelopeOf } from "./envelope-text.ts";
import { correlationOf, fromBlob, shaOf, toBlob } from "./ids.ts";
import { attemptText } from "./journal.ts";
import { requestOf, requestText } from "./request-text.ts";
import type { RunRecord } from "./run-record.ts";
import { isEmpty, selectionText } from "./run-row.ts";
import { flag, parse, toJsonOrNull, wakeAt, type Work } from "./work.ts";

export interface DeliveryRecord {
  readonly deliveryNo: number;
  readonly deliveryId: Uint8Array;
  readonly runId: Uint8Array;
  readonly flow: string;
  readonly laneKey: string | null;
  readonly region: string | null;
  readonly generation: string;
  readonly messageId: Uint8Array;
  readonly correlationId: string;
  readonly envelope: string;
  readonly path: string;
  readonly system: string;
  readonly adapter: string;
  readonly operation: string;
  readonly request: string;
  readonly read: 0 | 1;
  readonly effectKey: string | null;
  readonly context: string | null;
  readonly attempt: number;
  readonly due: number;
  readonly markSent: 0 | 1;
  readonly status: DeliveryStatus;
  readonly crashed: 0 | 1;
  readonly createdAt: number;
  readonly sendBefore: number | null;
}

export function insertDelivery(
  work: Work,
  runNo: number,
  { id, handed }: { readonly id: string; readonly handed: boolean },
  delivery: NewDelivery,
): void {
  const deliveryNo = work.query.insert("delivery-insert", {
    deliveryId: toBlob(id),
    runNo,
    path: delivery.path,
    adapter: delivery.adapter,
    system: delivery.system,
    due: delivery.due,
    attempt: delivery.attempt,
    handed: flag(handed),
    markSent: flag(delivery.markSent),
    now: work.now,
  });
  const { effectKey } = delivery;
  const effectSha = effectKey === undefined ? null : shaOf(effectKey);
  work.query.run("delivery-request-insert", {
    deliveryNo,
    operation: delivery.operation,
    effectKey: effectSha === null ? (effectKey ?? null) : null,
    effectSha,
    read: flag(delivery.read),
    request: requestText(delivery.request),
    context: toJsonOrNull(delivery.context),
  });
  const atWork = work.atWork.of(runNo);
  atWork?.outbox.set(id, deliveryNo);
  if (effectKey !== undefined) atWork?.effectKeys.set(delivery.path, effectKey);
  if (!handed) wakeAt(work, delivery.due);
}

/** An attempt for the journal: which delivery, and what came of it. */
export interface Attempted {
  readonly deliveryNo: number;
  readonly attempt: string;
}

/** Closes the delivery, and says what to put on record of it; undefined when it was closed before. */
export function settleDelivery(
  work: Work,
  runNo: number,
  deliveryId: string,
  outcome: RawOutcome,
): Attempted | undefined {
  const deliveryNo = numberOf(work, runNo, deliveryId);
  if (deliveryNo === undefined) return undefined;
  work.atWork.of(runNo)?.outbox.delete(deliveryId);
  if (work.query.run("delivery-settle", { deliveryNo }) === 0) return undefined;
  return { deliveryNo, attempt: attemptText(outcome) };
}

/** A request is found by its run, nearly always in memory. */
function numberOf(work: Work, runNo: number, deliveryId: string): number | undefined {
  const known = work.atWork.of(runNo)?.outbox.get(deliveryId);
  if (known !== undefined) return known;
  const id = toBlob(deliveryId);
  return work.query.get<{ deliveryNo: number }>("delivery-number", { runNo, deliveryId: id })
    ?.deliveryNo;
}

/** Sends a delivery again, then; nothing for one that there is not. */
export function resendDelivery(
  work: Work,
  runNo: number,
  { deliveryId, due, attempt, sendBefore }: Decision["resends"][number],
): void {
  const deliveryNo = numberOf(work, runNo, deliveryId);
  if (deliveryNo !== undefined)
    work.query.run("delivery-resend", {
      deliveryNo,
      due,
      attempt,
      sendBefore: sendBefore ?? null,
    });
  wakeAt(work, due);
}

/** Its first byte is about to leave. */
export function markSent(work: Work, { id, runId }: Pick<Delivery, "id" | "runId">): void {
  const runNo =
    work.atWork.find(runId)?.record.runNo ??
    work.query.get<RunRecord>("run-find", { runId: toBlob(runId) })?.runNo;
  const deliveryNo = runNo === undefined ? undefined : numberOf(work, runNo, id);
  if (deliveryNo !== undefined) work.query.run("delivery-mark-sent", { deliveryNo });
}

const priorities = [0, 1, 2] as const;

/** Hands out what is due, by priority then age, once a process; nothing of what is excepted. */
export function handOutDeliveries(work: Work, limit: number, except: Except): readonly Delivery[] {
  const { query, now } = work;
  const { full = [], systems = [], adapters = [] } = except;
  const isPaused = !isEmpty(except);
  const name = isPaused ? "delivery-due-except" : "delivery-due";
  const exceptions = isPaused ? { paused: selectionText(except) } : {};
  const open = queues(work).filter(
    ({ adapter, system }) => !systems.includes(system) && !adapters.includes(adapter),
  );
  const found = priorities.flatMap((priority) =>
    open
      .filter(({ adapter }) => full.every((one) => one.adapter !== adapter || one.from > priority))
      .flatMap((queue) =>
        query.all<{ deliveryNo: number; due: number }>(name, {
          ...queue,
          ...exceptions,
          priority,
          now,
          limit,
        }),
      )
      .sort((a, b) => a.due - b.due || a.deliveryNo - b.deliveryNo),
  );
  return found.slice(0, limit).flatMap(({ deliveryNo }) => {
    query.run("delivery-hand-out", { deliveryNo });
    const record = query.get<DeliveryRecord>("delivery-get", { deliveryNo });
    return record === undefined ? [] : [toDelivery(record)];
  });
}

/** When the next deliveries are due, one time a queue. */
export function nextDeliveries(work: Pick<Work, "query">, after: Instant): readonly Instant[] {
  return queues(work).flatMap((queue) => {
    const next = work.query.get<{ due: number | null }>("delivery-next-due", { ...queue, after });
    return next === undefined || next.due === null ? [] : [next.due];
  });
}

/**
 * One queue for each adapter and system with waiting deliveries: however many of one are not to be
 * handed out, they do not hide those of the others.
 */
function queues(
  work: Pick<Work, "query">,
): readonly { readonly adapter: string; readonly system: string }[] {
  return work.query
    .all<{ adapter: string }>("delivery-adapters")
    .flatMap(({ adapter }) =>
      work.query
        .all<{ system: string }>("delivery-systems", { adapter })
        .map(({ system }) => ({ adapter, system })),
    );
}

export function toDelivery(record: DeliveryRecord): Delivery {
  return {
    id: fromBlob(record.deliveryId),
    runId: fromBlob(record.runId),
    flow: record.flow,
    ...(record.laneKey === null ? {} : { laneKey: record.laneKey }),
    ...(record.region === null ? {} : { region: record.region }),
    generation: record.generation,
    correlationId: correlationOf(record),
    traceparent: envelopeOf(record.envelope).traceparent,
    path: record.path,
    system: record.system,
    adapter: record.adapter,
    operation: record.operation,
    request: requestOf(record.request),
    read: record.read === 1,
    attempt: record.attempt,
    due: record.due,
    markSent: record.markSent === 1,
    status: record.status,
    createdAt: record.createdAt,
    ...(record.effectKey === null ? {} : { effectKey: record.effectKey }),
    ...(record.context === null
      ? {}
      : { context: parse<Readonly<Record<string, string>>>(record.context) }),
    ...(record.crashed === 1 ? { crashed: true } : {}),
    ...(record.sendBefore === null ? {} : { sendBefore: record.sendBefore }),
  };
}
