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
function byPlace(text: string): { readonly text: string; readonly names: readonly string[] } {
  const names: string[] = [];
  const placed = text.replaceAll(/^--.*$/gm, "").replaceAll(parameter, (_, name: string) => {
    names.push(name);
    return "+?";
  });
  return { text: placed, names };
}

interface Prepared {
  readonly statement: Statement<Value[]>;
  readonly names: readonly string[];
}

/** The statements of `queries/`, prepared once a connection. Shapes of rows are in `rows.ts`. */
export class Queries {
  readonly #database: Database;
  readonly #prepared = new Map<string, Prepared>();

  constructor(database: Database) {
    this.#database = database;
  }

  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- names the shape of rows
  get<Row>(name: string, values: Values = {}): Row | undefined {
    const { statement, names } = this.#of(name);
    return statement.get(...placed(name, names, values)) as Row | undefined;
  }

  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- names the shape of rows
  all<Row>(name: string, values: Values = {}): readonly Row[] {
    const { statement, names } = this.#of(name);
    return statement.all(...placed(name, names, values)) as readonly Row[];
  }

  /** As `all`, a row at a time, for what may be long. */
  iterate<Row>(name: string, values: Values = {}): Iterable<Row> {
    const { statement, names } = this.#of(name);
    return statement.iterate(...placed(name, names, values)) as Iterable<Row>;
  }

  /** How many rows changed. */
  run(name: string, values: Values = {}): number {
    const { statement, names } = this.#of(name);
    return statement.run(...placed(name, names, values)).changes;
  }

  /** The number of the new row. */
  insert(name: string, values: Values): number {
    const { statement, names } = this.#of(name);
    return Number(statement.run(...placed(name, names, values)).lastInsertRowid);
  }

  #of(name: string): Prepared {
    const known = this.#prepared.get(name);
    if (known !== undefined) return known;
    const found = texts.get(name);
    if (found === undefined) {
      throw new InvariantError("bug/unknown-query", `there is no queries/${name}.sql`);
    }
    const { text, names } = byPlace(found);
    const prepared = { statement: this.#database.prepare<Value[]>(text), names };
    this.#prepared.set(name, prepared);
    return prepared;
  }
}

function placed(name: string, names: readonly string[], values: Values): Value[] {
  const list: Value[] = [];
  for (const each of names) {
    const value = values[each];
    if (value === undefined) {
      throw new InvariantError("bug/unbound-parameter", `queries/${name}.sql got no "${each}"`);
    }
    list.push(value);
  }
  return list;
}

/** Names and texts, for tests of plans and leftovers. */
export function queryTexts(): ReadonlyMap<string, string> {
  return texts;
}
