import { setImmediate as turn } from "node:timers/promises";
import { KeyFilter } from "../../engine/store/sqlite/key-filter.ts";
import type { Database } from "../../engine/store/sqlite/sqlite.ts";
import { firstAt, type Identity, identityOf, pack, unpacked } from "./identity.ts";

/** How many keys the store merges at once; pages fill up as much as if it had been here. */
const mergeAt = 8192;
/** Rows of so many numbers share a segment: of keys, and of ids of the business. */
const [keySegmentBits, idSegmentBits] = [16, 14];
const never = Number.MAX_SAFE_INTEGER;

/** Messages `after + 1` to `after + base` are written, and come again and again up to `upTo`. */
interface Multiple {
  readonly after: number;
  readonly base: number;
  readonly upTo: number;
}

/** As `fill` writes it. */
const envelopeSql = `'{"dedupeKey":"' || f.text || '","time":' || f.at || ',"headers":{},"traceparent":""}'`;

const of = (name: keyof Identity): string => unpacked(name, "f.packed");

/**
 * Tables in the order in which a message fills them, and what is another in each row; all else is as
 * in the row that is repeated. Every number is that of the message.
 */
const tables = {
  message: {
    message_no: "f.number",
    message_id: of("messageId"),
    received_at: "f.at",
    dedupe_key: of("dedupeKey"),
    ids: of("ids"),
  },
  message_body: {
    message_no: "f.number",
    envelope: envelopeSql,
  },
  run: {
    run_no: "f.number",
    run_id: of("runId"),
    message_no: "f.number",
    lane_id: of("laneId"),
    started_at: "f.at",
    changed_at: "f.at",
    ended_at: "f.at",
    identity_key: of("identityKey"),
  },
  run_document: { run_no: "f.number", identity: "f.text", lane_key: "f.text" },
  delivery: {
    delivery_no: "f.number",
    delivery_id: of("deliveryId"),
    run_no: "f.number",
    due: "f.at",
    created_at: "f.at",
  },
  delivery_request: { delivery_no: "f.number" },
  journal: { journal_no: "f.number", run_no: "f.number", at: "f.at", delivery_no: "f.number" },
  effect: {
    effect_no: "f.number",
    effect_key: of("effectKey"),
    run_no: "f.number",
    at: "f.at",
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Keys as the store merges them: the row that keeps each, and how long it is known. */
const keys = [
  {
    kind: 1,
    member: "dedupeKey",
    table: "message",
    column: "dedupe_key",
    until: "dedupe_until",
  },
  {
    kind: 2,
    member: "identityKey",
    table: "run",
    column: "identity_key",
    until: "identity_until",
  },
  { kind: 3, member: "effectKey", table: "effect", column: "effect_key", until: String(never) },
] as const;

/**
 * Repeats the messages of a store with other numbers, times, ids and keys, in SQL: these are rows as
 * the store would have written them. A store that is half filled by it is of no use.
 */
export async function multiply(database: Database, multiple: Multiple): Promise<void> {
  const { after, base, upTo } = multiple;
  // No copy of what is written before: who fills it begins anew after a fall.
  database.pragma("journal_mode = OFF");
  database.pragma("foreign_keys = OFF");
  database.pragma("ignore_check_constraints = ON");
  database.pragma("cache_size = -262144");
  const filters = new Filters(database);
  database.function("packed_identity", (number) => {
    const identity = identityOf(Number(number));
    filters.add(Number(number), identity);
    return pack(identity);
  });
  keepBase(database, multiple);
  for (let offset = base; after + offset < upTo; offset += base) {
    const count = Math.min(base, upTo - after - offset);
    database.exec("BEGIN");
    await repeat(database, { after, offset, count });
    await merge(database, after + offset, after + offset + count);
    database.exec("COMMIT");
  }
  filters.save();
  const saved = database.prepare("UPDATE merged SET up_to = ?");
  saved.run(upTo);
  database.pragma("journal_mode = WAL");
  database.pragma("ignore_check_constraints = OFF");
  database.pragma("foreign_keys = ON");
}

/** What is repeated stands apart: SQLite would put aside all rows that a table gives to itself. */
function keepBase(database: Database, { after, base }: Multiple): void {
  database.exec(
    "CREATE TEMP TABLE fresh (number INTEGER PRIMARY KEY, base INTEGER, at INTEGER, text TEXT, packed BLOB)",
  );
  for (const table of Object.keys(tables)) {
    const columns = columnsOf(database, table).join(", ");
    database.exec(`CREATE TEMP TABLE base_${table} AS SELECT * FROM main.${table} WHERE 0`);
    database
      .prepare(
        `INSERT INTO temp.base_${table} (rowid, ${columns})
         SELECT rowid, ${columns} FROM main.${table} WHERE rowid BETWEEN ? AND ?`,
      )
      .run(after + 1, after + base);
  }
}

function columnsOf(database: Database, table: string): readonly string[] {
  const columns = database.pragma(`table_info(${table})`) as readonly { name: string }[];
  return columns.map(({ name }) => name);
}

async function repeat(
  database: Database,
  of: { readonly after: number; readonly offset: number; readonly count: number },
): Promise<void> {
  database.exec("DELETE FROM temp.fresh");
  database
    .prepare(
      `INSERT INTO temp.fresh
       SELECT number, number - :offset, number + :firstAt, CAST(number AS TEXT), packed_identity(number)
       FROM (SELECT message_no + CAST(:offset AS INTEGER) AS number FROM temp.base_message
         WHERE rowid BETWEEN :after + 1 AND :after + :count ORDER BY rowid)`,
    )
    .run({ ...of, firstAt });
  for (const [table, changed] of Object.entries<Readonly<Record<string, string>>>(tables)) {
    const names = columnsOf(database, table);
    const values = names.map((name) => changed[name] ?? `b.${name}`);
    database.exec(
      `INSERT INTO main.${table} (${names.join(", ")}) SELECT ${values.join(", ")}
       FROM temp.fresh f CROSS JOIN temp.base_${table} b ON b.rowid = f.base ORDER BY f.number`,
    );
  }
  await turn();
}

/** Merges keys and ids of the messages `after + 1` to `upTo`, in portions as the store's. */
async function merge(database: Database, after: number, upTo: number): Promise<void> {
  for (let from = after; from < upTo; from += mergeAt) {
    const range = { from, to: Math.min(from + mergeAt, upTo) };
    for (const { kind, table, column, until } of keys) {
      database
        .prepare(
          `INSERT INTO known_key (kind, segment, key, row_no, known_until)
           SELECT ${kind}, rowid >> ${keySegmentBits}, ${column}, rowid, ${until} FROM ${table}
           WHERE rowid > :from AND rowid <= :to ORDER BY 2, 3`,
        )
        .run(range);
    }
    const hashes = [1, 9, 17, 25].map(
      (at) =>
        `SELECT message_no >> ${idSegmentBits}, substr(ids, ${at}, 8), message_no
         FROM message WHERE message_no > :from AND message_no <= :to`,
    );
    database
      .prepare(
        `INSERT INTO business_id (segment, id_hash, message_no)
         ${hashes.join(" UNION ALL ")} ORDER BY 1, 2, 3`,
      )
      .run(range);
    await turn();
  }
}

/** Filters of the segments that get keys, with what is in them already. */
class Filters {
  readonly #database: Database;
  readonly #filters = new Map<string, KeyFilter>();

  constructor(database: Database) {
    this.#database = database;
    const saved = database
      .prepare<[], { kind: number; segment: number; bits: Uint8Array }>("SELECT * FROM key_filter")
      .all();
    for (const { kind, segment, bits } of saved) {
      this.#filters.set(`${kind} ${segment}`, new KeyFilter(bits));
    }
  }

  add(number: number, identity: Identity): void {
    const segment = number >> keySegmentBits;
    for (const { kind, member } of keys) this.#of(kind, segment).add(identity[member]);
  }

  save(): void {
    const save = this.#database.prepare(
      "INSERT INTO key_filter (kind, segment, bits) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET bits = excluded.bits",
    );
    for (const [name, { bits }] of this.#filters) save.run(...name.split(" ").map(Number), bits);
  }

  #of(kind: number, segment: number): KeyFilter {
    const name = `${kind} ${segment}`;
    const known = this.#filters.get(name);
    if (known !== undefined) return known;
    const filter = new KeyFilter();
    this.#filters.set(name, filter);
    return filter;
  }
}
