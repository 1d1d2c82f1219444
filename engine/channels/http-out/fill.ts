import { isJsonObject, type Json } from "../../model/json.ts";
import type { HttpRequest } from "../../model/request.ts";

interface Given {
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Readonly<Record<string, Json>>;
}

/** A request with its credentials, or the sentence that says why they have no place in it. */
export type Filled =
  | { readonly kind: "request"; readonly request: HttpRequest }
  | { readonly kind: "refused"; readonly reason: string };

/**
 * Puts credentials into query and body as the request leaves; the request that is stored and shown
 * never holds them. A body without the place is refused: the partner would get a call without proof.
 */
export function withCredentials(request: HttpRequest, { query, body }: Given): Filled {
  let filled = request;
  if (query !== undefined) filled = { ...filled, query: { ...filled.query, ...query } };
  for (const [pointer, value] of Object.entries(body ?? {})) {
    const names = namesIn(pointer);
    const whole = names[0] === "" ? put(filled.body, names.slice(1), value) : undefined;
    if (whole === undefined) {
      return { kind: "refused", reason: `the body has no place ${pointer} for credentials` };
    }
    filled = { ...filled, body: whole };
  }
  return { kind: "request", request: filled };
}

/**
 * Puts our key for an effect where the partner looks for it, as the request leaves. A map without the
 * member gets it; where the map itself is missing, the request is refused, since the partner would not
 * know it again.
 */
export function withKey(
  request: HttpRequest,
  key: string,
  { query, body }: { readonly query?: string | undefined; readonly body?: string | undefined },
): Filled {
  if (query !== undefined) {
    return { kind: "request", request: { ...request, query: { ...request.query, [query]: key } } };
  }
  // What is deleted twice is deleted once: a DELETE without a body gets none.
  if (body === undefined || (request.body === undefined && request.method === "DELETE")) {
    return { kind: "request", request };
  }
  const names = namesIn(body).slice(1);
  const filled = put(request.body ?? {}, names, key, true);
  if (filled === undefined) {
    return { kind: "refused", reason: `the body has no place ${body} for the idempotency key` };
  }
  const encode = request.encode === "none" ? "json" : request.encode;
  return { kind: "request", request: { ...request, encode, body: filled } };
}

const namesIn = (pointer: string): readonly string[] =>
  pointer.split("/").map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"));

/** A copy of `target` with `value` there; undefined where a list or map on the way is missing. */
function put(
  target: Json | undefined,
  names: readonly string[],
  value: Json,
  mayAdd = false,
): Json | undefined {
  const [name, ...rest] = names;
  if (name === undefined) return value;
  if (target === null || typeof target !== "object") return undefined;
  if (Array.isArray(target)) {
    const list = target as readonly Json[];
    const index = /^(0|[1-9]\d*)$/.test(name) ? Number(name) : list.length;
    const inner = index < list.length ? put(list[index], rest, value, mayAdd) : undefined;
    return inner === undefined ? undefined : list.with(index, inner);
  }
  if (!isJsonObject(target)) return undefined;
  const isFree = Object.hasOwn(target, name) || (mayAdd && rest.length === 0);
  const inner = isFree ? put(target[name], rest, value, mayAdd) : undefined;
  return inner === undefined ? undefined : { ...target, [name]: inner };
}
