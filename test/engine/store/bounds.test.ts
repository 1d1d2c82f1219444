import type { Database } from "better-sqlite3";
import { expect, onTestFinished, test } from "vitest";
import { type Bound, bounds } from "../../../engine/store/sqlite/bounds.ts";
import { connect } from "../../../engine/store/sqlite/connection.ts";
import { queryTexts } from "../../../engine/store/sqlite/queries.ts";
import { SqliteStore } from "../../../engine/store/sqlite/store.ts";
import { answered, Fixture, hour, only, start } from "../../contracts/store-fixture.ts";

const day = 24 * hour;
const late = start + 400 * day;
const entries: readonly (readonly [string, Bound])[] = Object.entries(bounds);

interface Subject {
  readonly store: SqliteStore;
  readonly database: Database;
}

function open(): Subject {
  const connection = connect(":memory:");
  const store = new SqliteStore(connection);
  onTestFinished(() => store.close());
  return { store, database: connection.database };
}

async function purgeHistory({ store }: Subject, before: number): Promise<void> {
  const pass = store.retention.pass("history", before);
  while (!(await pass.step(late)).finished);
}

const numbersOf = (database: Database, column: string, table: string): unknown =>
  database.prepare(`SELECT DISTINCT ${column} FROM ${table} ORDER BY 1`).pluck().all();

/** Puts rows past the store's own rules, which keep some of them only for a moment. */
function put(database: Database, table: string, row: Readonly<Record<string, unknown>>): void {
  const names = Object.keys(row);
  database.pragma("foreign_keys = OFF");
  database
    .prepare(
      `INSERT INTO ${table} (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`,
    )
    .run(...Object.values(row));
  database.pragma("foreign_keys = ON");
}

async function endedRun({ store }: Subject, fixture: Fixture, now: number): Promise<void> {
  const run = fixture.run({ laneKey: null });
  const message = fixture.message({ receivedAt: now });
  await store.accept(fixture.intake({ message, runs: [run] }), now);
  await store.claim(1, now);
  const first = fixture.commit(run.id, { status: "active", deliveries: [fixture.delivery()] });
  await store.commit(first, now);
  const deliveryId = only(first.deliveryIds);
  const event = answered(deliveryId);
  await store.commit(fixture.commit(run.id, { status: "done" }, { event, deliveryId }), now);
}

test("every table has something that bounds it, or a reason why it stays", () => {
  const { database } = open();
  const tables = numbersOf(database, "name", "sqlite_schema WHERE type = 'table'") as string[];
  expect(entries.map(([table]) => table).toSorted()).toEqual(tables.toSorted());
});

test.each(entries.filter(([, bound]) => "by" in bound))(
  "%s goes by a statement of its own",
  (table, bound) => {
    const text = "by" in bound ? queryTexts().get(bound.by) : undefined;
    expect(text).toMatch(new RegExp(`\\bDELETE FROM ${table}\\b`));
  },
);

const key = Buffer.alloc(16, 1);
/** Of the run and message no. 1, with what is not there after a run has ended. */
const extra: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  business_id: { segment: 0, id_hash: Buffer.alloc(8, 1), message_no: 1 },
  correlation: { message_no: 1, correlate: '{"orderId":"1"}' },
  retention_later: { class: "payloads", message_no: 1 },
  task: {
    task_id: key,
    run_no: 1,
    path: "p",
    status: "closed",
    team: "t",
    title: "t",
    choices: "[]",
    show: "1",
    opened_at: 1,
    due: 1,
  },
  edit: { run_no: 1, at: 1, actor: "a", before: "1", after: "2" },
  problem: { run_no: 1, kind: "issue", path: "p", failure: "{}", at: 1 },
  timer: { run_no: 1, path: "p", name: "retry", due: 1, taken: 1 },
  signal: { run_no: 1, kind: "resume", path: "p", event: "{}", taken: 1 },
  listen: { run_no: 1, path: "p", match_key: key, correlate: "{}", listen_until: 1, consume: 0 },
  milestone: { run_no: 1, name: "n", path: "p", at: 1 },
  waiter: { run_no: 1, parent_no: 1, path: "p" },
  issue_run: {
    issue_no: 9,
    run_no: 1,
    identity_key: key,
    failures: 1,
    by_own_end: 1,
    settled: 1,
    at: 1,
  },
  ownership_conflict: {
    entity: "e",
    canonical_id: "c",
    attribute: "a",
    owner: "o",
    kept: "1",
    source: "s",
    given: "2",
    reason: "overruled",
    personal: 0,
    run_no: 1,
    first_at: 1,
    last_at: 1,
    times: 1,
  },
};

