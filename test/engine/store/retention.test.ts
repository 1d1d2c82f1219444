import type { Database } from "better-sqlite3";
import { statSync } from "node:fs";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Decision } from "../../../engine/model/decision.ts";
import type { RetentionClass } from "../../../engine/ports/retention-store.ts";
import { connect } from "../../../engine/store/sqlite/connection.ts";
import { SqliteStore } from "../../../engine/store/sqlite/store.ts";
import { answered, Fixture, hour, only, start } from "../../contracts/store-fixture.ts";
import { temporaryPath } from "./sqlite-fixture.ts";

const secret = "SECRET-OF-A-PERSON";
/** A hash, as the keys of effects are: rows have its bytes. */
const effectKey = "0af1".repeat(16);
const late = start + 400 * 24 * hour;

interface Subject {
  readonly store: SqliteStore;
  readonly database: Database;
}

function open(path = ":memory:"): Subject {
  const connection = connect(path);
  const store = new SqliteStore(connection);
  onTestFinished(() => store.close());
  return { store, database: connection.database };
}

/** Goes over all that is over, and counts. */
async function apply({ store }: Subject, kind: RetentionClass, before = late) {
  const pass = store.retention.pass(kind, before);
  const sum = { done: 0, waiting: 0, steps: 0 };
  for (;;) {
    const step = await pass.step(late);
    sum.done += step.done;
    sum.waiting += step.waiting;
    sum.steps += 1;
    if (step.finished) return sum;
  }
}

/** Names of tables in which the text is found. */
function holding(database: Database, text: string): readonly string[] {
  const tables = database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
    .pluck()
    .all() as string[];
  return tables.filter((table) => {
    const rows = database.prepare(`SELECT * FROM ${table}`).all() as Record<string, unknown>[];
    return rows.some((row) =>
      Object.values(row).some((value) =>
        (Buffer.isBuffer(value) ? value.toString("latin1") : String(value)).includes(text),
      ),
    );
  });
}

function countOf(database: Database, table: string): unknown {
  return database.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
}

const failure = {
  class: "business",
  code: "refused",
  message: `${secret} is on credit hold`,
  detail: { name: secret },
  path: "steps.order",
} as const;

/** A run that has everything, ended; every text of it that can hold the secret does. */
async function whole({ store }: Subject, fixture: Fixture, end: Partial<Decision> = {}) {
  const run = fixture.run({ identity: "order-1", laneKey: null, identityUntil: late + hour });
  const message = fixture.message({
    dedupeKey: "once",
    subject: secret,
    headers: { "x-name": secret },
    data: { name: secret, orderId: "SO-1" },
  });
  const raw = Buffer.from(`{"orderId":"SO-1", "was":"${secret}"}`);
  await store.accept(
    fixture.intake({ message, raw, runs: [run], dedupeUntil: late + hour }),
    start,
  );
  await store.claim(1, start);
  const request = { ...fixture.delivery().request, body: { name: secret }, query: { q: secret } };
  const task = { path: "steps.ask", team: "ops", title: "ok?", choices: ["yes"], due: start };
  const first = fixture.commit(run.id, {
    status: "active",
    deliveries: [fixture.delivery({ request, effectKey })],
    results: { "steps.read": { name: secret, id: "C-77" } },
    tasks: [{ ...task, show: { name: secret } }],
    links: [{ entity: "order", canonicalId: "SO-1", system: "erp", id: "77" }],
    milestones: [{ name: "order.created", path: "steps.order" }],
    problems: [{ kind: "issue", path: "steps.order", failure }],
  });
  await store.commit(first, start);
  const deliveryId = only(first.deliveryIds);
  const event = answered(deliveryId);
  const response = { status: 200, headers: {}, body: { name: secret } };
  const said = { ...event, outcome: { kind: "response", response, ms: 1 } } as typeof event;
  await store.commit(
    fixture.commit(
      run.id,
      {
        status: "failed",
        closes: ["steps.ask"],
        history: [
          { path: "steps.order/create", what: "answered", detail: { outcome: "ok" } },
          { path: "steps.order", what: "failed", detail: { ...failure, detail: null } },
        ],
        effects: [{ key: effectKey, bodyHash: "h", path: "steps.order", outcome: { result: 77 } }],
        response: { status: 422, headers: {}, body: { name: secret } },
        end: { failure },
        ...end,
      },
      { event: said, deliveryId },
    ),
    start,
  );
  return { run, message };
}

