import { hash } from "node:crypto";
import { connect } from "../../engine/store/sqlite/connection.ts";
import { hashKey } from "../../engine/store/sqlite/ids.ts";
import { Keys, packIds } from "../../engine/store/sqlite/keys.ts";
import { Queries } from "../../engine/store/sqlite/queries.ts";
import { stateText } from "../../engine/store/sqlite/state-text.ts";

/** Messages of one transaction, and of one merge of their keys. */
const batch = 65_536;
/** The first of them came then, one each millisecond. */
const firstAt = Date.UTC(2026, 0, 1);
const forever = Date.UTC(2100, 0, 1);
const ended = stateText({ version: 1, phase: "ended", nodes: {}, completions: 1 });

/**
 * Fills a fresh store with messages whose runs are over, by the store's own statements: each with its
 * run, one decision, one delivery and one effect; bodies are short. What a look-up or an insert has
 * to pass is as in a store that grew by itself.
 */
export async function fill(path: string, messages: number): Promise<void> {
  const connection = connect(path);
  const { database } = connection;
  database.pragma("synchronous = OFF");
  const query = new Queries(database);
  const keys = new Keys(query);
  query.insert("generation-name", { hash: "filled" });
  for (let from = 1; from <= messages; from += batch) {
    database.exec("BEGIN");
    for (let number = from; number < Math.min(from + batch, messages + 1); number += 1) {
      insert(query, keys, number);
    }
    await keys.merge((operate) => Promise.resolve(operate()));
    database.exec("COMMIT");
  }
  connection.close();
}

function insert(query: Queries, keys: Keys, number: number): void {
  const at = firstAt + number;
  const text = String(number);
  const luck = hash("sha256", text, "buffer");
  const idOf = (kind: number): Buffer => {
    const id = Buffer.alloc(16);
    id.writeUIntBE(at, 0, 6);
    id.writeUInt8(0x70 + kind, 6);
    luck.copy(id, 8, 0, 8);
    return id;
  };
  const dedupeKey = hashKey("dedupe", "filled", text);
  const messageNo = query.insert("message-insert", {
    messageId: idOf(0),
    channel: "webhook",
    source: "filled",
    type: "shop.deal.won",
    receivedAt: at,
    bytes: 2,
    correlationId: `filled-${text}`,
    dedupeKey,
    dedupeUntil: forever,
    ids: packIds([`D-F${text}`, `C-F${text}`, `O-F${text}`, `T-F${number % 5000}`]),
  });
  keys.dedupe.add(dedupeKey, { rowNo: messageNo, knownUntil: forever });
  const envelope = `{"dedupeKey":"${text}","time":${at},"headers":{},"traceparent":""}`;
  query.run("message-body-insert", { messageNo, envelope, data: "{}", body: null });
  const identityKey = hashKey("identity", "deal-to-order", text);
  const runNo = query.insert("run-insert", {
    runId: idOf(1),
    messageNo,
    generationNo: 1,
    flow: "deal-to-order",
    status: "active",
    priority: 1,
    started: 1,
    laneId: hashKey("lane", "deal-to-order", text),
    ordering: "every",
    position: 0,
    gapUntil: null,
    region: null,
    now: at,
    identityKey,
    identityUntil: forever,
    state: ended,
  });
  query.run("run-end", {
    runNo,
    status: "done",
    started: 1,
    now: at,
    ending: '{"output":null}',
    state: ended,
  });
  keys.identity.add(identityKey, { rowNo: runNo, knownUntil: forever });
  writeStory(query, keys, { runNo, at, text, deliveryId: idOf(2) });
}

function writeStory(
  query: Queries,
  keys: Keys,
  { runNo, at, text, deliveryId }: { runNo: number; at: number; text: string; deliveryId: Buffer },
): void {
  query.run("run-document-insert", {
    runNo,
    identity: text,
    lane: "deal-to-order",
    laneKey: text,
    parent: null,
    ancestors: "[]",
    respondBy: null,
    impact: null,
    error: null,
    response: null,
  });
  const path = "steps.order/request";
  const deliveryNo = query.insert("delivery-insert", {
    deliveryId,
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
  const key = hashKey("effect", text);
  const effect = {
    key,
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
  keys.effect.add(key, { rowNo, knownUntil: Number.MAX_SAFE_INTEGER });
}
