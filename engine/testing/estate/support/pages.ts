import type { JsonObject } from "../../../model/json.ts";
import { type EstateRequest, Refused, type Reply, stringAt } from "../exchange.ts";
import { failed } from "./refusal.ts";

/** Cursor paging: `page[size]` at most 100, `page[after]` from the answer before. */
export function paged(
  request: EstateRequest,
  name: string,
  rows: readonly JsonObject[],
  url: string,
): Reply {
  const size = Number(request.query.get("page[size]") ?? "100");
  if (!Number.isSafeInteger(size) || size < 1 || size > 100) {
    throw new Refused(failed(400, "InvalidPaginationParameter", "page[size] is 1 to 100"));
  }
  const after = request.query.get("page[after]");
  const start = after === null ? 0 : rows.findIndex((row) => cursorOf(row) === after) + 1;
  const shown = rows.slice(start, start + size);
  const more = start + size < rows.length;
  const last = shown.at(-1);
  const cursor = last === undefined ? null : cursorOf(last);
  const next = `${url}/api/v2${request.path}.json?page[size]=${size}&page[after]=${cursor ?? ""}`;
  const meta = { has_more: more, after_cursor: cursor, before_cursor: null };
  return {
    status: 200,
    body: { [name]: shown, meta, links: { next: more ? next : null, prev: null } },
  };
}

/** Rows in the order they changed: from `start_time` (seconds), then from `cursor` to cursor. */
export function changedSince(
  request: EstateRequest,
  name: string,
  all: readonly (JsonObject & { readonly id: number })[],
): Reply {
  const cursor = request.query.get("cursor");
  const decoded = cursor === null ? "" : Buffer.from(cursor, "base64url").toString();
  const [at = "", id = "0"] = decoded.split("|");
  const since = new Date(Number(request.query.get("start_time") ?? "0") * 1000).toISOString();
  const size = Number(request.query.get("per_page") ?? "100");
  const rows = all
    .map((row) => ({ row, at: stringAt(row, "updated_at") ?? "" }))
    .filter((one) =>
      cursor === null ? one.at >= since : one.at > at || (one.at === at && one.row.id > Number(id)),
    )
    .toSorted((left, right) =>
      left.at === right.at ? left.row.id - right.row.id : left.at < right.at ? -1 : 1,
    );
  const shown = rows.slice(0, size);
  const last = shown.at(-1);
  const next = last === undefined ? decoded : `${last.at}|${last.row.id}`;
  const body = {
    [name]: shown.map(({ row }) => structuredClone(row)),
    after_cursor: Buffer.from(next).toString("base64url"),
    end_of_stream: rows.length <= size,
  };
  return { status: 200, body };
}

function cursorOf(row: JsonObject): string {
  return Buffer.from(`after:${JSON.stringify(row["id"])}`).toString("base64url");
}