/** The youngest of all stays for its numbers: none of those that a test is about. */
async function addYoungest({ store }: Subject, fixture: Fixture): Promise<string> {
  const message = fixture.message({ receivedAt: late });
  const run = fixture.run({ laneKey: null });
  await store.accept(fixture.intake({ message, runs: [run] }), late);
  await store.claim(1, late);
  await store.commit(fixture.commit(run.id, { status: "done" }), late);
  return run.id;
}

describe("payloads", () => {
  test("go from every table, and what happened stays", async () => {
    const subject = open();
    const fixture = new Fixture();
    const { run, message } = await whole(subject, fixture);
    expect(holding(subject.database, secret).length).toBeGreaterThan(5);

    expect(await apply(subject, "payloads")).toMatchObject({ done: 1, waiting: 0 });

    expect(holding(subject.database, secret)).toEqual([]);
    const { read } = subject.store;
    expect(await read.message(message.id)).toMatchObject({
      emptiedAt: late,
      message: { data: null, headers: {}, type: message.type, dedupeKey: "once" },
    });
    expect(await read.messages({})).toMatchObject([{ id: message.id, emptiedAt: late, runs: 1 }]);
    expect(await read.run(run.id)).toMatchObject({
      status: "failed",
      emptiedAt: late,
      error: { code: "refused", path: "steps.order" },
      results: {},
      milestones: [{ name: "order.created" }],
      history: [
        { what: "answered", detail: { outcome: "ok" } },
        { what: "failed", detail: { class: "business", code: "refused" } },
      ],
      deliveries: [
        { stage: "acknowledged", request: { method: "POST" }, attempts: [{ status: 200 }] },
      ],
    });
    const told = (await read.trace("SO-1")).find(({ kind }) => kind === "message");
    expect(told).toMatchObject({ detail: { emptiedAt: late } });
    expect(await subject.store.facts([{ kind: "effect", key: effectKey }], late)).toEqual(
      new Map([[expect.anything(), expect.objectContaining({ outcome: { gone: true } })]]),
    );
    expect(await apply(subject, "payloads")).toMatchObject({ done: 0, waiting: 0 });
  });

  test("take with them what never stood, and what the ledger keeps of it", async () => {
    const subject = open();
    const fixture = new Fixture();
    const conflict = {
      attribute: "name",
      owner: "crm",
      source: "erp",
      reason: "overruled",
    } as const;
    await whole(subject, fixture, {
      effects: [
        { key: effectKey, bodyHash: "h", path: "steps.order", outcome: { result: secret } },
      ],
      conflicts: [
        {
          ...conflict,
          entity: "customer",
          canonicalId: "C-1",
          kept: "x",
          given: secret,
          personal: true,
        },
      ],
    });
    expect(holding(subject.database, secret)).toContain("effect");
    expect(holding(subject.database, secret)).toContain("ownership_conflict");
    await apply(subject, "payloads");
    expect(holding(subject.database, secret)).toEqual([]);
    expect(countOf(subject.database, "effect")).toBe(1);
  });

  test("stay as long as the class is younger", async () => {
    const subject = open();
    await whole(subject, new Fixture());
    expect(await apply(subject, "payloads", start)).toMatchObject({ done: 0 });
    expect(holding(subject.database, secret)).toContain("message_body");
  });
});

