import Sqlite from "better-sqlite3";

export type { Database } from "better-sqlite3";
export const { SqliteError } = Sqlite;

/** Opens a file as it is, or memory for `:memory:`. */
export function openDatabase(
  path: string,
  options: { readonly readOnly: boolean },
): Sqlite.Database {
  return new Sqlite(path, { readonly: options.readOnly, fileMustExist: options.readOnly });
}
