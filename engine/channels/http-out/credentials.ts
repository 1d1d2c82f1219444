import { FlowError } from "../../errors/flow-error.ts";
import type { EvaluationContext, Scope, Template } from "../../model/expression.ts";
import type { Instant, Json } from "../../model/json.ts";
import type { AdapterPlan } from "../../model/plan/adapter.ts";
import type { Generation } from "../../model/plan/generation.ts";
import type { HttpRequest, HttpResponse } from "../../model/request.ts";
import type { Soon } from "../../model/soon.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Ids } from "../../ports/ids.ts";
import type { Secrets } from "../../ports/secrets.ts";
import { environmentOf, secretsOf } from "../shared/environment.ts";
import { contextOf, textOf, varsOf } from "../shared/evaluation.ts";
import { Grants, type Held, type Obtained } from "./grants.ts";
import { basic, fetchToken, logIn, type Token } from "./log-in.ts";
import type { LogInAnswer, LogInSource } from "./log-in-source.ts";
import { oauth1Header } from "./oauth1.ts";
import { type Memory, RefreshTokens } from "./refresh-tokens.ts";
import { sigv4Headers } from "./sigv4.ts";
import type { WrittenRequest } from "./wire.ts";

/** What authorises a request, or why there is nothing. */
export type Authorised =
  | {
      readonly kind: "headers";
      readonly headers: Readonly<Record<string, string>>;
      readonly query?: Readonly<Record<string, string>>;
      /** Values by JSON Pointer. */
      readonly body?: Readonly<Record<string, Json>>;
      /** Headers that sign the request, made once nothing of it changes any more. */
      readonly sign?: (written: WrittenRequest) => Readonly<Record<string, string>>;
      /** Names the log-in behind the headers; absent where nothing can be renewed. */
      readonly ticket?: number;
    }
  | { readonly kind: "unauthorized"; readonly reason: string; readonly retryAt?: Instant }
  | { readonly kind: "unreachable"; readonly reason: string };

/** How an adapter's log-in stands; `failing` while the last one failed. */
export interface LogIn {
  readonly adapter: string;
  readonly failing?: { readonly reason: string; readonly since: Instant };
}

export interface CredentialsOptions {
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly ids?: Ids;
  readonly memory?: Memory;
  /** Told when log-ins of an adapter begin to fail, or are granted again. */
  readonly logInChanged?: () => void;
  /** Sends a log-in; `declared` are addresses that the adapter's auth itself names. */
  send(
    request: HttpRequest,
    source: Pick<LogInSource, "adapter" | "generation">,
    declared: readonly string[],
  ): Promise<LogInAnswer>;
}

/** The credentials of every adapter. Their values leave only in the headers given here. */
export class Credentials {
  readonly #options: CredentialsOptions;
  readonly #sessions: Grants<Json>;
  readonly #tokens: Grants<Token>;
  readonly #refreshTokens: RefreshTokens;
  #signatures = 0;

  constructor(options: CredentialsOptions) {
    this.#options = options;
    this.#refreshTokens = new RefreshTokens(options.memory);
    this.#sessions = new Grants(options.clock, options.logInChanged);
    this.#tokens = new Grants(options.clock, options.logInChanged);
  }

  /**
   * Headers for one request, at once where no log-in is waited for; `dead` is the ticket of a log-in that the partner no longer takes.
   * Throws `ExpressionError` when a template of the auth cannot be evaluated.
   */
  authorise(adapter: AdapterPlan, generation: Generation, dead?: number): Soon<Authorised> {
    const { auth } = adapter;
    const { secrets } = this.#options;
    switch (auth.kind) {
      case "none":
        return { kind: "headers", headers: {} };
      case "basic": {
        const user = requireSecret(secrets, auth.value.user);
        const named = auth.value.password;
        const password = named === undefined ? "" : requireSecret(secrets, named);
        return { kind: "headers", headers: { authorization: basic(user, password) } };
      }
      case "bearer": {
        const token = requireSecret(secrets, auth.value);
        return { kind: "headers", headers: { authorization: `Bearer ${token}` } };
      }
      case "header": {
        const { scope, context } = this.#scope(adapter, generation);
        return { kind: "headers", headers: evaluateHeaders(auth.value, scope, context) };
      }
      case "query": {
        const { scope, context } = this.#scope(adapter, generation);
        return { kind: "headers", headers: {}, query: evaluateHeaders(auth.value, scope, context) };
      }
      case "body": {
        const { scope, context } = this.#scope(adapter, generation);
        return { kind: "headers", headers: {}, body: evaluateValues(auth.value, scope, context) };
      }
      case "oauth1":
        return this.#signOauth1(auth.value, adapter, generation);
      case "sigv4":
        return this.#signSigv4(auth.value, adapter, generation);
      case "session":
        return this.#authoriseSession(auth.value, this.#source(adapter, generation, []), dead);
      case "oauth2":
        return this.#authoriseToken(auth.value, adapter, generation, dead);
    }
  }

