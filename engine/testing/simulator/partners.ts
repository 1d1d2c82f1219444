import { isJsonObject, type Instant, type Json, type JsonObject } from "../../model/json.ts";
import type { Fate } from "./story.ts";

export const hosts = ["crm", "erp", "billing", "support"] as const;
export type Host = (typeof hosts)[number];

/** One thing that a partner did because it was asked to. Its books only grow: what was done twice stands there twice. */
export interface Entry {
  readonly at: Instant;
  readonly host: Host;
  readonly what: string;
  readonly ref: string;
  readonly data: JsonObject;
}

export interface PartnerRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Json;
}

export interface PartnerReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A text is a page for people. */
  readonly body: JsonObject | string;
}

interface PartnerParts {
  readonly now: () => Instant;
  /** Billing tells that a subscription is active. */
  readonly activated: (orderId: string) => void;
  /** When each parcel is sent, ascending: they are numbered from 1. */
  readonly parcels: readonly Instant[];
  /** What support can be asked for of notes, in the order of their time. */
  readonly notes: readonly ListedNote[];
}

/** A note as support lists it, by when it was written. */
export interface ListedNote {
  readonly at: Instant;
  /** Id of the event that tells of it, too. */
  readonly id: string;
  readonly note: Json;
}

const tokenMs = 600_000;
const parcelsAtOnce = 2;
const keyMs: Readonly<Record<Host, number>> = {
  crm: 60 * 86_400_000,
  billing: 86_400_000,
  erp: 0,
  support: 0,
};

/**
 * CRM, ERP, billing and support, each as a book of what was done. They are simple on purpose: they
 * refuse nothing twice, and know no more of us than an idempotency key where they say so.
 */
export class Partners {
  readonly book: Entry[] = [];
  readonly #now: () => Instant;
  readonly #parts: PartnerParts;
  readonly #tokens = new Map<string, Instant>();
  readonly #answers = new Map<string, { readonly until: Instant; readonly reply: PartnerReply }>();
  #token = 0;

  constructor(parts: PartnerParts) {
    this.#parts = parts;
    this.#now = parts.now;
  }

  expireSessions(): void {
    this.#tokens.clear();
  }

  answer(host: Host, request: PartnerRequest): PartnerReply {
    if (request.path === "/token" || request.path === "/login") return this.#logIn(request.path);
    if (!this.#isKnown(host, request)) return { status: 401, body: { error: "who are you?" } };
    const key = request.headers["idempotency-key"];
    const remembered = key === undefined ? undefined : this.#answers.get(`${host} ${key}`);
    if (remembered !== undefined && remembered.until > this.#now()) return remembered.reply;
    const reply = this.#serve(host, request);
    if (key !== undefined)
      this.#answers.set(`${host} ${key}`, { until: this.#now() + keyMs[host], reply });
    return reply;
  }

  rows(what: string, ref?: string): readonly Entry[] {
    return this.book.filter((row) => row.what === what && (ref === undefined || row.ref === ref));
  }

  /** What was made and not cancelled since. */
  standing(host: Host, what: string, ref: string): readonly Entry[] {
    const own = this.book.filter((row) => row.host === host && row.ref === ref);
    const cancelled = own.findLastIndex((row) => row.what === `${what}.cancelled`);
    return own.slice(cancelled + 1).filter((row) => row.what === what);
  }

  #logIn(path: string): PartnerReply {
    const token = `t${(this.#token += 1)}`;
    this.#tokens.set(token, this.#now() + tokenMs);
    const body =
      path === "/token"
        ? { access_token: token, token_type: "bearer", expires_in: tokenMs / 1_000 }
        : { token };
    return { status: 200, body };
  }

  #isKnown(host: Host, { headers }: PartnerRequest): boolean {
    if (host === "billing" || host === "support")
      return headers["authorization"] === "Bearer secret";
    const token = headers["x-session"] ?? headers["authorization"]?.slice("Bearer ".length) ?? "";
    return (this.#tokens.get(token) ?? 0) > this.#now();
  }

  #serve(host: Host, { method, path, query, body }: PartnerRequest): PartnerReply {
    const [, table = "", id = "", verb] = path.split("/");
    if (host === "support" && table === "parcels")
      return this.#parcelsAfter(Number(query.get("after")));
    if (host === "support" && table === "notes")
      return this.#notesSince(Date.parse(query.get("since") ?? ""));
    if (method === "GET") return this.#read(host, table, query.get("ref") ?? "");
    const data = isJsonObject(body) ? body : {};
    if (host === "billing" && table === "subscriptions" && method === "POST")
      return this.#subscribe(data);
    const ref = method === "POST" ? textAt(data, "ref") : decodeURIComponent(id);
    if (method === "POST" && isFate(ref, "none"))
      return { status: 422, body: { error: "there is none" } };
    if (verb === "confirmed" && isFate(ref, "unconfirmed"))
      return { status: 422, body: { error: "we do not confirm it" } };
    this.#write(host, verb === undefined ? table : `${table}.${verb}`, ref, data);
    return { status: method === "POST" ? 201 : 200, body: { ref } };
  }

  #read(host: Host, table: string, ref: string): PartnerReply {
    if (table === "credit") return { status: 200, body: { ok: !isFate(ref, "no-credit") } };
    if (table === "stock") return { status: 200, body: { ok: !isFate(ref, "no-stock") } };
    const rows = this.standing(host, table, ref);
    return { status: 200, body: { items: rows.map((row) => ({ ref: row.ref, ...row.data })) } };
  }

  /** A page of what was sent by now. */
  #parcelsAfter(after: number): PartnerReply {
    const now = this.#now();
    const sent = this.#parts.parcels.filter((at) => at <= now).length;
    const numbers = Array.from({ length: Math.max(0, sent - after) }, (_, n) => after + n + 1);
    const items = numbers.slice(0, parcelsAtOnce).map((number) => ({ number }));
    return { status: 200, body: { items, more: numbers.length > items.length } };
  }

  #notesSince(since: Instant): PartnerReply {
    const listed = this.#parts.notes.filter(({ at }) => at >= since && at <= this.#now());
    const items = listed.map(({ at, id, note }) => ({ id, at: new Date(at).toISOString(), note }));
    return { status: 200, body: { items } };
  }

  #subscribe(data: JsonObject): PartnerReply {
    const ref = textAt(data, "ref");
    if (isFate(ref, "no-subscription"))
      return { status: 422, body: { error: "we do not want it" } };
    this.#write("billing", "subscriptions", ref, data);
    if (!isFate(ref, "inactive")) this.#parts.activated(ref);
    return { status: 201, body: { ref } };
  }

  #write(host: Host, what: string, ref: string, data: JsonObject): void {
    this.book.push({ at: this.#now(), host, what, ref, data });
  }
}

/** An opportunity carries its fate in its name, so that the partners need no plan of their own. */
function isFate(ref: string, fate: Fate | "none"): boolean {
  return ref.endsWith(fate);
}

function textAt(data: JsonObject, name: string): string {
  const value = data[name];
  return typeof value === "string" ? value : "";
}
