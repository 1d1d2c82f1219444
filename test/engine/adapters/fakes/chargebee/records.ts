import type { Json, JsonObject } from "../../../../../engine/model/json.ts";
import { type Answer, Refusal } from "../exchange.ts";

export type Row = Record<string, Json> & { readonly id: string };

/** Prices are named <plan>-<currency>; amounts are minor units a year. */
export const prices: Readonly<Record<string, number>> = {
  "platform-annual-USD": 240_000,
  "platform-annual-EUR": 480_000,
  "platform-plus-annual-EUR": 960_000,
};

export function failed(
  status: number,
  code: string,
  message: string,
  more: JsonObject = {},
): Answer {
  return {
    status,
    body: {
      message,
      type: "invalid_request",
      api_error_code: code,
      http_status_code: status,
      ...more,
    },
  };
}

export const refusal = (status: number, code: string, message: string, more: JsonObject = {}) =>
  new Refusal(failed(status, code, message, more));

/** What the site tells of what happened there, oldest first. */
export interface News {
  readonly type: string;
  readonly content: JsonObject;
}

/** Rows by id, of one kind. */
export class Shelf {
  readonly rows = new Map<string, Row>();
  readonly #kind: string;

  constructor(kind: string) {
    this.#kind = kind;
  }

  must(id: string): Row {
    const row = this.rows.get(id);
    if (row !== undefined) return row;
    throw refusal(404, "resource_not_found", `${id} not found`, { param: this.#kind });
  }

  add(row: Row): Row {
    if (this.rows.has(row.id)) {
      throw refusal(400, "duplicate_entry", "id : The value is already present.", { param: "id" });
    }
    this.rows.set(row.id, row);
    return row;
  }
}

/** `list` and, where there is more, `next_offset`: `name[is]`, `name[between]`, `name[is_present]` and `limit` are known. */
export function listed(kind: string, rows: readonly Row[], query: URLSearchParams): Answer {
  const wanted = rows.filter((row) =>
    [...query].every(([name, value]) => {
      const [, field = "", operator] = /^(\w+)\[(is|between|is_present)\]$/.exec(name) ?? [];
      if (operator === "is") return row[field] === value;
      if (operator === "is_present") return (row[field] !== undefined) === (value === "true");
      if (operator !== "between") return true;
      const [from = 0, to = 0] = JSON.parse(value) as number[];
      return Number(row[field]) >= from && Number(row[field]) <= to;
    }),
  );
  const newest = query.get("sort_by[desc]") === null ? wanted : wanted.toReversed();
  // Pages so small that lists that grow are paged.
  const size = Math.min(Number(query.get("limit") ?? 10), 2);
  const start = Number(query.get("offset") ?? 0);
  const more = query.get("sort_by[desc]") === null && start + size < newest.length;
  const page = more || start > 0 ? newest.slice(start, start + size) : newest;
  const body: JsonObject = { list: page.map((row) => ({ [kind]: row })) };
  return { status: 200, body: more ? { ...body, next_offset: String(start + size) } : body };
}