  /** How the log-ins of each adapter stand, of those that were tried since the start. */
  logIns(): readonly LogIn[] {
    return [...this.#sessions.states(), ...this.#tokens.states()].map(({ key, failing }) => ({
      adapter: key.slice(0, key.indexOf(" ")),
      ...(failing === undefined ? {} : { failing }),
    }));
  }

  /** True when the answer says that the log-in behind it is dead, and a new one may help. */
  isDead(adapter: AdapterPlan, generation: Generation, response: HttpResponse): boolean {
    const { auth } = adapter;
    if (auth.kind === "oauth2") return response.status === 401;
    if (auth.kind !== "session") return false;
    const when = auth.value.renew?.when;
    if (when === undefined) return response.status === 401;
    const context = contextOf(generation, this.#options.clock.now(), "auth", adapter.name);
    try {
      return when.evaluate({ response }, context) === true;
    } catch {
      // A condition that cannot be asked of this answer does not hold; status rules judge it then.
      return response.status === 401;
    }
  }

  #signOauth1(
    plan: Extract<AdapterPlan["auth"], { kind: "oauth1" }>["value"],
    adapter: AdapterPlan,
    generation: Generation,
  ): Authorised {
    const { clock, ids, secrets } = this.#options;
    const { scope, context } = this.#scope(adapter, generation);
    const realm =
      plan.realm === undefined ? undefined : textOf(plan.realm.evaluate(scope, context));
    const keys = {
      consumer: requireSecret(secrets, plan.consumer),
      consumerSecret: requireSecret(secrets, plan.consumerSecret),
      ...(plan.token === undefined ? {} : { token: requireSecret(secrets, plan.token) }),
      ...(plan.tokenSecret === undefined
        ? {}
        : { tokenSecret: requireSecret(secrets, plan.tokenSecret) }),
      algorithm: plan.algorithm ?? "sha256",
      ...(realm === undefined ? {} : { realm }),
    } as const;
    return {
      kind: "headers",
      headers: {},
      sign: (written) => {
        // No two signatures of one second may share a nonce.
        this.#signatures += 1;
        const nonce = `${ids?.next(clock.now()) ?? "n"}-${this.#signatures}`;
        const timestamp = Math.floor(clock.wall() / 1000);
        return { authorization: oauth1Header(written, keys, { nonce, timestamp }) };
      },
    };
  }

  #signSigv4(
    plan: Extract<AdapterPlan["auth"], { kind: "sigv4" }>["value"],
    adapter: AdapterPlan,
    generation: Generation,
  ): Authorised {
    const { clock, secrets } = this.#options;
    const { scope, context } = this.#scope(adapter, generation);
    const { sessionToken } = plan;
    const keys = {
      accessKey: requireSecret(secrets, plan.accessKey),
      secretKey: requireSecret(secrets, plan.secretKey),
      ...(sessionToken === undefined ? {} : { sessionToken: requireSecret(secrets, sessionToken) }),
      region: textOf(plan.region.evaluate(scope, context)) ?? "",
      service: plan.service,
    };
    const sign = (written: WrittenRequest) => sigv4Headers(written, keys, clock.wall());
    return { kind: "headers", headers: {}, sign };
  }

  async #authoriseSession(
    plan: Parameters<typeof logIn>[0],
    source: LogInSource,
    dead: number | undefined,
  ): Promise<Authorised> {
    const key = grantKey(source);
    const session = await this.#sessions.hold(key, async () => logIn(plan, source), dead);
    if (session.kind !== "held") return session;
    const scope: Scope = { ...source.scope, session: session.value };
    const headers = evaluateHeaders(plan.send ?? {}, scope, source.context);
    const body =
      plan.body === undefined ? {} : { body: evaluateValues(plan.body, scope, source.context) };
    return { kind: "headers", headers, ...body, ticket: session.ticket };
  }

  async #authoriseToken(
    plan: Parameters<typeof fetchToken>[0],
    adapter: AdapterPlan,
    generation: Generation,
    dead: number | undefined,
  ): Promise<Authorised> {
    const { clock, secrets } = this.#options;
    for (const name of [plan.client, plan.secret, plan.jwt?.key, plan.refreshToken]) {
      if (name !== undefined) requireSecret(secrets, name);
    }
    const { scope, context } = this.#scope(adapter, generation);
    const tokenUrl = textOf(plan.tokenUrl.evaluate(scope, context)) ?? "";
    const source = this.#source(adapter, generation, [tokenUrl]);
    const key = grantKey(source);
    const obtain = async (): Promise<Obtained<Token>> => {
      if (plan.refreshToken === undefined) return fetchToken(plan, source, undefined);
      const first = requireSecret(secrets, plan.refreshToken);
      const sealedBy = requireSecret(secrets, plan.secret ?? plan.jwt?.key ?? plan.refreshToken);
      const chain = { key, first, secret: sealedBy };
      const latest = await this.#refreshTokens.latest(chain);
      const obtained = await fetchToken(plan, source, latest);
      const next = obtained.kind === "granted" ? obtained.grant.value.refreshToken : undefined;
      if (next !== undefined && next !== latest) {
        await this.#refreshTokens.replace(chain, next, clock.now());
      }
      if (obtained.kind === "unauthorized") await this.#refreshTokens.forget(chain, clock.now());
      return obtained;
    };
    const token: Held<Token> = await this.#tokens.hold(key, obtain, dead);
    if (token.kind !== "held") return token;
    const authorization = `Bearer ${token.value.accessToken}`;
    return { kind: "headers", headers: { authorization }, ticket: token.ticket };
  }

  #source(adapter: AdapterPlan, generation: Generation, declared: readonly string[]): LogInSource {
    return {
      ...this.#scope(adapter, generation),
      adapter,
      generation,
      now: () => this.#options.clock.now(),
      wall: () => this.#options.clock.wall(),
      nextId: () => this.#options.ids?.next(this.#options.clock.now()),
      send: async (request) => this.#options.send(request, { adapter, generation }, declared),
    };
  }

  #scope(
    adapter: AdapterPlan,
    generation: Generation,
  ): { readonly scope: Scope; readonly context: EvaluationContext } {
    const env = environmentOf(generation, this.#options.secrets);
    const secret = secretsOf(generation, this.#options.secrets);
    const context = contextOf(generation, this.#options.clock.now(), "auth", adapter.name);
    return { scope: { env, secret, vars: varsOf(adapter, env, context) }, context };
  }
}

/** Log-ins outlive a reload as long as they are to the same place by the same means. */
function grantKey({ adapter, scope, context }: LogInSource): string {
  const base = textOf(adapter.baseUrl.evaluate(scope, context)) ?? "";
  return `${adapter.name} ${adapter.auth.kind} ${base}`;
}

function evaluateHeaders(
  templates: Readonly<Record<string, Template>>,
  scope: Scope,
  context: EvaluationContext,
): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const [name, template] of Object.entries(templates)) {
    const value = textOf(template.evaluate(scope, context));
    if (value !== undefined) headers[name] = value;
  }
  return headers;
}

function evaluateValues(
  templates: Readonly<Record<string, Template>>,
  scope: Scope,
  context: EvaluationContext,
): Readonly<Record<string, Json>> {
  const entries = Object.entries(templates).map(([pointer, template]): [string, Json] => [
    pointer,
    template.evaluate(scope, context) ?? null,
  ]);
  return Object.fromEntries(entries);
}

function requireSecret(secrets: Secrets, name: string): string {
  const value = secrets.secret(name);
  if (value !== undefined) return value;
  throw new FlowError("http-out/missing-secret", `secret "${name}" is not set`);
}
