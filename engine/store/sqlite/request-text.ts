import type { HttpRequest } from "../../model/request.ts";
import { parse, toJson } from "./work.ts";

/**
 * Text of a request: a list whose places say what they hold, since their names would take as much room
 * as a small body. An object with names, as older versions wrote it, is read as well.
 */
type RequestText = readonly [
  method: HttpRequest["method"],
  url: string,
  headers: HttpRequest["headers"],
  encode: HttpRequest["encode"],
  timeoutMs: number,
  more?: Pick<HttpRequest, "query" | "decode"> | null,
  body?: HttpRequest["body"],
];

export function requestText(request: HttpRequest): string {
  const { method, url, headers, encode, timeoutMs, body, query, decode } = request;
  const head = [method, url, headers, encode, timeoutMs] as const;
  const more = query === undefined && decode === undefined ? null : { query, decode };
  if (body !== undefined) return toJson([...head, more, body]);
  return toJson(more === null ? head : [...head, more]);
}

export function requestOf(text: string): HttpRequest {
  const request = parse<RequestText | HttpRequest>(text);
  if (!isList(request)) return request;
  const [method, url, headers, encode, timeoutMs, more, body] = request;
  const sent = body === undefined ? {} : { body };
  return { method, url, headers, ...sent, encode, timeoutMs, ...more };
}

/** Text of a request without what was sent: whom it asked, and how. */
export function plainRequestText(text: string): string {
  const { method, url, timeoutMs } = requestOf(text);
  return requestText({ method, url, headers: {}, encode: "none", timeoutMs });
}

/** `Array.isArray` does not narrow a readonly array. */
function isList(request: RequestText | HttpRequest): request is RequestText {
  return Array.isArray(request);
}