test("what is of a run or a message goes with it, from each table that says so", async () => {
  const subject = open();
  const fixture = new Fixture();
  await endedRun(subject, fixture, start);
  for (const [table, row] of Object.entries(extra)) put(subject.database, table, row);
  const data = Buffer.alloc(8, 1);
  subject.database.prepare("UPDATE message SET ids = ? WHERE message_no = 1").run(data);
  await endedRun(subject, fixture, late);
  const own = entries.flatMap(([table, bound]) => ("with" in bound ? [table] : []));
  const column = (table: string): string =>
    (subject.database.pragma(`table_info(${table})`) as readonly { readonly name: string }[]).some(
      ({ name }) => name === "run_no",
    )
      ? "run_no = 1"
      : table === "delivery_request"
        ? "delivery_no = 1"
        : "message_no = 1";
  const left = (): readonly string[] =>
    own.filter((table) => {
      const rows = subject.database
        .prepare(`SELECT count(*) FROM ${table} WHERE ${column(table)}`)
        .pluck()
        .get();
      return rows !== 0;
    });
  // Events wait by what they are found by, and the state of a run that has ended is in its document:
  // tests of their own say so.
  const absent = ["early_event", "run_state"];
  expect(left()).toEqual(own.filter((table) => !absent.includes(table)));
  await purgeHistory(subject, start + day);
  expect(left()).toEqual([]);
});

test("what goes by its age alone goes, but for what is open and for the youngest number", async () => {
  const subject = open();
  const { database, store } = subject;
  const fixture = new Fixture();
  await endedRun(subject, fixture, start);
  await endedRun(subject, fixture, late);
  const issue = (number: number, status: string, at: number): void =>
    put(database, "issue", {
      issue_no: number,
      fingerprint: Buffer.alloc(16, number),
      flow: "f",
      step: "s",
      kind: "dead",
      class: "transient",
      code: "c",
      title: "t",
      category: "low",
      status,
      failures: 1,
      amounts: "{}",
      sample_run_no: 1,
      first_at: at,
      last_at: at,
      opened_at: at,
      reopened: 0,
      changed_at: at,
      escalated: 0,
    });
  issue(1, "resolved", start);
  issue(2, "open", start);
  issue(3, "ignored", start);
  issue(4, "resolved", late);
  issue(5, "ignored", late);
  issue(6, "resolved", start);
  const notice = (number: number, of: number, status: string, at: number): void =>
    put(database, "notice", {
      notice_no: number,
      issue_no: of,
      what: "opened",
      team: "t",
      target: "log",
      status,
      attempts: 0,
      due: at,
      at,
    });
  notice(1, 1, "sent", start);
  notice(2, 2, "pending", start);
  notice(3, 4, "sent", late);
  notice(4, 6, "given-up", start);
  const job = (number: number, status: string, at: number): void => {
    put(database, "replay_job", {
      job_no: number,
      at,
      by_whom: "ada",
      selection: "{}",
      begin: "event",
      canary: 0,
      at_once: 1,
      status,
      changed_at: at,
    });
    for (let position = 0; position < 300; position += 1) {
      const message = Buffer.alloc(16, position);
      const row = { job_no: number, position, what: "replay", message_id: message };
      put(database, "replay_item", { ...row, status: "taken" });
    }
  };
  job(1, "done", start);
  job(2, "running", start);
  job(3, "done", late);
  job(4, "waiting", late);
  job(5, "waiting", start);
  job(6, "stopped", start);

  await purgeHistory(subject, start + day);

  expect(numbersOf(database, "issue_no", "issue")).toEqual([2, 4, 5, 6]);
  expect(numbersOf(database, "notice_no", "notice")).toEqual([2, 3, 4]);
  expect(numbersOf(database, "job_no", "replay_job")).toEqual([2, 3, 4, 6]);
  expect(numbersOf(database, "job_no", "replay_item")).toEqual([2, 3, 4, 6]);

  // A job's number is never given again, whatever went.
  const selection = { begin: "event", canary: 0, atOnce: 1, by: "ada", selection: {} } as const;
  expect(await store.replays.create(selection, [], late)).toBe(7);
  await purgeHistory(subject, late - day);
  expect(numbersOf(database, "job_no", "replay_job")).toEqual([2, 3, 4, 7]);
});

test("a generation goes once no run is pinned to it; the current one stays, however old", async () => {
  const subject = open();
  const { store } = subject;
  const fixture = new Fixture();
  const save = (hash: string, now: number): Promise<void> =>
    store.saveGeneration({ hash, files: { "sluice.yaml": hash } }, now);
  const pinned = async (generation: string, now: number): Promise<void> => {
    const run = fixture.run({ laneKey: null, generation });
    const message = fixture.message({ receivedAt: now });
    await store.accept(fixture.intake({ message, runs: [run] }), now);
    await store.claim(1, now);
    await store.commit(fixture.commit(run.id, { status: "done" }), now);
  };
  await save("again", start);
  await save("never-used", start + 1);
  await save("used-and-over", start + 2);
  await pinned("used-and-over", start + 2);
  await save("still-used", start + 3);
  await pinned("still-used", late);
  await save("last-number", start + 4);
  // What was current once is current again.
  await save("again", start + 5);

  await purgeHistory(subject, start + day);

  expect(await store.loadGeneration("never-used")).toBeUndefined();
  expect(await store.loadGeneration("used-and-over")).toBeUndefined();
  for (const hash of ["again", "still-used", "last-number"]) {
    expect((await store.loadGeneration(hash))?.hash).toBe(hash);
  }
  // Its name means another number now.
  await pinned("used-and-over", late);
  expect(subject.database.pragma("foreign_key_check")).toEqual([]);
  expect((await store.read.runs({ limit: 9 })).map(({ generation }) => generation)).toContain(
    "used-and-over",
  );
});
