import { readdirSync, readFileSync } from "node:fs";
import type { Database, Statement } from "better-sqlite3";
import { InvariantError } from "../../errors/flow-error.ts";

/** What may be bound: never spliced into a statement. */
type Value = string | number | Uint8Array | null;
export type Values = Readonly<Record<string, Value>>;

const folder = new URL("./queries/", import.meta.url);

/** Every statement by the name of its file, read once a process. */
const texts: ReadonlyMap<string, string> = new Map(
  readdirSync(folder)
    .filter((file) => file.endsWith(".sql"))
    .map((file) => [file.slice(0, -4), readFileSync(new URL(file, folder), "utf8")]),
);

/** Statements as they are prepared, by name: the same for every connection. */
const placedTexts = new Map<string, Placed>();

/** A parameter: a colon and a name, after a space, a bracket or a comma. */
const parameter = /(?<=[\s(,]):([a-z]\w*)/gi;

/**
 * The statement with its parameters by place, and their names in that order: binding by name asks
 * SQLite for each name at each execution, which costs more than many of the statements.
 *
 * Before each parameter stands a plus. It changes no value and no plan, but hides the parameter from
 * SQLite's planner, which otherwise looks at what is bound to it and therefore prepares the whole
 * statement again at each execution: measured on joins, 170 µs instead of 20.
 */
function byPlace(text: string): Placed {
  const names: string[] = [];
  const placed = text.replaceAll(/^--.*$/gm, "").replaceAll(parameter, (_, name: string) => {
    names.push(name);
    return "+?";
  });
  return { text: placed, names };
}

interface Placed {
  readonly text: string;
  readonly names: readonly string[];
}

interface Prepared {
  readonly statement: Statement<[Value[]]>;
  readonly names: readonly string[];
  /** What is bound, filled anew at each execution: it is copied before the statement runs. */
  readonly values: Value[];
}

/** So many rows are inserted by one execution: beyond that, a row gets no cheaper. */
const rowsAtOnce = 16;

/** The one row of an `INSERT … VALUES (…)`. */
const rowOfValues = /(?<=\bVALUES )\([^()]*\)/;

/** The statements of `queries/`, prepared once a connection. Shapes of rows are in `rows.ts`. */
export class Queries {
  readonly #database: Database;
  readonly #prepared = new Map<string, Prepared>();
  /** Of inserts, for `rowsAtOnce` rows. */
  readonly #many = new Map<string, Prepared>();

  constructor(database: Database) {
    this.#database = database;
  }

  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- names the shape of rows
  get<Row>(name: string, values: Values = {}): Row | undefined {
    const prepared = this.#of(name);
    return prepared.statement.get(placed(name, prepared, values)) as Row | undefined;
  }

  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- names the shape of rows
  all<Row>(name: string, values: Values = {}): readonly Row[] {
    const prepared = this.#of(name);
    return prepared.statement.all(placed(name, prepared, values)) as readonly Row[];
  }

  /** As `all`, a row at a time, for what may be long. */
  iterate<Row>(name: string, values: Values = {}): Iterable<Row> {
    const prepared = this.#of(name);
    return prepared.statement.iterate(placed(name, prepared, values)) as Iterable<Row>;
  }

  /** How many rows changed. */
  run(name: string, values: Values = {}): number {
    const prepared = this.#of(name);
    return prepared.statement.run(placed(name, prepared, values)).changes;
  }

  /** The number of the new row. */
  insert(name: string, values: Values): number {
    const prepared = this.#of(name);
    return Number(prepared.statement.run(placed(name, prepared, values)).lastInsertRowid);
  }

  /** Inserts rows, many by one execution: what each costs beside the row is half of it. */
  insertAll(name: string, rows: readonly Values[]): void {
    let at = 0;
    for (; at + rowsAtOnce <= rows.length; at += rowsAtOnce) {
      const prepared = this.#ofMany(name);
      for (let row = 0; row < rowsAtOnce; row += 1) {
        place(name, prepared, rows[at + row] ?? {}, row);
      }
      prepared.statement.run(prepared.values);
    }
    for (; at < rows.length; at += 1) this.run(name, rows[at]);
  }

  #of(name: string): Prepared {
    const known = this.#prepared.get(name);
    if (known !== undefined) return known;
    const { text, names } = placedText(name);
    const prepared = { statement: this.#database.prepare<[Value[]]>(text), names, values: [] };
    this.#prepared.set(name, prepared);
    return prepared;
  }

  #ofMany(name: string): Prepared {
    const known = this.#many.get(name);
    if (known !== undefined) return known;
    const one = textOf(name);
    const { names } = byPlace(one);
    const { text } = byPlace(
      one.replace(rowOfValues, (row) => Array.from({ length: rowsAtOnce }, () => row).join(", ")),
    );
    const prepared = { statement: this.#database.prepare<[Value[]]>(text), names, values: [] };
    this.#many.set(name, prepared);
    return prepared;
  }
}

function placedText(name: string): Placed {
  const known = placedTexts.get(name);
  if (known !== undefined) return known;
  const made = byPlace(textOf(name));
  placedTexts.set(name, made);
  return made;
}

function textOf(name: string): string {
  const found = texts.get(name);
  if (found !== undefined) return found;
  throw new InvariantError("bug/unknown-query", `there is no queries/${name}.sql`);
}

function placed(name: string, prepared: Prepared, values: Values): Value[] {
  place(name, prepared, values, 0);
  return prepared.values;
}

/** Fills in the values of one row. */
function place(name: string, { names, values: list }: Prepared, values: Values, row: number): void {
  let at = row * names.length;
  for (const each of names) {
    const value = values[each];
    if (value === undefined) {
      throw new InvariantError("bug/unbound-parameter", `queries/${name}.sql got no "${each}"`);
    }
    list[at] = value;
    at += 1;
  }
}

/** Names and texts, for tests of plans and leftovers. */
export function queryTexts(): ReadonlyMap<string, string> {
  return texts;
}
