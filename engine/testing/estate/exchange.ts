import { isJsonObject, type Json, type JsonObject } from "../../model/json.ts";
import type { Faults } from "./faults.ts";

/** One request as a partner sees it: the path is without the estate's prefix. */
export interface EstateRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Absent for an empty body. */
  readonly body?: Json;
}

/** A partner's side of the wire. `answer` is synchronous: its effects happen whole or not at all. */
export interface Partner {
  readonly faults: Faults;
  answer(request: EstateRequest): Reply;
  /** Ends every token or session, and says what a caller with a dead one is told. */
  expireSessions(): Reply;
  /** 429 in the vendor's form. */
  throttled(retryAfter: number): Reply;
  /** A failure of the vendor's own, in its form; with status 200 an error inside a success. */
  unavailable(status: number): Reply;
}

/** Ends a request with this reply; thrown by a partner, caught by its `answer`. */
export class Refused extends Error {
  readonly reply: Reply;

  constructor(reply: Reply) {
    super(`refused with ${reply.status}`);
    this.name = "Refused";
    this.reply = reply;
  }
}

export type Handler = (request: EstateRequest, params: Readonly<Record<string, string>>) => Reply;

/** Finds the handler of a method and path; `:name` takes one segment, `*` all that follows. */
export class Routes {
  readonly #routes: { method: string; pattern: RegExp; handler: Handler }[] = [];

  on(method: string, path: string, handler: Handler): this {
    const source = path
      .replaceAll(".", "\\.")
      .replaceAll(/:(\w+)/g, "(?<$1>[^/]+)")
      .replace("*", "(?<rest>.+)");
    this.#routes.push({ method, pattern: new RegExp(`^${source}$`), handler });
    return this;
  }

  /** Undefined when no route takes the request. */
  answer(request: EstateRequest): Reply | undefined {
    for (const { method, pattern, handler } of this.#routes) {
      const found = method === request.method ? pattern.exec(request.path) : null;
      if (found !== null) return handler(request, decoded(found.groups ?? {}));
    }
    return undefined;
  }
}

function decoded(groups: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)]),
  );
}

/** Runs a handler; a `Refused` thrown inside becomes its reply. */
export function replyOf(act: () => Reply): Reply {
  try {
    return act();
  } catch (error) {
    if (error instanceof Refused) return error.reply;
    throw error;
  }
}

/** The body as a JSON object; undefined when it is none. */
export function jsonBody(request: EstateRequest): JsonObject | undefined {
  try {
    const body: unknown = JSON.parse(request.text);
    return isJsonObject(body) ? body : undefined;
  } catch {
    return undefined;
  }
}

export function stringAt(object: JsonObject, key: string): string | undefined {
  const value = object[key];
  return typeof value === "string" && value !== "" ? value : undefined;
}

export function objectAt(object: JsonObject, key: string): JsonObject | undefined {
  const value = object[key];
  return isJsonObject(value) ? value : undefined;
}

export function listAt(object: JsonObject, key: string): readonly Json[] | undefined {
  const value = object[key];
  return Array.isArray(value) ? (value as readonly Json[]) : undefined;
}