describe("history", () => {
  test("goes whole, and leaves what is known under keys of its own", async () => {
    const path = temporaryPath();
    const first = open(path);
    const fixture = new Fixture();
    const { run, message } = await whole(first, fixture);
    const youngest = await addYoungest(first, fixture);

    expect(await apply(first, "history")).toMatchObject({ done: 1, waiting: 0 });

    const { database } = first;
    expect(database.pragma("foreign_key_check")).toEqual([]);
    for (const table of ["journal", "delivery", "task", "milestone", "problem", "message"]) {
      const left = table === "message" || table === "journal" ? 1 : 0;
      expect([table, countOf(database, table)]).toEqual([table, left]);
    }
    expect(holding(database, secret)).toEqual([]);
    expect(countOf(database, "business_id WHERE message_no = 1")).toBe(0);
    expect(await first.store.read.run(run.id)).toBeUndefined();
    expect(await first.store.read.message(message.id)).toBeUndefined();
    await first.store.close();

    // What was known only by rows that are gone is still known, also after a start.
    const { store } = open(path);
    expect(await store.read.run(youngest)).toMatchObject({ status: "done" });
    const again = fixture.message({ dedupeKey: "once" });
    const repeated = fixture.run({ identity: "order-1", laneKey: null });
    expect(await store.accept(fixture.intake({ message: again, runs: [repeated] }), late)).toEqual(
      expect.objectContaining({ outcome: "duplicate" }),
    );
    const other = await store.accept(fixture.intake({ runs: [repeated] }), late);
    expect(other).toMatchObject({ outcome: "accepted", runs: [], repeats: [] });
    const facts = await store.facts([{ kind: "effect", key: effectKey }], late);
    expect([...facts.values()]).toMatchObject([{ bodyHash: "h", outcome: { gone: true } }]);
    expect(await store.read.crosswalk("order", "SO-1")).toMatchObject([{ id: "77" }]);
  });

  test("a child that nobody remembers is run again for the parent that waits for it", async () => {
    const subject = open();
    const fixture = new Fixture();
    await whole(subject, fixture);
    await addYoungest(subject, fixture);
    await apply(subject, "history");
    const { runId } = await fixture.started(subject.store, {}, { laneKey: null });
    const child = fixture.run({
      identity: "order-1",
      laneKey: null,
      parent: { runId, path: "steps.child" },
    });
    const taken = await subject.store.accept(fixture.intake({ runs: [child] }), late);
    expect(taken.runs).toMatchObject([{ id: child.id }]);
  });

  test("is bounded in each transaction, and goes on after a crash where it stood", async () => {
    const path = temporaryPath();
    const first = open(path);
    const fixture = new Fixture();
    const { runId } = await fixture.started(first.store, {}, { laneKey: null });
    const timer = { path: "steps.wait", name: "wait", due: start } as const;
    for (let round = 0; round < 500; round += 1) {
      await first.store.commit(
        fixture.commit(
          runId,
          {
            status: "active",
            timers: [timer],
            history: [{ path: "steps.wait", what: "waiting" }],
            results: { [`steps.${round}`]: { id: `I-${round}` } },
          },
          { event: { kind: "resume", by: "ada" } },
        ),
        start,
      );
    }
    await first.store.commit(
      fixture.commit(runId, { status: "done" }, { event: { kind: "resume", by: "ada" } }),
      start,
    );
    await addYoungest(first, fixture);
    const changes = (): number =>
      Number(first.database.prepare("SELECT total_changes()").pluck().get());
    const pass = first.store.retention.pass("history", late);
    // The first brings the keys into their tables, in small transactions of its own.
    await pass.step(late);
    for (const _ of ["second", "third"]) {
      const before = changes();
      await pass.step(late);
      expect(changes() - before).toBeLessThan(500);
    }
    expect(Number(countOf(first.database, "journal"))).toBeGreaterThan(150);
    await first.store.close();

    const second = open(path);
    expect(await apply(second, "history")).toMatchObject({ done: 1, waiting: 0 });
    expect(countOf(second.database, "journal")).toBe(1);
    expect(second.database.pragma("foreign_key_check")).toEqual([]);
  });

  test("never gives a number twice: what is youngest stays", async () => {
    const subject = open();
    const fixture = new Fixture();
    await whole(subject, fixture);
    expect(await apply(subject, "history")).toMatchObject({ done: 0, waiting: 1 });
    await addYoungest(subject, fixture);
    expect(await apply(subject, "history")).toMatchObject({ done: 1, waiting: 0 });
  });
});

