import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Connection, connect } from "../../store/sqlite/connection.ts";
import { type Database, SqliteError } from "../../store/sqlite/sqlite.ts";
import { imageOfEmpty, leaveMemory, type OpenStore, takeMemory } from "./memory.ts";

/** What a transaction meets at its begin, at its end, or on its way. */
interface Trouble {
  readonly begin: boolean;
  readonly commit: boolean;
  readonly onTheWay?: BadSector;
}

/** The disk refuses a statement in the middle of a transaction. */
export interface BadSector {
  /** So many statements pass before. */
  readonly after: number;
  /** So many attempts at the transaction meet it. */
  readonly attempts: number;
  /** SQLite gives the whole transaction up by itself, as it may after such an error. */
  readonly rollsBack: boolean;
}

const noTrouble: Trouble = { begin: false, commit: false };

/**
 * The disk that the store stands on: it outlives the processes, keeps only what was committed, and can
 * be full, locked, fail at the last moment, or refuse a statement in the middle. A full disk is SQLite's own: it may get no more pages.
 */
export class Disk {
  readonly #folder: string | undefined;
  #life = 0;
  #store: OpenStore | undefined;
  #database: Database | undefined;
  #isFull = false;
  readonly #wears: boolean;
  #trouble: Trouble = noTrouble;

  /** `wears`: some statements will be refused, so that each is watched. */
  constructor(where: "memory" | "file", { wears }: { readonly wears: boolean }) {
    this.#wears = wears;
    this.#folder = where === "file" ? mkdtempSync(join(tmpdir(), "sluice-sim-")) : undefined;
  }

  /** The store as a new process finds it. */
  open(): Connection {
    if (this.#folder === undefined) this.#store ??= takeMemory();
    else this.#store = this.#openFile(this.#folder);
    const { connection } = this.#store;
    if (this.#database === undefined) {
      connection.database.pragma("busy_timeout = 0");
      // What a process has written outlives it; only the power would need a sync, and it stays on.
      connection.database.pragma("synchronous = OFF");
      this.#database = troubled(this.#store, () => this.#trouble, this.#wears);
    }
    return { database: this.#database, close: () => {} };
  }

  /** For the checks at the end: what is in the tables. */
  get database(): Database {
    if (this.#database === undefined) throw new RangeError("the disk was never opened");
    return this.#database;
  }

  /** True when a transaction that begins now may fail. */
  get fails(): boolean {
    const { begin, commit, onTheWay } = this.#trouble;
    return this.#isFull || begin || commit || onTheWay !== undefined;
  }

  /** What transactions meet from now on. */
  meet(trouble: Trouble): void {
    this.#trouble = trouble;
  }

  setFull(isFull: boolean): void {
    if (this.#isFull === isFull) return;
    this.#isFull = isFull;
    const pages = Number(this.database.pragma("page_count", { simple: true }));
    this.database.pragma(`max_page_count = ${isFull ? pages : 1_073_741_823}`);
  }

  close(): void {
    if (this.#store === undefined) return;
    this.setFull(false);
    if (this.#folder === undefined) leaveMemory(this.#store);
    else {
      this.#store.connection.close();
      rmSync(this.#folder, { recursive: true });
    }
    this.#store = undefined;
  }

  #openFile(folder: string): OpenStore {
    if (this.#store === undefined) writeFileSync(this.#path(folder), imageOfEmpty());
    else this.#cut(this.#store, folder);
    return { connection: connect(this.#path(folder)), prepared: new Map() };
  }

  #path(folder: string): string {
    return join(folder, `store-${this.#life}.db`);
  }

  /** As after SIGKILL: the file and its log are taken as they are, and nobody closed them. */
  #cut({ connection }: OpenStore, folder: string): void {
    const from = this.#path(folder);
    this.#life += 1;
    const to = this.#path(folder);
    for (const end of ["", "-wal"])
      if (existsSync(`${from}${end}`)) copyFileSync(`${from}${end}`, `${to}${end}`);
    // What the old file would be closed with is no part of the story: there is nothing to copy back.
    if (existsSync(`${from}-wal`)) truncateSync(`${from}-wal`);
    connection.close();
    for (const end of ["", ".owner"]) rmSync(`${from}${end}`, { force: true });
    this.#database = undefined;
    this.#isFull = false;
  }
}

/** The same database, whose transactions may be refused at their begin, fail at their end, or on their way. */
function troubled(
  { connection, prepared }: OpenStore,
  trouble: () => Trouble,
  wears: boolean,
): Database {
  const { database } = connection;
  const statements = new Map<string, unknown>();
  const wear = new Wear(database, () => trouble().onTheWay);
  const prepare = (text: string): unknown => {
    const known = statements.get(text);
    if (known !== undefined) return known;
    const plain = prepared.get(text) ?? database.prepare(text);
    prepared.set(text, plain);
    const made =
      text === "BEGIN IMMEDIATE"
        ? guarded(plain, () => trouble().begin || wear.begins(), "SQLITE_BUSY")
        : text === "COMMIT"
          ? guarded(plain, () => trouble().commit, "SQLITE_FULL")
          : wears && !isTransactional.test(text)
            ? guarded(plain, () => wear.strikes(), "SQLITE_IOERR_WRITE")
            : plain;
    statements.set(text, made);
    return made;
  };
  return new Proxy(database, {
    get(target, name) {
      if (name === "prepare") return prepare;
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return (...args: unknown[]): unknown => Reflect.apply(value, target, args);
    },
  });
}

const executions: ReadonlySet<string | symbol> = new Set(["run", "get", "all"]);

/** Statements about transactions themselves: none of them reads or writes a page. */
const isTransactional = /^(?:BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE)\b/;

/** Counts the statements of each attempt at a transaction, and says which of them the disk refuses. */
class Wear {
  readonly #database: Database;
  readonly #sector: () => BadSector | undefined;
  #met: BadSector | undefined;
  #attempts = 0;
  #statements = 0;

  constructor(database: Database, sector: () => BadSector | undefined) {
    this.#database = database;
    this.#sector = sector;
  }

  /** An attempt begins, which none refuses here. */
  begins(): false {
    const sector = this.#sector();
    this.#attempts = this.#met === sector ? this.#attempts + 1 : 1;
    this.#met = sector;
    this.#statements = 0;
    return false;
  }

  strikes(): boolean {
    const sector = this.#met;
    if (sector === undefined || this.#sector() !== sector || !this.#database.inTransaction)
      return false;
    this.#statements += 1;
    if (this.#statements !== sector.after + 1 || this.#attempts > sector.attempts) return false;
    if (sector.rollsBack) this.#database.exec("ROLLBACK");
    return true;
  }
}

function guarded(statement: unknown, fails: () => boolean, code: string): unknown {
  // One for all: to note down where each was thrown costs more than what it undoes.
  const failure = new SqliteError("simulated", code);
  return new Proxy(statement as object, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return (...args: unknown[]): unknown => {
        if (executions.has(name) && fails()) throw failure;
        return Reflect.apply(value, target, args);
      };
    },
  });
}
