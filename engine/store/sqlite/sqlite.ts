import Sqlite from "better-sqlite3";

export type { Database } from "better-sqlite3";
export const { SqliteError } = Sqlite;

/** Opens a file as it is, or memory for `:memory:`; memory that begins as the database of these bytes. */
export function openDatabase(
  path: string | Buffer,
  options: { readonly readOnly: boolean },
): Sqlite.Database {
  return new Sqlite(path, { readonly: options.readOnly, fileMustExist: options.readOnly });
}