describe("what something still needs", () => {
  const kinds = ["payloads", "history"] as const;

  async function expectKept(subject: Subject, kept: number): Promise<void> {
    for (const kind of kinds) {
      const { waiting } = await apply(subject, kind);
      expect([kind, waiting]).toEqual([kind, kept]);
    }
  }

  test.each(["active", "dead", "invalid", "in-doubt", "stuck"] as const)(
    "a run that is %s keeps its message until it is over",
    async (status) => {
      const subject = open();
      const { store } = subject;
      const fixture = new Fixture();
      const problems =
        status === "active" ? [] : [{ kind: status, path: "steps.order", failure } as const];
      const { runId } = await fixture.started(
        store,
        { status, problems, results: { "steps.a": 1 } },
        { laneKey: null },
      );
      await fixture.accept(store, { laneKey: null });
      await store.claim(1, start);
      await addYoungest(subject, fixture);
      await apply(subject, "payloads");
      await apply(subject, "history");
      expect((await store.load(runId))?.message.data).toEqual({ total: "12.50" });
      expect(await store.load(runId)).toMatchObject({ results: { "steps.a": 1 } });
      expect(await store.retention.read.outlook("history", late, late)).toMatchObject({
        needed: { run: 2 },
      });

      if (status === "active") {
        const event = { kind: "resume", by: "ada" } as const;
        await store.commit(fixture.commit(runId, { status: "done" }, { event }), late);
      } else await store.unpark(runId, { kind: "discard", by: "ada", reason: "old" }, late);
      await addYoungest(subject, fixture);
      expect((await apply(subject, "payloads")).done).toBe(1);
      expect((await apply(subject, "history")).done).toBe(1);
      expect(await store.read.run(runId)).toBeUndefined();
    },
  );

  test("a child that is over is kept while what started it may undo it", async () => {
    const subject = open();
    const { store } = subject;
    const fixture = new Fixture();
    const { runId } = await fixture.started(store, {}, { laneKey: null });
    const middle = fixture.run({ laneKey: null, parent: { runId, path: "steps.c" } });
    const inner = fixture.run({ laneKey: null, parent: { runId: middle.id, path: "steps.c" } });
    for (const run of [middle, inner]) {
      await store.accept(fixture.intake({ runs: [run] }), start);
      await store.claim(1, start);
      await store.commit(fixture.commit(run.id, { status: "done", end: { output: 1 } }), start);
    }
    await addYoungest(subject, fixture);
    expect((await apply(subject, "payloads")).waiting).toBe(3);
    expect((await apply(subject, "history")).waiting).toBe(3);
    expect(await store.read.run(inner.id)).toMatchObject({ status: "done", end: { output: 1 } });
  });

  test("an open issue keeps the records that it waits for, until it is over", async () => {
    const subject = open();
    const { store } = subject;
    const fixture = new Fixture();
    const { run } = await whole(subject, fixture);
    await addYoungest(subject, fixture);
    const row = only(await store.insight.failures(10).then((rows) => rows.slice(0, 1)));
    const fingerprint = "f".repeat(32);
    const { flow, kind, runNo, identity, at } = row;
    await store.insight.file(
      {
        upTo: row.number,
        issues: [
          {
            fingerprint,
            flow,
            step: "steps.order",
            kind,
            class: "business",
            code: "refused",
            title: "…",
            category: "normal",
            status: "open",
            failures: 1,
            amounts: {},
            sampleRunNo: runNo,
            firstAt: at,
            lastAt: at,
            openedAt: at,
            reopened: 0,
            changedAt: at,
            escalated: 0,
            escalateAt: null,
          },
        ],
        runs: [{ fingerprint, runNo, flow, identity, failures: 1, byOwnEnd: false, at }],
        notices: [],
      },
      start,
    );
    await expectKept(subject, 1);
    expect(
      (await store.read.message((await store.read.run(run.id))?.messageId ?? ""))?.emptiedAt,
    ).toBe(undefined);
    const [issue] = await store.insight.read.issues({});
    await store.insight.setIssue(issue?.number ?? 0, { status: "ignored", by: "ada" }, late);
    await expectKept(subject, 0);
    expect(await store.read.run(run.id)).toBeUndefined();
  });

  test("a replay that has not come to it yet keeps it", async () => {
    const subject = open();
    const { store } = subject;
    const fixture = new Fixture();
    const { run, message } = await whole(subject, fixture);
    await addYoungest(subject, fixture);
    const job = await store.replays.create(
      { by: "ada", selection: { ids: [run.id] }, begin: "event", canary: 0, atOnce: 1 },
      [{ what: "replay", runId: run.id, messageId: message.id, flow: "orders" }],
      start,
    );
    await expectKept(subject, 1);
    expect((await store.read.message(message.id))?.emptiedAt).toBeUndefined();
    await store.replays.setJob(job, { status: "stopped", why: "by ada" }, late);
    await expectKept(subject, 0);
    expect(await store.read.message(message.id)).toBeUndefined();
  });

  test("a replay that waits for a look keeps it for as long as the class is kept, and not for ever", async () => {
    const subject = open();
    const { store } = subject;
    const fixture = new Fixture();
    const { run, message } = await whole(subject, fixture);
    await addYoungest(subject, fixture);
    const job = await store.replays.create(
      { by: "ada", selection: { ids: [run.id] }, begin: "event", canary: 1, atOnce: 1 },
      [{ what: "replay", runId: run.id, messageId: message.id, flow: "orders" }],
      start,
    );
    await store.replays.setJob(job, { status: "waiting", why: "a look" }, late);
    await expectKept(subject, 1);
    await store.replays.setJob(job, { status: "waiting", why: "a look" }, start);
    await expectKept(subject, 0);
    expect(await store.read.message(message.id)).toBeUndefined();
  });

  test("an event that somebody may still come for is kept", async () => {
    const subject = open();
    const { store } = subject;
    const fixture = new Fixture();
    const correlate = { orderId: "SO-9" };
    await store.accept(fixture.intake({ correlate, keepUntil: late + hour }), start);
    await store.accept(fixture.intake({ correlate, keepUntil: start + hour }), start);
    await addYoungest(subject, fixture);
    expect(await apply(subject, "history")).toMatchObject({ done: 1, waiting: 1 });
  });
});

