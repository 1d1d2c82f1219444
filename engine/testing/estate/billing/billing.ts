import { credentials } from "../credentials.ts";
import { type EstateRequest, type Partner, type Reply, replyOf, Routes } from "../exchange.ts";
import type { Faults } from "../faults.ts";
import type { Habits, World } from "../world.ts";
import { Invoices } from "./invoices.ts";
import { Payments } from "./payments.ts";
import { BillingRecords, listed } from "./records.ts";
import { errorReply, missing } from "./refusal.ts";
import { Subscriptions } from "./subscriptions.ts";

interface FirstAnswer {
  readonly request: string;
  readonly reply: Reply;
  readonly until: number;
}

/** A billing platform that speaks as Stripe's API does. */
export class Billing implements Partner {
  readonly faults: Faults;
  readonly records: BillingRecords;
  readonly invoices: Invoices;
  readonly payments: Payments;
  readonly #world: World;
  readonly #habits: Habits;
  readonly #answers = new Map<string, FirstAnswer>();
  readonly #routes = new Routes();

  constructor(world: World, habits: Habits) {
    this.faults = world.faults;
    this.#world = world;
    this.#habits = habits;
    this.records = new BillingRecords(world);
    this.invoices = new Invoices(this.records, habits.finalizeMs);
    this.payments = new Payments(this.records);
    new Subscriptions(this.records, this.invoices, habits.activationMs).route(this.#routes);
    this.payments.route(this.#routes);
    this.invoices.route(this.#routes);
    this.#routes.on("GET", "/events", (request) => this.#events(request));
  }

  answer(request: EstateRequest): Reply {
    if (!isKnown(request.headers["authorization"] ?? "")) return this.expireSessions();
    const key = request.headers["idempotency-key"];
    if (request.method !== "POST" || key === undefined) return this.#handle(request, null);
    const now = this.#world.agenda.now();
    const first = this.#answers.get(key);
    const same = `${request.path}\n${request.text}`;
    if (first !== undefined && first.until > now) {
      if (first.request !== same) return otherRequest(key);
      return { ...first.reply, headers: { "idempotent-replayed": "true" } };
    }
    const reply = this.#handle(request, key);
    const until = now + this.#habits.idempotencyKeepMs;
    if (reply.status < 400) this.#answers.set(key, { request: same, reply, until });
    return reply;
  }

  /** Keys do not expire here; a caller may still be told that its own is not known. */
  expireSessions(): Reply {
    const message = "Invalid API Key provided";
    return errorReply(401, { type: "invalid_request_error", message });
  }

  throttled(retryAfter: number): Reply {
    const message = "Request rate limit exceeded";
    const error = { type: "invalid_request_error", code: "rate_limit", message } as const;
    return { ...errorReply(429, error), headers: { "retry-after": String(retryAfter) } };
  }

  unavailable(status: number): Reply {
    const message = "An unknown error occurred. Nothing was done.";
    return errorReply(status, { type: "api_error", message });
  }

  #handle(request: EstateRequest, key: string | null): Reply {
    // Who only reads draws nothing: how often someone looks must not change what a seed gives.
    if (request.method !== "GET") this.records.request = { id: this.records.id("req"), key };
    try {
      return replyOf(() => {
        const path = request.path.replace(/^\/v1(?=\/)/, "");
        const reply = path === request.path ? undefined : this.#routes.answer({ ...request, path });
        if (reply === undefined) throw missing("path", `${request.method} ${request.path}`);
        return reply;
      });
    } finally {
      this.records.request = undefined;
    }
  }

  #events(request: EstateRequest): Reply {
    const type = request.query.get("type");
    const from = Number(request.query.get("created[gte]") ?? "0");
    const rows = this.records
      .all("event")
      .filter((row) => (type === null || row["type"] === type) && Number(row["created"]) >= from);
    return listed(request, rows);
  }
}

/** The key as a bearer token, or as the user of HTTP Basic. */
function isKnown(authorization: string): boolean {
  const { key } = credentials.billing;
  const basic = `Basic ${Buffer.from(`${key}:`).toString("base64")}`;
  return authorization === `Bearer ${key}` || authorization === basic;
}

function otherRequest(key: string): Reply {
  const message =
    `The idempotency key '${key}' was used before with other parameters. ` +
    "Send the same request, or use another key.";
  return errorReply(400, { type: "idempotency_error", message });
}
