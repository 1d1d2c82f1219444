import { credentials } from "../credentials.ts";
import { type EstateRequest, type Partner, type Reply, replyOf, Routes } from "../exchange.ts";
import type { Faults } from "../faults.ts";
import type { World } from "../world.ts";
import { Organizations } from "./organizations.ts";
import { failed, recordNotFound } from "./refusal.ts";
import { Tickets } from "./tickets.ts";
import { Users } from "./users.ts";

const base = "/api/v2";

/** A support desk that speaks as Zendesk's API does. */
export class Support implements Partner {
  readonly faults: Faults;
  readonly organizations: Organizations;
  readonly tickets: Tickets;
  readonly users: Users;
  readonly #routes = new Routes();

  constructor(world: World, url: () => string) {
    this.faults = world.faults;
    this.organizations = new Organizations(world, url);
    this.tickets = new Tickets(world, this.organizations, url);
    this.users = new Users(world, this.organizations, url);
    this.organizations.route(this.#routes);
    this.tickets.route(this.#routes);
    this.users.route(this.#routes);
  }

  answer(request: EstateRequest): Reply {
    const { user, token } = credentials.support;
    const basic = `Basic ${Buffer.from(`${user}:${token}`).toString("base64")}`;
    if (request.headers["authorization"] !== basic) return this.expireSessions();
    return replyOf(() => {
      const path = request.path.replace(/\.json$/, "");
      const inside = path.startsWith(`${base}/`) ? path.slice(base.length) : "";
      const reply = this.#routes.answer({ ...request, path: inside });
      if (reply === undefined) throw recordNotFound();
      return reply;
    });
  }

  expireSessions(): Reply {
    return { status: 401, body: { error: "Couldn't authenticate you" } };
  }

  throttled(retryAfter: number): Reply {
    const reply = failed(429, "TooManyRequests", "Rate limit for the account reached");
    return { ...reply, headers: { "retry-after": String(retryAfter) } };
  }

  unavailable(status: number): Reply {
    return failed(status, "InternalError", "The service is not available at the moment");
  }
}
