import Sqlite from "better-sqlite3";

const tables = `
CREATE TABLE flow (flow_no INTEGER PRIMARY KEY, idempotency TEXT NOT NULL UNIQUE, event TEXT NOT NULL, status TEXT NOT NULL, ended_at INTEGER) STRICT;
CREATE TABLE step (flow_no INTEGER NOT NULL, step TEXT NOT NULL, result TEXT NOT NULL, PRIMARY KEY (flow_no, step)) STRICT, WITHOUT ROWID;
`;

interface Waiting {
  readonly write: () => number;
  readonly resolve: (value: number) => void;
  readonly reject: (reason: unknown) => void;
}

/** The least that keeps the same promises: what is awaited is on disk, a turn's writes share a sync. */
export class BareStore {
  readonly #database;
  readonly #flow;
  readonly #known;
  readonly #step;
  readonly #end;
  #waiting: Waiting[] = [];

  constructor(path: string) {
    const database = new Sqlite(path);
    database.pragma("page_size = 8192");
    database.pragma("journal_mode = WAL");
    database.pragma("synchronous = FULL");
    database.exec(tables);
    this.#database = database;
    this.#flow = database.prepare(
      "INSERT INTO flow (idempotency, event, status) VALUES (?, ?, 'accepted') ON CONFLICT DO NOTHING",
    );
    this.#known = database.prepare("SELECT flow_no FROM flow WHERE idempotency = ?").pluck();
    this.#step = database.prepare("INSERT INTO step (flow_no, step, result) VALUES (?, ?, ?)");
    this.#end = database.prepare("UPDATE flow SET status = 'done', ended_at = ? WHERE flow_no = ?");
  }

  /** The new flow's number; that of a flow that was accepted before, negative. */
  accept(idempotency: string, event: string): Promise<number> {
    return this.#write(() => {
      const { changes, lastInsertRowid } = this.#flow.run(idempotency, event);
      return changes === 1 ? Number(lastInsertRowid) : -Number(this.#known.get(idempotency));
    });
  }

  step(flowNo: number, step: string, result: string, ends: boolean): Promise<number> {
    return this.#write(() => {
      this.#step.run(flowNo, step, result);
      if (ends) this.#end.run(Date.now(), flowNo);
      return flowNo;
    });
  }

  close(): void {
    this.#database.close();
  }

  #write(write: () => number): Promise<number> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) setImmediate(() => this.#together());
      this.#waiting.push({ write, resolve, reject });
    });
  }

  #together(): void {
    const group = this.#waiting;
    this.#waiting = [];
    const values: number[] = [];
    try {
      this.#database.transaction(() => {
        for (const { write } of group) values.push(write());
      })();
    } catch (error) {
      for (const { reject } of group) reject(error);
      return;
    }
    for (const [index, { resolve }] of group.entries()) resolve(values[index] ?? 0);
  }
}
