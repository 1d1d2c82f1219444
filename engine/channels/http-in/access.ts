import { timingSafeEqual } from "node:crypto";
import type { Generation } from "../../model/plan/generation.ts";
import type { Secrets } from "../../ports/secrets.ts";
import type { Incoming } from "./incoming.ts";
import { adminRole, type Right } from "../../model/plan/rights.ts";
import { type Reach, reachOf } from "./grants.ts";
import { Refusal } from "./problem.ts";

/** Who calls, and in which roles. */
export interface Caller {
  readonly name: string;
  readonly roles: ReadonlySet<string>;
}

const adminSecret = "SLUICE_ADMIN_TOKEN";
const apiSecret = "SLUICE_API_TOKEN";

/** Who calls the admin API, and what that caller's roles grant. */
export interface AdminCaller {
  readonly name: string;
  /** Refuses what no role of the caller grants; the flows that the right reaches, undefined for all. */
  require(right: Right): Reach | undefined;
}

/**
 * The admin API: whoever has the token of `SLUICE_ADMIN_TOKEN` may do all, and whoever has that of
 * `SLUICE_API_TOKEN_<ROLE>` what sluice.yaml grants the role. While the first is not set, this
 * machine's own users may look, and nobody may change anything without a role's token.
 */
export function authoriseAdmin(
  incoming: Incoming,
  write: boolean,
  generation: Generation,
  secrets: Secrets,
): AdminCaller {
  const own = rolesHeld(incoming, generation, secrets);
  if (own.has(adminRole)) return { name: actorOf(incoming) ?? adminRole, require: everything };
  if (own.size > 0) return roleCaller(own, incoming, generation);
  if ((secrets.secret(adminSecret) ?? "") !== "")
    throw unauthenticated("the admin token, or a role's,");
  if (!isLocal(incoming)) {
    throw new Refusal(
      "http-in/forbidden",
      `only this machine may ask while ${adminSecret} is not set`,
    );
  }
  if (write) {
    throw new Refusal("http-in/forbidden", `changes need a token: set ${adminSecret}`);
  }
  return { name: "local", require: everything };
}

function roleCaller(
  own: ReadonlySet<string>,
  incoming: Incoming,
  generation: Generation,
): AdminCaller {
  const roles = [...own].sort();
  const actor = actorOf(incoming);
  const name = actor === undefined ? roles.join("+") : `${actor} (${roles.join("+")})`;
  return { name, require: (right) => reachOf(roles, right, generation, name) };
}

const everything = (): undefined => undefined;

function rolesHeld(
  incoming: Incoming,
  generation: Generation,
  secrets: Secrets,
): ReadonlySet<string> {
  const held = apiTokens(generation, secrets).filter(({ token }) => hasToken(incoming, token));
  return new Set(held.flatMap(({ role }) => role ?? []));
}

/**
 * API flows: the token of `SLUICE_API_TOKEN` opens those without roles, that of
 * `SLUICE_API_TOKEN_<ROLE>` those of the role, the admin token all. While none is set, this machine's
 * own users may call those without roles.
 */
export function authoriseCall(
  incoming: Incoming,
  roles: readonly string[] | undefined,
  generation: Generation,
  secrets: Secrets,
): Caller {
  const tokens = apiTokens(generation, secrets);
  const held = tokens.filter(({ token }) => hasToken(incoming, token));
  if (held.length === 0) {
    if (tokens.length > 0 || !isLocal(incoming)) throw unauthenticated("an API token");
    if (roles !== undefined && roles.length > 0)
      throw unauthenticated(`a token of ${roles.join(" or ")}`);
    return { name: "local", roles: new Set() };
  }
  const own = new Set(held.flatMap(({ role }) => role ?? []));
  const isAdmin = own.has(adminRole);
  if (roles !== undefined && roles.length > 0 && !isAdmin && !roles.some((role) => own.has(role))) {
    throw new Refusal("http-in/forbidden", `this endpoint is for ${roles.join(", ")}`);
  }
  return { name: [...own].sort().join("+") || "api", roles: own };
}

interface ApiToken {
  readonly token: string;
  readonly role?: string;
}

function apiTokens(generation: Generation, secrets: Secrets): readonly ApiToken[] {
  const roles = new Set(Object.keys(generation.workspace.roles ?? {}));
  for (const flow of generation.flows.values()) {
    for (const trigger of flow.trigger ?? []) {
      if (trigger.kind === "api") for (const role of trigger.value.roles ?? []) roles.add(role);
    }
  }
  const candidates = [
    { secret: apiSecret },
    { secret: adminSecret, role: adminRole },
    ...[...roles].map((role) => ({
      secret: `${apiSecret}_${role.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_")}`,
      role,
    })),
  ];
  return candidates.flatMap(({ secret, ...role }) => {
    const token = secrets.secret(secret) ?? "";
    return token === "" ? [] : [{ token, ...role }];
  });
}

function hasToken(incoming: Incoming, expected: string): boolean {
  const given = /^Bearer +(\S+)$/i.exec(incoming.headers["authorization"] ?? "")?.[1] ?? "";
  const a = Buffer.from(given);
  const b = Buffer.from(expected);
  return a.length === b.length && timingSafeEqual(a, b);
}

/**
 * A process of this machine, speaking for itself: not a proxy that speaks for others, and not a web
 * page that was made to resolve to this machine (DNS rebinding) or posts to it from elsewhere.
 */
function isLocal({ headers, remote }: Incoming): boolean {
  if (!/^(127\.|::1$|::ffff:127\.)/.test(remote)) return false;
  if (headers["x-forwarded-for"] !== undefined || headers["forwarded"] !== undefined) return false;
  const local = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i;
  const origin = headers["origin"];
  return (
    local.test(headers["host"] ?? "") &&
    (origin === undefined || local.test(origin.replace(/^https?:\/\//, "")))
  );
}

/** The person behind a token, as the client says; for the audit trail. */
function actorOf({ headers }: Incoming): string | undefined {
  const actor = headers["x-sluice-actor"] ?? "";
  return /^[\w.@+ -]{1,80}$/.test(actor) ? actor : undefined;
}

function unauthenticated(what: string): Refusal {
  return new Refusal("http-in/unauthenticated", `${what} is needed: authorization: Bearer …`, {
    headers: { "www-authenticate": "Bearer" },
  });
}