describe("the audit", () => {
  test("goes from its beginning, and the chain holds from there", async () => {
    const subject = open();
    const { store, database } = subject;
    for (const n of [0, 1, 2, 3, 4]) {
      await store.audit(
        { actor: "ada", action: "edit", target: "t", detail: { n } },
        start + n * hour,
      );
    }
    expect(await apply(subject, "audit", start + 3 * hour)).toMatchObject({ done: 3 });
    expect(await store.read.auditChain()).toEqual({ rows: 2 });
    await apply(subject, "audit");
    expect(await store.read.auditChain()).toEqual({ rows: 0 });
    await store.audit({ actor: "bob", action: "edit", target: "t", detail: null }, late);
    expect(await store.read.audits({})).toMatchObject([{ number: 6, actor: "bob" }]);
    expect(await store.read.auditChain()).toEqual({ rows: 1 });
    database.exec("UPDATE audit_anchor SET audit_no = 4");
    expect(await store.read.auditChain()).toMatchObject({ brokenAt: 5 });
  });
});

describe("keys", () => {
  test("are forgotten once their own time is over, however long their messages stay", async () => {
    const subject = open();
    const { store, database } = subject;
    const fixture = new Fixture();
    for (const [key, until] of [
      ["short", start + hour],
      ["long", late + hour],
    ] as const) {
      const message = fixture.message({ dedupeKey: key });
      await store.accept(fixture.intake({ message, dedupeUntil: until }), start);
    }
    await addAndEmpty();
    const pass = store.retention.forgetKeys();
    for (;;) if ((await pass.step(late)).finished) break;
    expect(database.prepare("SELECT known_until FROM known_key").pluck().all()).toEqual([
      late + hour,
    ]);
    const again = (key: string) =>
      store.accept(fixture.intake({ message: fixture.message({ dedupeKey: key }) }), late);
    expect(await again("long")).toMatchObject({ outcome: "duplicate" });
    expect(await again("short")).toMatchObject({ outcome: "accepted" });

    /** Removal brings keys into their tables. */
    async function addAndEmpty(): Promise<void> {
      await apply(subject, "history");
    }
  });

  test("cached values past all use go, too", async () => {
    const { store, database } = open();
    const fixture = new Fixture();
    const caches = [
      { key: "a", value: secret, fetchedAt: start, expiresAt: start + hour },
      { key: "b", value: 1, fetchedAt: start, expiresAt: late + hour },
    ];
    await fixture.started(store, { caches }, { laneKey: null });
    const pass = store.retention.forgetKeys();
    for (;;) if ((await pass.step(late)).finished) break;
    expect(database.prepare("SELECT cache_key FROM cache").pluck().all()).toEqual(["b"]);
  });
});

