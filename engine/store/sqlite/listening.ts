import type { NewListen } from "../../model/decision.ts";
import type { Instant } from "../../model/json.ts";
import { hashKey, toBlob } from "./ids.ts";
import type { Queries } from "./queries.ts";
import { flag, parse, queueSignal, toJson, type Work } from "./work.ts";

type Fields = Readonly<Record<string, string>>;

interface ListenRecord {
  readonly listenNo: number;
  readonly runNo: number;
  readonly path: string;
  readonly matchKey: Uint8Array;
  readonly correlate: string;
  readonly consume: 0 | 1;
}

/**
 * A listener is found by the hash of the event's type and the first of its fields; the rest is
 * compared. So it may name fewer fields than the event declares, and one probe a field finds it.
 */
function listenKey(type: string, correlate: Fields): Buffer {
  const first = Object.keys(correlate).sort()[0];
  return first === undefined
    ? hashKey("event", type)
    : fieldKey(type, first, correlate[first] ?? "");
}

function fieldKey(type: string, name: string, value: string): Buffer {
  return hashKey("event", type, name, value);
}

/** Every key under which a listener for this event may stand. */
function eventKeys(type: string, correlate: Fields): readonly Buffer[] {
  return [
    hashKey("event", type),
    ...Object.entries(correlate).map(([name, value]) => fieldKey(type, name, value)),
  ];
}

/**
 * Queues the event for the runs that listen for it, and keeps it for those yet to come. Of the
 * listeners that consume, only the one that waits longest gets it. Returns how many were told.
 */
export function tellListeners(
  work: Work,
  event: { readonly messageNo: number; readonly type: string },
  correlate: Fields,
  keepUntil: Instant,
): number {
  const isKept = Object.keys(correlate).length > 0;
  if (!isKept && !work.presence.maybe(work.query, "listen")) return 0;
  const keys = eventKeys(event.type, correlate);
  const listeners = keys
    .flatMap((matchKey) => work.query.all<ListenRecord>("listen-find", { matchKey, now: work.now }))
    .filter((listener) => agrees(parse<Fields>(listener.correlate), correlate))
    .sort((a, b) => a.listenNo - b.listenNo);
  const consumer = listeners.find((listener) => listener.consume === 1);
  const told = listeners.filter((listener) => listener.consume === 0 || listener === consumer);
  for (const { runNo, path } of told) tell(work, runNo, path, event.messageNo);
  if (isKept) {
    keep(work, keys, event.messageNo, { correlate, keepUntil });
    if (consumer !== undefined)
      work.query.run("correlation-consume", { messageNo: event.messageNo });
  }
  return told.length;
}

/**
 * A listen was told of an event and does not take it: it listens on. What it would have had for
 * itself alone goes to whoever waits next, or is kept; and it is offered the next that came early.
 */
export function declineEvent(work: Work, runNo: number, path: string, messageId: string): void {
  const { query } = work;
  const [listener] = query
    .all<ListenRecord>("listen-of-step", { runNo, path })
    .filter(({ consume }) => consume === 1);
  const event = query.get<{ messageNo: number }>("message-number", {
    messageId: toBlob(messageId),
  });
  if (listener === undefined || event === undefined) return;
  passOn(work, event.messageNo, listener.listenNo);
  const next = earlyEvents(work, listener).find(({ messageNo }) => messageNo > event.messageNo);
  if (next === undefined) return;
  tell(work, runNo, path, next.messageNo);
  query.run("correlation-consume", { messageNo: next.messageNo });
}

/** Ends what a step listens for; events that it would have had for itself alone are passed on. */
export function closeListens(work: Work, runNo: number, path: string): void {
  const { query } = work;
  const [listener] = query
    .all<ListenRecord>("listen-of-step", { runNo, path })
    .filter(({ consume }) => consume === 1);
  const untaken =
    listener === undefined
      ? []
      : query.all<{ messageNo: number }>("signal-untaken", { runNo, path });
  query.run("listen-close", { runNo, path });
  query.run("signal-close", { runNo, path });
  if (listener === undefined) return;
  for (const { messageNo } of untaken) passOn(work, messageNo, listener.listenNo);
}

