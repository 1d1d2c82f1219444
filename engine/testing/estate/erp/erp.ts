import { credentials } from "../credentials.ts";
import {
  type EstateRequest,
  type Partner,
  type Reply,
  replyOf,
  Routes,
  stringAt,
} from "../exchange.ts";
import type { Faults } from "../faults.ts";
import type { Habits, World } from "../world.ts";
import { Catalogue } from "./catalogue.ts";
import { Contacts } from "./contacts.ts";
import { Customers } from "./customers.ts";
import { Fulfilment } from "./fulfilment.ts";
import { Office } from "./office.ts";
import { Orders } from "./orders.ts";
import { Receivables } from "./receivables.ts";
import { bodyOf, errorReply, notFound } from "./refusal.ts";
import { Revenue } from "./revenue.ts";

const base = "/api/v1";

/** An ERP in a style of its own: sessions that expire, versions, business refusals, a change feed. */
export class Erp implements Partner {
  readonly faults: Faults;
  readonly catalogue = new Catalogue();
  readonly customers: Customers;
  readonly contacts: Contacts;
  readonly orders: Orders;
  readonly receivables: Receivables;
  readonly fulfilment: Fulfilment;
  readonly #office: Office;
  readonly #world: World;
  readonly #habits: Habits;
  readonly #sessions = new Map<string, number>();
  readonly #routes = new Routes();

  constructor(world: World, habits: Habits) {
    this.faults = world.faults;
    this.#world = world;
    this.#habits = habits;
    const office = new Office(world);
    this.#office = office;
    this.customers = new Customers(office, this.catalogue, {
      openOrders: (customer) => this.orders.openTotal(customer),
      openReceivables: (customer) => this.receivables.openTotal(customer),
    });
    this.contacts = new Contacts(office, this.customers);
    this.fulfilment = new Fulfilment(office, this.catalogue);
    this.orders = new Orders({
      office,
      catalogue: this.catalogue,
      customers: this.customers,
      approvalMs: habits.approvalMs,
      approved: (order) => this.fulfilment.approved(order),
    });
    this.receivables = new Receivables(office, this.customers, this.orders);
    this.catalogue.route(this.#routes);
    this.customers.route(this.#routes);
    this.contacts.route(this.#routes);
    this.fulfilment.route(this.#routes);
    this.orders.route(this.#routes);
    this.receivables.route(this.#routes);
    new Revenue(office, this.orders).route(this.#routes);
    this.#routes.on("GET", "/changes", (request) => office.changes(request));
  }

  answer(request: EstateRequest): Reply {
    return replyOf(() => {
      if (!request.path.startsWith(`${base}/`)) throw notFound(`path: ${request.path}`);
      const path = request.path.slice(base.length);
      if (path === "/session" && request.method === "POST") return this.#logIn(request);
      if (!this.#isAlive(request.headers["x-session"] ?? "")) return deadSession();
      this.#office.by = "integration";
      try {
        const reply = this.#routes.answer({ ...request, path });
        if (reply === undefined) throw notFound(`path: ${request.method} ${request.path}`);
        return reply;
      } finally {
        this.#office.by = "system";
      }
    });
  }

  expireSessions(): Reply {
    this.#sessions.clear();
    return deadSession();
  }

  throttled(retryAfter: number): Reply {
    const violation = { code: "TOO_MANY_REQUESTS", message: "more requests than agreed" };
    return { ...errorReply(429, violation), headers: { "retry-after": String(retryAfter) } };
  }

  unavailable(status: number): Reply {
    const message = "the system is not available at the moment";
    return errorReply(status, { code: "SYSTEM_UNAVAILABLE", message });
  }

  #logIn(request: EstateRequest): Reply {
    const body = bodyOf(request);
    const { user, password } = credentials.erp;
    if (stringAt(body, "user") !== user || stringAt(body, "password") !== password) {
      return errorReply(403, { code: "LOGIN_REFUSED", message: "user or password is wrong" });
    }
    const session = this.#world.random.hex(32);
    const until = this.#world.agenda.now() + this.#habits.erpSessionIdleMs;
    this.#sessions.set(session, until);
    const idle = Math.floor(this.#habits.erpSessionIdleMs / 1000);
    const answer = { session, expires_at: new Date(until).toISOString(), idle_seconds: idle };
    return { status: 201, body: answer };
  }

  #isAlive(session: string): boolean {
    const until = this.#sessions.get(session);
    const now = this.#world.agenda.now();
    if (until === undefined || until <= now) return false;
    this.#sessions.set(session, now + this.#habits.erpSessionIdleMs);
    return true;
  }
}

function deadSession(): Reply {
  return errorReply(401, { code: "SESSION_EXPIRED", message: "log in again" });
}
