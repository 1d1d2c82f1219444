import type { Scope } from "../../model/expression.ts";
import { type Instant, isJsonObject, type Json, type JsonObject } from "../../model/json.ts";
import type { AuthPlan } from "../../model/plan/adapter.ts";
import type { HttpRequest, HttpResponse } from "../../model/request.ts";
import { isWebPage } from "../../model/web-page.ts";
import { holdsFor, textOf } from "../shared/evaluation.ts";
import { parseInstant } from "../shared/instant.ts";
import { parseRetryAfter } from "../shared/retry-after.ts";
import { buildReadRequest } from "../shared/read-request.ts";
import type { Obtained } from "./grants.ts";
import { signJwt } from "./jwt.ts";
import type { LogInSource, OauthPlan } from "./log-in-source.ts";

type SessionPlan = Extract<AuthPlan, { kind: "session" }>["value"];
type LogInRule = NonNullable<SessionPlan["login"]["errors"]>[number];

/** Logs in by the adapter's `login` request; its `result` becomes `$session`. */
export async function logIn(plan: SessionPlan, source: LogInSource): Promise<Obtained<Json>> {
  const request = buildReadRequest({ ...source, plan: plan.login });
  const answer = await source.send(request);
  if (answer.kind === "unreachable") return answer;
  const { response } = answer;
  const cookies = cookiesOf(response.headers["set-cookie"]);
  const scope: Scope = { ...source.scope, response: { ...response, cookies } };
  for (const rule of plan.login.errors ?? []) {
    if (!holdsFor(rule.when, scope, source.context)) continue;
    const waitMs = rule.class === "throttled" ? waitOf(rule, scope, source) : 0;
    return rule.class === "transient"
      ? { kind: "unreachable", reason: `the log-in was answered ${response.status}` }
      : refusal(response, source.now(), waitMs);
  }
  const refused = refuseByStatus(response, source.now());
  if (refused !== undefined) return refused;
  const value = plan.login.result.evaluate(scope, source.context);
  if (value === undefined || value === null) {
    return notGranted(response, "the log-in's answer holds no session");
  }
  const idleMs = plan.renew?.idle;
  return { kind: "granted", grant: { value, ...(idleMs === undefined ? {} : { idleMs }) } };
}

/** How long a rule says to wait, in milliseconds: a span, or until a time that the answer names. */
function waitOf({ wait }: LogInRule, scope: Scope, { context, now }: LogInSource): number {
  if (wait === undefined || typeof wait === "number") return wait ?? 0;
  const until = parseInstant(wait.evaluate(scope, context));
  return until === undefined ? 0 : Math.max(0, until - now());
}

