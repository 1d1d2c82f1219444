import { CsvError as CsvParseError, parse } from "csv-parse/sync";
import { stringify } from "csv-stringify/sync";
import { isJsonObject, type Json } from "../../model/json.ts";

/** A CSV that breaks its own form, in words that quote nothing of it. */
export class CsvError extends Error {}

/**
 * CSV (RFC 4180) as rows by the names of its first line; all values are texts. Throws `CsvError` where a
 * row has more or fewer values than there are names: one that is cut off must not pass for a whole one.
 */
export function parseCsv(text: string): Json {
  try {
    const rows = parse(text, { bom: true, skip_empty_lines: true });
    const [names = [], ...values] = rows;
    return values.map((row) => Object.fromEntries(names.map((name, at) => [name, row[at] ?? ""])));
  } catch (error) {
    const lines = error instanceof CsvParseError ? Number(error["lines"]) : Number.NaN;
    const where = Number.isNaN(lines) ? "" : ` at line ${lines}`;
    throw new CsvError(`no CSV with the same number of values in every row${where}`);
  }
}

/** Rows as CSV with a first line of names; null is an empty value, maps and lists are JSON. */
export function writeCsv(rows: readonly Json[]): string {
  const [first] = rows;
  const columns = isJsonObject(first) ? Object.keys(first) : [];
  const lines = rows.map((row) =>
    columns.map((name) => cellOf(isJsonObject(row) ? row[name] : row)),
  );
  return stringify([columns, ...lines]);
}

function cellOf(value: Json | undefined): string {
  if (value === undefined || value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
