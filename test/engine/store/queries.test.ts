import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { connect } from "../../../engine/store/sqlite/connection.ts";
import { Queries, queryTexts } from "../../../engine/store/sqlite/queries.ts";

const folder = new URL("../../../engine/store/sqlite/", import.meta.url);

const sources = readdirSync(folder)
  .filter((file) => file.endsWith(".ts"))
  .map((file) => readFileSync(new URL(file, folder), "utf8"))
  .join("\n");

/**
 * Read whole by their nature: all of the audit, a dozen counters, the generations once at a start, a
 * person's seldom look, a copy; or by number from one end, up to a limit.
 */
const whole = new Set([
  "audit-chain",
  "audit-last",
  "audit-over",
  "backup-deliveries",
  "backup-messages",
  "backup-runs",
  "delivery-restore",
  "counter-list",
  "generation-last",
  "issue-totals",
  "replay-job-list",
  "retention-newest",
  "signal-recover",
  "task-list",
]);

/** Indexes over what waits, however much is done: they are read in order, up to a limit. */
const queues =
  /USING (COVERING )?INDEX (run_ready|run_unended|run_doubt|delivery_due|delivery_handed|timer_due|timer_taken|signal_pending|task_open|issue_run_unsettled|replay_job_open)/;

/** Run while foreign keys are not enforced: the look-up of some would read a whole table. */
const unbound = new Set(["message-delete", "run-delete", "delivery-delete", "generation-delete"]);

function planOf(text: string, name = ""): readonly string[] {
  const connection = connect(":memory:");
  if (unbound.has(name)) connection.database.pragma("foreign_keys = OFF");
  const values: Record<string, null> = {};
  for (const [, parameter = ""] of text.matchAll(/:([a-zA-Z]+)/g)) values[parameter] = null;
  const plan = connection.database
    .prepare<[Record<string, null>], { detail: string }>(`EXPLAIN QUERY PLAN ${text}`)
    .all(values);
  connection.close();
  return plan.map(({ detail }) => detail);
}

describe("queries", () => {
  test.each([...queryTexts()])("%s goes by an index", (name, text) => {
    const scans = planOf(text, name).filter(
      (line) =>
        line.startsWith("SCAN") &&
        !queues.test(line) &&
        // The recursion of a loose index scan, a list that is bound, a row of constants.
        !/^SCAN (waiting|each|kin|\(subquery-\d+\)|json_each|k VIRTUAL|CONSTANT ROW)/.test(line),
    );
    expect(whole.has(name) ? [] : scans).toEqual([]);
  });

  test.each([
    ["run-ready", "run_ready"],
    ["delivery-due", "delivery_due (adapter=? AND system=? AND priority=? AND due<?)"],
    ["timer-due", "timer_due (due<?)"],
    ["signal-next", "signal_pending"],
    ["lane-next-queued", "run_lane (lane_id=? AND status=?)"],
    ["message-correlated", "message_correlation (correlation_id=?)"],
    ["run-list-failed", "run_failed (status=? AND started_at>? AND started_at<?)"],
    [
      "run-list-failed-flow",
      "run_failed_flow (flow=? AND status=? AND started_at>? AND started_at<?)",
    ],
  ])("%s reads %s in its order, without sorting", (name, index) => {
    const plan = planOf(queryTexts().get(name) ?? "").join("\n");
    expect(plan).toContain(index);
    expect(plan).not.toContain("TEMP B-TREE");
  });

  test("an id of the business is looked for in each segment by its hash", () => {
    const plan = planOf(queryTexts().get("business-id-find") ?? "").join("\n");
    expect(plan).toContain("SEARCH b USING PRIMARY KEY (segment=? AND id_hash=?)");
    expect(plan).toContain("SEARCH message USING INTEGER PRIMARY KEY (rowid>?)");
    expect(plan).toContain("SEARCH j USING INTEGER PRIMARY KEY (rowid>?)");
  });

  test("many rows are inserted as each would be alone, and none with a value that is missing", () => {
    const connection = connect(":memory:");
    const query = new Queries(connection.database);
    const rows = Array.from({ length: 37 }, (_, rowNo) => {
      const key = Buffer.alloc(16, rowNo % 20);
      return { kind: 1, segment: 0, key, rowNo, knownUntil: 1000 + rowNo };
    });
    query.insertAll("key-insert", rows);
    const found = connection.database.prepare("SELECT key, row_no, known_until FROM known_key");
    // Of a key that comes twice the later row counts.
    const expected = Array.from({ length: 20 }, (_, byte) => {
      const last = byte < 17 ? byte + 20 : byte;
      return [Buffer.alloc(16, byte), last, 1000 + last];
    });
    expect(found.raw().all()).toEqual(expected);
    const { kind: _, ...lacking } = { ...rows[0], kind: 1 };
    expect(() => query.insertAll("key-insert", [...rows.slice(0, 15), lacking])).toThrow(
      'got no "kind"',
    );
    connection.close();
  });

  test("each file is used, and holds one statement", () => {
    for (const [name, text] of queryTexts()) {
      expect([name, sources.includes(`"${name}"`)]).toEqual([name, true]);
      expect([name, /^[^-].*;/m.test(text)]).toEqual([name, false]);
    }
  });

  test("each name in the code has its file", () => {
    const named = [
      ...sources.matchAll(
        /\.(?:get|all|run|insert|insertAll|iterate)(?:<[^"();]*>)?\(\s*"([a-z-]+)"/g,
      ),
    ];
    expect(named.length).toBeGreaterThan(80);
    for (const [, name] of named) expect([...queryTexts().keys()]).toContain(name);
  });
});
