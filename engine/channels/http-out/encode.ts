import type { Json } from "../../model/json.ts";
import type { HttpRequest } from "../../model/request.ts";
import { writeCsv } from "../shared/csv.ts";
import { writeXml } from "../shared/xml.ts";
import { bytesOf, encodeMultipart } from "./multipart.ts";
import { escape } from "./percent.ts";

/** The body's bytes-to-be and their content type; none for no body. `refused` says why there is none. */
export interface EncodedBody {
  readonly body?: string | Buffer;
  readonly contentType?: string;
  readonly refused?: string;
}

/** Encodes a decided body as its `encode` says. */
export function encodeBody({ body, encode }: HttpRequest): EncodedBody {
  if (body === undefined || encode === "none") return {};
  switch (encode) {
    case "json":
      return { body: JSON.stringify(body), contentType: "application/json" };
    case "form":
      return { body: encodeForm(body), contentType: "application/x-www-form-urlencoded" };
    case "xml":
      return { body: writeXml(body), contentType: "text/xml; charset=utf-8" };
    case "ndjson":
      return {
        body: rowsOf(body)
          .map((row) => `${JSON.stringify(row)}\n`)
          .join(""),
        contentType: "application/x-ndjson",
      };
    case "csv":
      return { body: writeCsv(rowsOf(body)), contentType: "text/csv; charset=utf-8" };
    case "multipart":
      return encodeMultipart(body);
    case "base64": {
      const bytes = bytesOf(body);
      if (bytes === undefined) return { refused: "the body is no base64, and encode says so" };
      return { body: bytes, contentType: "application/octet-stream" };
    }
    case "text":
      return {
        body: typeof body === "string" ? body : JSON.stringify(body),
        contentType: "text/plain; charset=utf-8",
      };
  }
}

function rowsOf(body: Json): readonly Json[] {
  return Array.isArray(body) ? (body as readonly Json[]) : [body];
}

/**
 * `application/x-www-form-urlencoded` with nested keys: `{ a: { b: [{ c: 1 }] } }` is
 * `a[b][0][c]=1`. Null is an empty value, which form APIs read as "unset".
 */
function encodeForm(body: Json): string {
  const pairs = new URLSearchParams();
  appendPairs(pairs, "", body);
  return pairs.toString();
}

function appendPairs(pairs: URLSearchParams, key: string, value: Json): void {
  if (value === null || typeof value !== "object") {
    pairs.append(key === "" ? "value" : key, value === null ? "" : String(value));
    return;
  }
  for (const [name, item] of Object.entries(value)) {
    appendPairs(pairs, key === "" ? name : `${key}[${name}]`, item);
  }
}

/** Appends query parameters to a URL; lists repeat their name. */
export function appendQuery(url: URL, query: HttpRequest["query"]): void {
  for (const [name, value] of Object.entries(query ?? {})) {
    for (const item of typeof value === "string" ? [value] : value) {
      // A blank as %20 and not as +, which some read as itself, AWS's signatures among them.
      const pair = `${escape(name)}=${escape(item)}`;
      url.search = url.search === "" ? pair : `${url.search}&${pair}`;
    }
  }
}