/** Offers an event to the next of those that wait for it alone, in the order in which they began. */
function passOn(work: Work, messageNo: number, listenNo: number): void {
  const { query, now } = work;
  const event = query.get<{ type: string; correlate: string }>("correlation-get", { messageNo });
  if (event === undefined) return;
  const correlate = parse<Fields>(event.correlate);
  const [next] = eventKeys(event.type, correlate)
    .flatMap((matchKey) => query.all<ListenRecord>("listen-find", { matchKey, now }))
    .filter((listener) => listener.consume === 1 && listener.listenNo > listenNo)
    .filter((listener) => agrees(parse<Fields>(listener.correlate), correlate))
    .sort((a, b) => a.listenNo - b.listenNo);
  if (next === undefined) query.run("correlation-release", { messageNo });
  else tell(work, next.runNo, next.path, messageNo);
}

/** Events that came before a listen and are still free, oldest first. */
function earlyEvents(
  work: Work,
  listen: Pick<ListenRecord, "correlate"> & { readonly matchKey: Uint8Array },
): readonly { readonly messageNo: number; readonly receivedAt: number }[] {
  const wanted = parse<Fields>(listen.correlate);
  return work.query
    .all<{
      messageNo: number;
      receivedAt: number;
      correlate: string;
    }>("early-event-find", { matchKey: listen.matchKey, now: work.now })
    .filter(({ correlate }) => agrees(wanted, parse<Fields>(correlate)));
}

function keep(
  work: Work,
  keys: readonly Buffer[],
  messageNo: number,
  event: { readonly correlate: Fields; readonly keepUntil: Instant },
): void {
  if (event.keepUntil <= work.now) return;
  work.query.run("correlation-insert", { messageNo, correlate: toJson(event.correlate) });
  for (const matchKey of keys) {
    work.query.run("early-event-insert", { matchKey, messageNo, keepUntil: event.keepUntil });
  }
}

/** Opens a listen, and queues the events that came before it, oldest first. */
export function openListen(work: Work, runNo: number, listen: NewListen): void {
  const { path, event, correlate, consume } = listen;
  const matchKey = listenKey(event, correlate);
  work.presence.added("listen");
  work.query.run("listen-insert", {
    runNo,
    path,
    matchKey,
    correlate: toJson(correlate),
    until: listen.until,
    consume: flag(consume),
  });
  const early = earlyEvents(work, { matchKey, correlate: toJson(correlate) }).filter(
    ({ receivedAt }) => receivedAt > (listen.after ?? -Infinity),
  );
  for (const { messageNo } of consume ? early.slice(0, 1) : early) {
    tell(work, runNo, path, messageNo);
    if (consume) work.query.run("correlation-consume", { messageNo });
  }
}

/** Forgets events that nobody came for in time, at most `limit` rows; returns how many. */
export function forgetEarlyEvents(work: Work, limit: number): number {
  const over = work.query.all<{ matchKey: Uint8Array; messageNo: number }>("early-event-over", {
    now: work.now,
    limit,
  });
  for (const { matchKey, messageNo } of over) {
    work.query.run("early-event-delete", { matchKey, messageNo });
    work.query.run("correlation-delete", { messageNo });
  }
  return over.length;
}

/** True while an event is kept for whoever will listen for it. */
export function isAwaited({ query, now }: Pick<Work, "query" | "now">, messageNo: number): boolean {
  return keysOf(query, messageNo).some(
    (matchKey) => query.get("early-event-kept", { matchKey, messageNo, now }) !== undefined,
  );
}

/** Removes what an event was kept by; returns how many rows. */
export function forgetEvent({ query }: Pick<Work, "query">, messageNo: number): number {
  const removed = keysOf(query, messageNo).map((matchKey) =>
    query.run("early-event-delete", { matchKey, messageNo }),
  );
  return (
    query.run("correlation-delete", { messageNo }) + removed.reduce((sum, one) => sum + one, 0)
  );
}

function keysOf(query: Queries, messageNo: number): readonly Buffer[] {
  const event = query.get<{ type: string; correlate: string }>("correlation-get", { messageNo });
  return event === undefined ? [] : eventKeys(event.type, parse<Fields>(event.correlate));
}

function agrees(wanted: Fields, given: Fields): boolean {
  return Object.entries(wanted).every(([name, value]) => given[name] === value);
}

function tell(work: Work, runNo: number, path: string, messageNo: number): void {
  queueSignal(work, runNo, { kind: "matched", path }, messageNo);
}
