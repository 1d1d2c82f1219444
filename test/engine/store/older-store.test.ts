import { readFileSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { connect } from "../../../engine/store/sqlite/connection.ts";
import { hashId, hashKey, toBlob } from "../../../engine/store/sqlite/ids.ts";
import { openDatabase } from "../../../engine/store/sqlite/sqlite.ts";
import { SqliteStore } from "../../../engine/store/sqlite/store.ts";
import { Fixture, hour, start } from "../../contracts/store-fixture.ts";
import { temporaryPath } from "./sqlite-fixture.ts";

const folder = new URL("../../../engine/store/sqlite/migrations/", import.meta.url);
const runId = "018bcfe5-6800-7000-8000-0000000000a1";
const messageId = "018bcfe5-6800-7000-8000-0000000000a2";
const endedRunId = "018bcfe5-6800-7000-8000-0000000000a4";
const deliveryId = "018bcfe5-6800-7000-8000-0000000000a3";

const endedState = { version: 1, phase: "ended", nodes: {}, completions: 1, endedAs: "done" };

/** A store as the second migration left it, with one run that has everything. */
function olderStore(path: string): void {
  const database = openDatabase(path, { readOnly: false });
  for (const file of ["0001-tables.sql", "0002-business-context.sql"]) {
    database.exec(readFileSync(new URL(file, folder), "utf8"));
  }
  database.pragma("user_version = 2");
  const insert = (table: string, row: Readonly<Record<string, unknown>>): void => {
    const names = Object.keys(row);
    const places = names.map(() => "?").join(", ");
    const statement = `INSERT INTO ${table} (${names.join(", ")}) VALUES (${places})`;
    database.prepare(statement).run(...Object.values(row));
  };
  insert("generation", { generation_no: 1, hash: "g1" });
  insert("message", {
    message_no: 1,
    message_id: toBlob(messageId),
    channel: "webhook",
    source: "crm",
    type: "crm.opportunity.won",
    received_at: start,
    bytes: 2,
    correlation_id: messageId,
  });
  const envelope = JSON.stringify({ dedupeKey: "d-1", time: start, headers: {}, traceparent: "" });
  insert("message_body", { message_no: 1, envelope, data: "{}" });
  insert("run", {
    run_no: 1,
    run_id: toBlob(runId),
    message_no: 1,
    generation_no: 1,
    flow: "orders",
    status: "active",
    priority: 1,
    started: 1,
    ordering: "every",
    started_at: start,
    changed_at: start,
  });
  const state = JSON.stringify({ version: 1, phase: "steps", nodes: {}, completions: 0 });
  const document = { lane: "orders", ancestors: "[]", state };
  insert("run_document", { ...document, run_no: 1, identity: "i-1" });
  insert("run", {
    run_no: 2,
    run_id: toBlob(endedRunId),
    message_no: 1,
    generation_no: 1,
    flow: "orders",
    status: "done",
    priority: 1,
    started: 1,
    ordering: "every",
    started_at: start,
    changed_at: start,
    ended_at: start,
  });
  insert("run_document", {
    ...document,
    run_no: 2,
    identity: "i-2",
    state: JSON.stringify(endedState),
    ending: '{"output":7}',
  });
  const dedupe = { dedupe_key: hashKey("dedupe", "crm", "d-1"), message_no: 1 };
  insert("dedupe", { ...dedupe, remembered_until: start + hour });
  const identity = { identity_key: hashKey("identity", "orders", "i-1"), run_no: 1 };
  insert("identity", { ...identity, remembered_until: start + hour });
  insert("result", { run_no: 1, path: "steps.b", value: '{"id":2}' });
  insert("result", { run_no: 1, path: "steps.a", value: "1" });
  insert("history", { run_no: 1, at: start, path: "", what: "started", detail: null });
  insert("history", { run_no: 1, at: start + 1, path: "steps.a", what: "done", detail: '{"n":1}' });
  insert("delivery", {
    delivery_no: 1,
    delivery_id: toBlob(deliveryId),
    run_no: 1,
    path: "steps.a/create",
    adapter: "tryton",
    system: "erp",
    status: "settled",
    due: start,
    attempt: 0,
    mark_sent: 0,
    created_at: start,
  });
  insert("delivery_request", { delivery_no: 1, operation: "create", read: 0, request: "{}" });
  const attempt = { delivery_no: 1, at: start + 1, outcome: "response", status: 200, ms: 1.5 };
  insert("attempt", { ...attempt, response: '{"status":200}' });
  insert("effect", {
    effect_key: hashKey("effect", "e-1"),
    run_no: 1,
    path: "steps.a/create",
    body_hash: "h",
    result: "7",
    undone: 0,
    at: start,
  });
  insert("business_id", { id_hash: hashId("SO-1"), message_no: 1, run_no: 0 });
  database.close();
}

test("a store of version 2 keeps all it knew", async () => {
  const path = temporaryPath();
  olderStore(path);
  const store = new SqliteStore(connect(path));
  onTestFinished(() => store.close());
  expect(await store.read.run(runId)).toMatchObject({
    results: { "steps.a": 1, "steps.b": { id: 2 } },
    history: [
      { at: start, path: "", what: "started" },
      { at: start + 1, path: "steps.a", what: "done", detail: { n: 1 } },
    ],
    deliveries: [
      {
        id: deliveryId,
        attempts: [
          { at: start + 1, outcome: "response", status: 200, ms: 1.5, response: { status: 200 } },
        ],
      },
    ],
  });
  expect(await store.read.run(endedRunId)).toMatchObject({ state: endedState, end: { output: 7 } });
  expect((await store.load(endedRunId))?.state).toEqual(endedState);
  expect((await store.load(runId))?.results).toEqual({ "steps.a": 1, "steps.b": { id: 2 } });
  expect((await store.read.trace("SO-1")).map(({ what }) => what)).toContain("crm.opportunity.won");
  const effects = await store.facts([{ kind: "effect", key: "e-1" }], start);
  expect([...effects.values()]).toMatchObject([{ bodyHash: "h", outcome: { result: 7 } }]);

  const make = new Fixture();
  const again = make.intake({ message: make.message({ dedupeKey: "d-1" }) });
  expect(await store.accept(again, start)).toMatchObject({ outcome: "duplicate", messageId });
  const other = make.intake({ runs: [make.run({ flow: "orders", identity: "i-1" })] });
  expect((await store.accept(other, start)).repeats).toEqual([{ flow: "orders", runId }]);
});