/** Cookies by name. Several `Set-Cookie` come joined; a comma within one, as in its expiry, begins none. */
function cookiesOf(header: string | undefined): Readonly<Record<string, string>> {
  const pairs = (header ?? "")
    .split(/,(?=\s*[!#$%&'*+.^_`|~\w-]+=)/)
    .map((cookie) => /^\s*([^=;\s]+)=([^;]*)/.exec(cookie))
    .map((match): [string, string] => [match?.[1] ?? "", match?.[2] ?? ""]);
  return Object.fromEntries(pairs.filter(([name]) => name !== ""));
}

/** An access token, and the refresh token that replaces the one it was got with, if there is one. */
export interface Token {
  readonly accessToken: string;
  readonly refreshToken?: string;
}

/** Gets an access token (RFC 6749 §4.4, §6). `refreshToken` is the latest one known. */
export async function fetchToken(
  plan: OauthPlan,
  source: LogInSource,
  refreshToken: string | undefined,
): Promise<Obtained<Token>> {
  const request = await tokenRequest(plan, source, refreshToken);
  if ("reason" in request) return { kind: "unauthorized", reason: request.reason };
  const answer = await source.send(request);
  if (answer.kind === "unreachable") return answer;
  const refused = refuseByStatus(answer.response, source.now());
  if (refused !== undefined) return refused;
  return readToken(answer.response, source.now());
}

async function tokenRequest(
  plan: OauthPlan,
  source: LogInSource,
  refreshToken: string | undefined,
): Promise<HttpRequest | { readonly reason: string }> {
  const { scope, context } = source;
  const url = textOf(plan.tokenUrl.evaluate(scope, context)) ?? "";
  const jwt =
    plan.jwt === undefined ? undefined : await signJwt(plan.jwt, plan.client, url, source);
  if (jwt !== undefined && typeof jwt !== "string") return jwt;
  const params = Object.entries(plan.params ?? {}).map(([name, value]): [string, Json] => [
    name,
    textOf(value.evaluate(scope, context)) ?? "",
  ]);
  const client = clientProof(plan, source, plan.grant === "jwt-bearer" ? undefined : jwt);
  return {
    method: "POST",
    url,
    headers: client.headers,
    body: {
      ...grantFields(plan, refreshToken, jwt),
      ...client.fields,
      ...(plan.scope === undefined ? {} : { scope: plan.scope }),
      ...Object.fromEntries(params),
    },
    encode: "form",
    timeoutMs: 30_000,
  };
}

function grantFields(
  plan: OauthPlan,
  refreshToken: string | undefined,
  jwt: string | undefined,
): Readonly<Record<string, string>> {
  switch (plan.grant) {
    case "refresh-token":
      return { grant_type: "refresh_token", refresh_token: refreshToken ?? "" };
    case "client-credentials":
      return { grant_type: "client_credentials" };
    case "jwt-bearer":
      return { grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion: jwt ?? "" };
  }
}

/** Who asks: by an assertion (RFC 7523 §2.2), by client and secret, or by the client's name alone. */
function clientProof(
  plan: OauthPlan,
  { scope }: LogInSource,
  assertion: string | undefined,
): {
  readonly headers: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, string>>;
} {
  const secret = scope["secret"] as Readonly<Record<string, string>>;
  const client = secret[plan.client] ?? "";
  if (assertion !== undefined) {
    const type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    const proof = { client_assertion_type: type, client_assertion: assertion };
    return { headers: {}, fields: { client_id: client, ...proof } };
  }
  // The grant's own signature says who asks.
  if (plan.secret === undefined && plan.grant === "jwt-bearer") return { headers: {}, fields: {} };
  if (plan.secret === undefined) return { headers: {}, fields: { client_id: client } };
  const password = secret[plan.secret] ?? "";
  if (plan.clientIn === "body") {
    return { headers: {}, fields: { client_id: client, client_secret: password } };
  }
  // RFC 6749 §2.3.1: both parts are form-encoded before Basic encodes them.
  const authorization = basic(encodeURIComponent(client), encodeURIComponent(password));
  return { headers: { authorization }, fields: {} };
}

/** RFC 7617. */
export function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`, "utf8").toString("base64")}`;
}

/** A web page is not of whoever grants anything: it is asked again, as one that cannot be reached. */
function notGranted({ body, status }: HttpResponse, reason: string): Obtained<never> {
  return isWebPage(body)
    ? { kind: "unreachable", reason: `the log-in was answered ${status} with a web page` }
    : { kind: "unauthorized", reason };
}

function readToken(response: HttpResponse, now: Instant): Obtained<Token> {
  const { body } = response;
  const fields: JsonObject = isJsonObject(body) ? body : {};
  const accessToken = fields["access_token"];
  if (typeof accessToken !== "string" || accessToken === "") {
    return notGranted(response, "the token endpoint's answer holds no access_token");
  }
  const lifeMs = Number(fields["expires_in"] ?? Number.NaN) * 1000;
  const refreshToken = fields["refresh_token"];
  return {
    kind: "granted",
    grant: {
      value: { accessToken, ...(typeof refreshToken === "string" ? { refreshToken } : {}) },
      // Renewed in the last tenth of its life, at most 5 minutes before its end.
      ...(lifeMs > 0
        ? { expiresAt: now + lifeMs, renewAt: now + lifeMs - Math.min(lifeMs / 10, 300_000) }
        : {}),
    },
  };
}

function refuseByStatus(
  response: HttpResponse,
  now: Instant,
): Exclude<Obtained<never>, { kind: "granted" }> | undefined {
  const { status } = response;
  if (status >= 200 && status < 300) return undefined;
  if (status >= 500 || status === 408 || status === 425) {
    return { kind: "unreachable", reason: `the log-in was answered ${status}` };
  }
  return refusal(response, now, 0);
}

/** Only the status and OAuth's own closed `error` words are told: the rest may repeat credentials. */
function refusal(
  response: HttpResponse,
  now: Instant,
  waitMs: number,
): Obtained<never> & { kind: "unauthorized" } {
  const { body, headers, status } = response;
  const error = isJsonObject(body) ? body["error"] : undefined;
  const word = typeof error === "string" ? /^[a-z_]{1,40}$/.exec(error)?.[0] : undefined;
  const retryAt = Math.max(
    parseRetryAfter(headers["retry-after"], now) ?? 0,
    waitMs > 0 ? now + waitMs : 0,
  );
  return {
    kind: "unauthorized",
    reason: `the log-in was refused: ${status}${word === undefined ? "" : ` ${word}`}`,
    ...(retryAt > 0 ? { retryAt } : {}),
  };
}
