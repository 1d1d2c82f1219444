import type { Instant, Json } from "../../model/json.ts";
import type { Generation } from "../../model/plan/generation.ts";
import type { HttpRequest, HttpResponse } from "../../model/request.ts";
import type { Clock } from "../../ports/clock.ts";

/** A set of public keys (RFC 7517), or why it cannot be had. */
export type KeySet =
  | { readonly kind: "keys"; readonly keys: Json }
  | { readonly kind: "unreachable"; readonly reason: string };

type Answer =
  | { readonly kind: "response"; readonly response: HttpResponse }
  | { readonly kind: "not-sent" | "unknown" | "unauthorized"; readonly reason: string };

type Fetch = (request: HttpRequest, generation: Generation) => Promise<Answer>;

interface Entry {
  readonly at: Instant;
  readonly keys: Json;
}

const lifeMs = 600_000;
/** Whoever sends tokens with made-up key names must not have us ask the vendor for each. */
const askedAgainMs = 30_000;
const timeoutMs = 10_000;

/** Public keys of partners by address: asked once, kept ten minutes, and one request at a time. */
export class KeySets {
  readonly #clock: Clock;
  readonly #fetch: Fetch;
  readonly #known = new Map<string, Entry>();
  readonly #asked = new Map<string, Instant>();
  readonly #flights = new Map<string, Promise<KeySet>>();

  constructor(clock: Clock, fetch: Fetch) {
    this.#clock = clock;
    this.#fetch = fetch;
  }

  /** `fresh` where those that are known lack the key that is wanted. Never rejects. */
  async get(url: string, generation: Generation, fresh: boolean): Promise<KeySet> {
    const now = this.#clock.now();
    const known = this.#known.get(url);
    const isOld = known === undefined || now - known.at > lifeMs;
    const mayAsk = now - (this.#asked.get(url) ?? -Infinity) >= askedAgainMs;
    if (known !== undefined && !(isOld || fresh)) return { kind: "keys", keys: known.keys };
    if (known !== undefined && !mayAsk) return { kind: "keys", keys: known.keys };
    const flight = this.#flights.get(url) ?? this.#ask(url, generation, now);
    this.#flights.set(url, flight);
    const found = await flight;
    // Keys that were good ten minutes ago are better than none.
    if (found.kind === "unreachable" && known !== undefined) {
      return { kind: "keys", keys: known.keys };
    }
    return found;
  }

  async #ask(url: string, generation: Generation, now: Instant): Promise<KeySet> {
    this.#asked.set(url, now);
    try {
      const request = { method: "GET", url, headers: {}, encode: "none", timeoutMs } as const;
      const answer = await this.#fetch(request, generation);
      if (answer.kind !== "response") return { kind: "unreachable", reason: answer.reason };
      const { body, status } = answer.response;
      if (status !== 200) return { kind: "unreachable", reason: `it was answered ${status}` };
      const keys = typeof body === "string" ? parsed(body) : body;
      this.#known.set(url, { at: now, keys });
      return { kind: "keys", keys };
    } finally {
      this.#flights.delete(url);
    }
  }
}

/** Some serve their keys as text. */
function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return null;
  }
}
