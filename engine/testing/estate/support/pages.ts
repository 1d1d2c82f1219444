import type { JsonObject } from "../../../model/json.ts";
import { type EstateRequest, Refused, type Reply } from "../exchange.ts";
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

function cursorOf(row: JsonObject): string {
  return Buffer.from(`after:${JSON.stringify(row["id"])}`).toString("base64url");
}
