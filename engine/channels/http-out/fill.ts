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
    const names = pointer
      .split("/")
      .map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"));
    const whole = names[0] === "" ? put(filled.body, names.slice(1), value) : undefined;
    if (whole === undefined) {
      return { kind: "refused", reason: `the body has no place ${pointer} for credentials` };
    }
    filled = { ...filled, body: whole };
  }
  return { kind: "request", request: filled };
}

/** A copy of `target` with `value` there; undefined where a list or map on the way is missing. */
function put(target: Json | undefined, names: readonly string[], value: Json): Json | undefined {
  const [name, ...rest] = names;
  if (name === undefined) return value;
  if (target === null || typeof target !== "object") return undefined;
  if (Array.isArray(target)) {
    const list = target as readonly Json[];
    const index = /^(0|[1-9]\d*)$/.test(name) ? Number(name) : list.length;
    const inner = index < list.length ? put(list[index], rest, value) : undefined;
    return inner === undefined ? undefined : list.with(index, inner);
  }
  if (!isJsonObject(target) || !Object.hasOwn(target, name)) return undefined;
  const inner = put(target[name], rest, value);
  return inner === undefined ? undefined : { ...target, [name]: inner };
}
