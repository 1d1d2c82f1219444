import Database from "better-sqlite3";
import type { Booking } from "./plan.ts";

type Row = Booking & { readonly no: number };

/** The partner's book held against what happened, row by row. */
export interface Comparison {
  readonly book: "booking" | "note";
  readonly rows: number;
  /** Sum of the amounts, in cents. */
  readonly cents: number;
  readonly missing: readonly string[];
  readonly twice: readonly string[];
  /** Rows that nobody asked for, or of another amount, number or account. */
  readonly foreign: readonly string[];
  /** Rows that stand before one of a lower number of their account. */
  readonly early: readonly string[];
}

export function compare(path: string, truth: readonly Booking[]): readonly Comparison[] {
  const database = new Database(path, { readonly: true, fileMustExist: true });
  try {
    return (["booking", "note"] as const).map((book) => {
      const rows = database.prepare<[], Row>(`SELECT * FROM ${book} ORDER BY no`).all();
      return { book, ...compareRows(rows, truth) };
    });
  } finally {
    database.close();
  }
}

/** Exported for its test: a comparison that finds nothing must be able to. */
export function compareRows(
  rows: readonly Row[],
  truth: readonly Booking[],
): Omit<Comparison, "book"> {
  const expected = new Map(truth.map((booking) => [booking.ref, booking]));
  const seen = new Set<string>();
  const latest = new Map<string, number>();
  const found = { twice: [] as string[], foreign: [] as string[], early: [] as string[] };
  for (const row of rows) {
    const due = expected.get(row.ref);
    if (seen.has(row.ref)) found.twice.push(row.ref);
    else if (due === undefined || !isSame(row, due)) found.foreign.push(JSON.stringify(row));
    else if (row.number < (latest.get(row.account) ?? 0)) found.early.push(row.ref);
    seen.add(row.ref);
    latest.set(row.account, Math.max(row.number, latest.get(row.account) ?? 0));
  }
  return {
    rows: rows.length,
    cents: rows.reduce((sum, { amount }) => sum + centsOf(amount), 0),
    missing: truth.filter(({ ref }) => !seen.has(ref)).map(({ ref }) => ref),
    ...found,
  };
}

function isSame(row: Row, { account, number, amount }: Booking): boolean {
  return row.account === account && row.number === number && row.amount === amount;
}

export function centsOf(amount: string): number {
  return Math.round(Number(amount) * 100);
}

/** What the engine's own store says at the end: runs by status, its messages, and whether it is whole. */
export interface StoreEnd {
  readonly runs: Readonly<Record<string, number>>;
  readonly messages: number;
  readonly integrity: string;
}

export function storeEnd(path: string): StoreEnd {
  const database = new Database(path, { readonly: true, fileMustExist: true });
  try {
    const runs = database
      .prepare<[], { status: string; count: number }>(
        "SELECT status, count(*) AS count FROM run GROUP BY status",
      )
      .all();
    return {
      runs: Object.fromEntries(runs.map(({ status, count }) => [status, count])),
      messages: Number(database.prepare("SELECT count(*) FROM message").pluck().get()),
      integrity: String(database.pragma("quick_check", { simple: true })),
    };
  } finally {
    database.close();
  }
}