describe("health", () => {
  test("says what is kept, by numbers that are right after each class went", async () => {
    const path = temporaryPath();
    const subject = open(path);
    const { store, database } = subject;
    const fixture = new Fixture();
    const expectCounted = (): void => {
      const { kept, waiting } = store.health();
      expect({ ...kept, waiting }).toEqual({
        messages: countOf(database, "message"),
        payloads: countOf(database, "message WHERE emptied_at IS NULL"),
        audit: countOf(database, "audit"),
        waiting: {
          history: countOf(database, "retention_later WHERE class = 'history'"),
          payloads: countOf(database, "retention_later WHERE class = 'payloads'"),
        },
      });
    };
    expectCounted();
    await whole(subject, fixture);
    await fixture.started(store, {}, { laneKey: null });
    const message = fixture.message({ receivedAt: start + 2 * hour });
    await store.accept(fixture.intake({ message }), start);
    await store.audit({ actor: "ada", action: "edit", target: "t", detail: null }, start);
    await addYoungest(subject, fixture);
    expectCounted();
    await apply(subject, "payloads", start + hour);
    expectCounted();
    await apply(subject, "history", start + hour);
    expectCounted();
    await apply(subject, "history");
    expectCounted();
    await apply(subject, "audit");
    await apply(subject, "payloads");
    expectCounted();
    const { bytes, disk, oldest } = store.health();
    expect(bytes).toBeGreaterThanOrEqual(statSync(path).size);
    expect(disk?.bytes).toBeGreaterThan(disk?.freeBytes ?? 0);
    expect(oldest).toBe(start);
  });
});

describe("the file", () => {
  test("shrinks by what went, a little at a time", async () => {
    const path = temporaryPath();
    const subject = open(path);
    const { store } = subject;
    const fixture = new Fixture();
    const data = { filling: "x".repeat(20_000) };
    for (let n = 0; n < 400; n += 1) {
      await store.accept(fixture.intake({ message: fixture.message({ data }) }), start);
    }
    subject.database.pragma("wal_checkpoint(TRUNCATE)");
    const full = statSync(path).size;
    expect(await apply(subject, "payloads")).toMatchObject({ done: 400 });
    let left = await store.retention.shrink();
    let rounds = 1;
    for (; left > 0; rounds += 1) left = await store.retention.shrink();
    expect(rounds).toBeGreaterThan(4);
    subject.database.pragma("wal_checkpoint(TRUNCATE)");
    expect(statSync(path).size).toBeLessThan(full / 5);
    expect(subject.database.pragma("integrity_check", { simple: true })).toBe("ok");
  });
});
