import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Connection, connect } from "../../store/sqlite/connection.ts";
import { type Database, SqliteError } from "../../store/sqlite/sqlite.ts";

/** What a transaction meets at its begin or its end. */
interface Trouble {
  readonly begin: boolean;
  readonly commit: boolean;
}

/** The bytes of a store that nothing was written to. */
let emptyStore: Buffer | undefined;

/**
 * The disk that the store stands on: it outlives the processes, keeps only what was committed, and can
 * be full, locked, or fail at the last moment. A full disk is SQLite's own: it may get no more pages.
 */
export class Disk {
  readonly #folder: string | undefined;
  #life = 0;
  #connection: Connection | undefined;
  #isFull = false;
  /** Each process prepares the same statements: on one connection, once is enough. */
  #prepared = new Map<unknown, unknown>();
  trouble: Trouble = { begin: false, commit: false };

  constructor(where: "memory" | "file") {
    this.#folder = where === "file" ? mkdtempSync(join(tmpdir(), "sluice-sim-")) : undefined;
  }

  /** The store as a new process finds it. */
  open(): Connection {
    if (this.#folder !== undefined && this.#connection !== undefined) this.#cut(this.#folder);
    const connection = (this.#connection ??= this.#connect());
    connection.database.pragma("busy_timeout = 0");
    // What a process has written outlives it; only the power would need a sync, and it stays on.
    connection.database.pragma("synchronous = OFF");
    return {
      database: troubled(connection.database, () => this.trouble, this.#prepared),
      close: () => {},
    };
  }

  /** For the checks at the end: what is in the tables. */
  get database(): Database {
    if (this.#connection === undefined) throw new RangeError("the disk was never opened");
    return this.#connection.database;
  }

  /** True when a transaction that begins now may fail. */
  get fails(): boolean {
    return this.#isFull || this.trouble.begin || this.trouble.commit;
  }

  setFull(isFull: boolean): void {
    if (this.#isFull === isFull) return;
    this.#isFull = isFull;
    const pages = Number(this.database.pragma("page_count", { simple: true }));
    this.database.pragma(`max_page_count = ${isFull ? pages : 1_073_741_823}`);
  }

  close(): void {
    this.#connection?.close();
    this.#connection = undefined;
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true });
  }

  /** Every seed begins with the same tables; to make them anew took a seventh of its time. */
  #connect(): Connection {
    emptyStore ??= imageOfEmpty();
    const path = this.#path();
    if (this.#folder !== undefined && this.#life === 0) writeFileSync(path, emptyStore);
    return connect(path, emptyStore);
  }

  #path(): string {
    return this.#folder === undefined ? ":memory:" : join(this.#folder, `store-${this.#life}.db`);
  }

  /** As after SIGKILL: the file and its log are taken as they are, and nobody closed them. */
  #cut(folder: string): void {
    const from = this.#path();
    this.#life += 1;
    for (const end of ["", "-wal"]) {
      if (existsSync(`${from}${end}`)) copyFileSync(`${from}${end}`, `${this.#path()}${end}`);
    }
    this.#connection?.close();
    for (const end of ["", ".owner"])
      rmSync(join(folder, `store-${this.#life - 1}.db${end}`), { force: true });
    this.#connection = undefined;
    this.#prepared = new Map();
    this.#isFull = false;
  }
}

function imageOfEmpty(): Buffer {
  const connection = connect(":memory:");
  const image = connection.database.serialize();
  connection.close();
  return image;
}

/** The same database, whose transactions may be refused at their begin or fail at their end. */
function troubled(
  database: Database,
  trouble: () => Trouble,
  prepared: Map<unknown, unknown>,
): Database {
  const guarded = (statement: unknown, fails: () => boolean, code: string): unknown =>
    new Proxy(statement as object, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        return (...args: unknown[]): unknown => {
          if (name === "run" && fails()) throw new SqliteError("simulated", code);
          return Reflect.apply(value, target, args);
        };
      },
    });
  return new Proxy(database, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return (...args: unknown[]): unknown => {
        if (name !== "prepare") return Reflect.apply(value, target, args) as unknown;
        const known = prepared.get(args[0]);
        if (known !== undefined) return known;
        const plain: unknown = Reflect.apply(value, target, args);
        const made =
          args[0] === "BEGIN IMMEDIATE"
            ? guarded(plain, () => trouble().begin, "SQLITE_BUSY")
            : args[0] === "COMMIT"
              ? guarded(plain, () => trouble().commit, "SQLITE_FULL")
              : plain;
        prepared.set(args[0], made);
        return made;
      };
    },
  });
}
