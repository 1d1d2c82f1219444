import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { connect } from "../../engine/store/sqlite/connection.ts";
import { Keys } from "../../engine/store/sqlite/keys.ts";
import { Queries } from "../../engine/store/sqlite/queries.ts";
import { stateText } from "../../engine/store/sqlite/state-text.ts";
import {
  firstAt,
  flowOf,
  type Identity,
  identityOf,
  pattern,
  sourceName,
  textOf,
} from "./identity.ts";
import { multiply } from "./multiply.ts";

/** Messages of one transaction, and of one merge of their keys. */
const batch = 8192;
const forever = Date.UTC(2100, 0, 1);
/** Messages before all others, whose runs nobody has looked after since: a person's oldest worries. */
const deadLetters = 50;
/** So many are written one by one before they are multiplied: a multiple of the pattern's period. */
const baseDefault = 10_000;
/** Disk that a message takes, more or less, with the log of what is written. */
const bytesEach = 1300;

const ended = stateText({ version: 1, phase: "ended", nodes: {}, completions: 1 });
const refusal = '{"class":"rejected","code":"call/rejected","message":"the ledger refused it"}';

/**
 * Fills a fresh store with messages whose runs are over, by the store's own statements: each with its
 * run, one decision, one delivery and one effect; bodies are short. What a look-up or an insert has
 * to pass is as in a store that grew by itself. After `base` messages, what is there is multiplied in
 * SQL: the same rows come of it, a tenth as late. `base: Infinity` writes all one by one.
 */
export async function fill(
  path: string,
  messages: number,
  { base = baseDefault }: { readonly base?: number } = {},
): Promise<void> {
  if (Number.isFinite(base) && base % pattern.period !== 0) {
    throw new RangeError(`a base of ${base} messages: it must be a multiple of ${pattern.period}`);
  }
  expectRoom(path, messages);
  const connection = connect(path);
  try {
    const { database } = connection;
    database.pragma("synchronous = OFF");
    const query = new Queries(database);
    query.insert("generation-name", { hash: "filled" });
    await writeEach(database, query, Math.min(messages, deadLetters + base));
    if (messages > deadLetters + base) {
      await multiply(database, { after: deadLetters, base, upTo: messages });
    }
  } finally {
    connection.close();
  }
}

function expectRoom(path: string, messages: number): void {
  const { bavail, bsize } = statfsSync(dirname(path));
  const [free, needed] = [bavail * bsize, messages * bytesEach];
  if (free > needed) return;
  const gigabytes = (bytes: number): string => (bytes / 2 ** 30).toFixed(1);
  throw new Error(
    `${messages} messages take ${gigabytes(needed)} GB, and ${dirname(path)} has ${gigabytes(free)} GB left: make room, or let TMPDIR name another disk`,
  );
}

async function writeEach(
  database: ReturnType<typeof connect>["database"],
  query: Queries,
  messages: number,
): Promise<void> {
  const keys = new Keys(query, batch);
  for (let from = 1; from <= messages; from += batch) {
    database.exec("BEGIN");
    for (let number = from; number < Math.min(from + batch, messages + 1); number += 1) {
      insert(query, keys, number);
    }
    await keys.merge((operate) => Promise.resolve(operate()));
    database.exec("COMMIT");
    await turn();
  }
}

function insert(query: Queries, keys: Keys, number: number): void {
  const at = firstAt + number;
  const text = textOf(number);
  const identity = identityOf(number);
  const messageNo = query.insert("message-insert", {
    messageId: identity.messageId,
    channel: "webhook",
    source: sourceName,
    type: "shop.deal.won",
    receivedAt: at,
    bytes: 2,
    correlationId: "",
    dedupeKey: identity.dedupeKey,
    dedupeUntil: forever,
    ids: identity.ids,
  });
  keys.dedupe.add(identity.dedupeKey, { rowNo: messageNo, knownUntil: forever });
  const envelope = `{"dedupeKey":"${text}","time":${at},"headers":{},"traceparent":""}`;
  query.run("message-body-insert", { messageNo, envelope, data: "{}", body: null });
  const runNo = writeRun(query, number, messageNo, identity);
  keys.identity.add(identity.identityKey, { rowNo: runNo, knownUntil: forever });
  writeStory(query, keys, { runNo, at, identity });
}

function writeRun(query: Queries, number: number, messageNo: number, identity: Identity): number {
  const now = firstAt + number;
  const flow = flowOf(number);
  const runNo = query.insert("run-insert", {
    runId: identity.runId,
    messageNo,
    generationNo: 1,
    flow,
    status: "active",
    priority: 1,
    started: 1,
    laneId: identity.laneId,
    ordering: "every",
    position: 0,
    gapUntil: null,
    region: null,
    now,
    identityKey: identity.identityKey,
    identityUntil: forever,
    state: ended,
  });
  const isDead = number <= deadLetters;
  const isFailed = number % pattern.period === pattern.failed;
  query.run("run-document-insert", {
    runNo,
    identity: textOf(number),
    lane: flow,
    laneKey: textOf(number),
    parent: null,
    ancestors: "[]",
    respondBy: null,
    impact: null,
    error: isDead || isFailed ? refusal : null,
    response: null,
  });
  if (isDead) {
    query.run("run-status", { runNo, status: "dead", started: 1, now });
    return runNo;
  }
  const status = isFailed ? "failed" : "done";
  const ending = isFailed ? `{"failure":${refusal}}` : '{"output":null}';
  query.run("run-end", { runNo, status, started: 1, now, ending, state: ended });
  return runNo;
}

function writeStory(
  query: Queries,
  keys: Keys,
  {
    runNo,
    at,
    identity,
  }: {
    readonly runNo: number;
    readonly at: number;
    readonly identity: Identity;
  },
): void {
  const path = "steps.order/request";
  const deliveryNo = query.insert("delivery-insert", {
    deliveryId: identity.deliveryId,
    runNo,
    path,
    adapter: "ledger",
    system: "erp",
    due: at,
    attempt: 0,
    handed: 1,
    markSent: 0,
    now: at,
  });
  query.run("delivery-settle", { deliveryNo });
  const nothing = { effectKey: null, effectSha: null, context: null };
  query.run("delivery-request-insert", {
    deliveryNo,
    operation: "x",
    read: 0,
    request: "{}",
    ...nothing,
  });
  query.run("journal-insert", {
    runNo,
    at,
    history: '[["","done"]]',
    results: null,
    deliveryNo,
    attempt: "[200,1]",
    ids: null,
  });
  const effect = {
    key: identity.effectKey,
    runNo,
    path,
    bodyHash: "",
    bodySha: null,
    result: "1",
    undone: 0,
    doubt: null,
    at,
  };
  const rowNo = query.insert("effect-insert", effect);
  keys.effect.add(identity.effectKey, { rowNo, knownUntil: Number.MAX_SAFE_INTEGER });
}
