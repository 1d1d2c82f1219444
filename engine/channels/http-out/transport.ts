import { FlowError } from "../../errors/flow-error.ts";
import type { Delivery } from "../../model/delivery.ts";
import { ExpressionError } from "../../model/evaluation-error.ts";
import type { Instant } from "../../model/json.ts";
import type { AdapterPlan } from "../../model/plan/adapter.ts";
import type { Generation } from "../../model/plan/generation.ts";
import type { HttpRequest, HttpResponse, RawOutcome } from "../../model/request.ts";
import type { Soon } from "../../model/soon.ts";
import type { Pace, Transport } from "../../ports/transport.ts";
import { environmentOf } from "../shared/environment.ts";
import { contextOf, textOf } from "../shared/evaluation.ts";
import { addressAt } from "./addresses.ts";
import { Certificates, type TlsIdentity } from "./certificates.ts";
import { type Authorised, Credentials, type LogIn } from "./credentials.ts";
import { judgeEgress } from "./egress.ts";
import { exchange, type WireRequest } from "./exchange.ts";
import type { LogInAnswer, LogInSource } from "./log-in-source.ts";
import { type KeySet, KeySets } from "./key-sets.ts";
import { Pools } from "./pools.ts";
import { withCredentials, withKey } from "./fill.ts";
import { toHttpResponse, whyUnreadable } from "./response.ts";
import type { TransportOptions } from "./transport-options.ts";
import { idempotencyKey, identityHeaders, writeRequest, type WrittenRequest } from "./wire.ts";

/** What one request came to, before its duration is known. */
type Sent =
  | { readonly kind: "response"; readonly response: HttpResponse }
  | { readonly kind: "not-sent"; readonly reason: string; readonly refused?: true }
  | { readonly kind: "unknown"; readonly reason: string }
  | { readonly kind: "unauthorized"; readonly reason: string; readonly retryAt?: Instant };

/** Where a request may go, and what goes with it. */
interface Route {
  readonly generation: Generation;
  readonly declared: readonly string[];
  readonly headers: readonly Readonly<Record<string, string>>[];
  readonly sign?: (written: WrittenRequest) => Readonly<Record<string, string>>;
  readonly tls?: TlsIdentity & { readonly adapter: string };
  readonly left?: () => void;
  /** A log-in: its cookies are the session. Of all other answers they are nobody's business. */
  readonly session?: true;
}

interface Attempt {
  readonly authorised: Authorised;
  readonly tls: Pick<Route, "tls">;
  readonly declared: readonly string[];
  readonly pace: Pace | undefined;
}

const responseLimit = 16 * 1024 * 1024;
const connectTimeoutMs = 10_000;

/** The `Transport` port over HTTP/1.1 with undici's connection pools. */
export class HttpTransport implements Transport {
  readonly #options: TransportOptions;
  readonly #pools: Pools;
  readonly #credentials: Credentials;
  readonly #certificates: Certificates;
  readonly #keySets: KeySets;
  #closed = false;

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#keySets = new KeySets(options.clock, async (request, generation) =>
      this.#closed
        ? { kind: "not-sent", reason: "the engine is stopping" }
        : this.#request(request, { generation, declared: [request.url], headers: [] }),
    );
    this.#pools = new Pools(
      options.connectTimeoutMs ?? connectTimeoutMs,
      options.resolveName,
      options.wire,
    );
    this.#certificates = new Certificates(options.clock, options.secrets);
    this.#credentials = new Credentials({
      secrets: options.secrets,
      clock: options.clock,
      ...(options.ids === undefined ? {} : { ids: options.ids }),
      ...(options.memory === undefined ? {} : { memory: options.memory }),
      ...(options.logInChanged === undefined ? {} : { logInChanged: options.logInChanged }),
      send: async (request, source, declared) => this.#sendLogIn(request, source, declared),
    });
  }

  /** How log-ins stand, for whoever watches. */
  logIns(): readonly LogIn[] {
    return this.#credentials.logIns();
  }

  /** Public keys that a partner publishes at an address its adapter names. */
  async keySet(url: string, generation: Generation, fresh: boolean): Promise<KeySet> {
    return this.#keySets.get(url, generation, fresh);
  }

  async send(delivery: Delivery, generation: Generation, pace?: Pace): Promise<RawOutcome> {
    const startedAt = this.#options.clock.steady();
    const sent = await this.#sendSafely(delivery, generation, pace);
    const ms = Math.round(this.#options.clock.steady() - startedAt);
    this.#options.log.write("debug", "request sent", {
      adapter: delivery.adapter,
      operation: delivery.operation,
      path: delivery.path,
      run: delivery.runId,
      correlationId: delivery.correlationId,
      outcome: sent.kind,
      ...(sent.kind === "response" ? { status: sent.response.status } : { reason: sent.reason }),
      ms,
    });
    return { ...sent, ms };
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#pools.close();
  }

  async #sendSafely(
    delivery: Delivery,
    generation: Generation,
    pace: Pace | undefined,
  ): Promise<Sent> {
    if (this.#closed) return { kind: "not-sent", reason: "the engine is stopping" };
    const adapter = generation.adapters.get(delivery.adapter);
    if (adapter === undefined) {
      return refused(`there is no adapter "${delivery.adapter}" in this generation`);
    }
    let declared: readonly string[];
    try {
      declared = [this.#baseUrl(adapter, generation)];
    } catch (error) {
      return refused(describeOwn(error, `base-url of "${adapter.name}"`));
    }
    let tls: Pick<Route, "tls">;
    try {
      tls = this.#tlsOf(adapter);
    } catch (error) {
      return { kind: "unauthorized", reason: describeOwn(error, `tls of "${adapter.name}"`) };
    }
    const authorised = await this.#authorise(adapter, generation);
    const rest = { tls, declared, pace };
    const first = await this.#attempt(delivery, adapter, generation, { authorised, ...rest });
    if (authorised.kind !== "headers" || authorised.ticket === undefined) return first;
    if (first.kind !== "response") return first;
    if (!this.#credentials.isDead(adapter, generation, first.response)) return first;
    // The partner refused before any effect, so the same request may go once more.
    const renewed = await this.#authorise(adapter, generation, authorised.ticket);
    if (renewed.kind === "headers" && (await pace?.again()) === false) {
      return { kind: "not-sent", reason: "its session had ended, and the budget is spent" };
    }
    return this.#attempt(delivery, adapter, generation, { authorised: renewed, ...rest });
  }

  #authorise(adapter: AdapterPlan, generation: Generation, dead?: number): Soon<Authorised> {
    const without = (error: unknown): Authorised => {
      return { kind: "unauthorized", reason: describeOwn(error, `auth of "${adapter.name}"`) };
    };
    try {
      const authorised = this.#credentials.authorise(adapter, generation, dead);
      return authorised instanceof Promise ? authorised.catch(without) : authorised;
    } catch (error) {
      return without(error);
    }
  }

  #attempt(
    delivery: Delivery,
    adapter: AdapterPlan,
    generation: Generation,
    { authorised, tls, declared, pace }: Attempt,
  ): Soon<Sent> {
    if (authorised.kind === "unreachable") return { kind: "not-sent", reason: authorised.reason };
    if (authorised.kind === "unauthorized") return authorised;
    const headers = [authorised.headers, identityHeaders(delivery, adapter)];
    const key = idempotencyKey(delivery, adapter);
    const keyed =
      key === undefined
        ? ({ kind: "request", request: delivery.request } as const)
        : withKey(delivery.request, key.value, key);
    if (keyed.kind === "refused") return refused(keyed.reason);
    const filled = withCredentials(keyed.request, authorised);
    if (filled.kind === "refused") return refused(filled.reason);
    const sign = authorised.sign === undefined ? {} : { sign: authorised.sign };
    const route = { generation, declared, headers, ...sign, ...tls };
    const left = pace === undefined ? {} : { left: () => pace.left() };
    return this.#request(filled.request, { ...route, ...left });
  }

  async #sendLogIn(
    request: HttpRequest,
    { adapter, generation }: Pick<LogInSource, "adapter" | "generation">,
    declared: readonly string[],
  ): Promise<LogInAnswer> {
    // A session's log-in is built onto base-url, from environment values and constants alone.
    const own = declared.length > 0 ? declared : [request.url];
    const tls = this.#tlsOf(adapter);
    const route = { generation, declared: own, headers: [], session: true, ...tls } as const;
    const sent = await this.#request(request, route);
    if (sent.kind === "response") return sent;
    return { kind: "unreachable", reason: `log-in: ${sent.reason}` };
  }

  async #request(request: HttpRequest, route: Route): Promise<Sent> {
    const written = writeRequest(request, ...route.headers);
    if (written.kind === "refused") return refused(written.reason);
    const { clock, egress = [] } = this.#options;
    const egressList = [...egress, ...(route.generation.workspace.egress ?? [])];
    const declared = route.declared.flatMap((text) => addressAt(text)?.url ?? []);
    const judged = judgeEgress(written.address.url, declared, egressList);
    if (!judged.allowed) return refused(judged.reason);
    const limit = this.#options.responseLimit ?? responseLimit;
    const wire = route.sign === undefined ? written.wire : signed(written, route.sign);
    const exchanged = await exchange(this.#pools.of(written.address.origin, route.tls), wire, {
      clock,
      deadline: clock.now() + request.timeoutMs,
      responseLimit: limit,
      ...(route.left === undefined ? {} : { left: route.left }),
    });
    if (exchanged.kind !== "answer") return exchanged;
    const answered = toHttpResponse(exchanged.answer, limit, request.decode);
    const response = route.session === true ? answered : withoutCookies(answered);
    const unreadable = whyUnreadable(response);
    if (unreadable !== undefined) return { kind: "unknown", reason: unreadable };
    return { kind: "response", response };
  }

  #tlsOf(adapter: AdapterPlan): Pick<Route, "tls"> {
    const identity = this.#certificates.of(adapter);
    return identity === undefined ? {} : { tls: { ...identity, adapter: adapter.name } };
  }

  #baseUrl(adapter: AdapterPlan, generation: Generation): string {
    const env = environmentOf(generation, this.#options.secrets);
    const context = contextOf(generation, this.#options.clock.now(), "base-url", adapter.name);
    return textOf(adapter.baseUrl.evaluate({ env }, context)) ?? "";
  }
}

function signed(written: WrittenRequest, sign: NonNullable<Route["sign"]>): WireRequest {
  const { wire } = written;
  return { ...wire, headers: { ...wire.headers, ...sign(written) } };
}

function withoutCookies(response: HttpResponse): HttpResponse {
  if (response.headers["set-cookie"] === undefined) return response;
  const { "set-cookie": _, ...headers } = response.headers;
  return { ...response, headers };
}

function refused(reason: string): Sent {
  return { kind: "not-sent", reason, refused: true };
}

/** Our own errors by code and place only: an expression's message may quote what it was given. */
function describeOwn(error: unknown, what: string): string {
  if (error instanceof ExpressionError) {
    const { file, line, column } = error.at;
    return `${what} cannot be evaluated at ${file}:${line}:${column} (${error.code})`;
  }
  if (error instanceof FlowError) return error.message;
  return `${what} cannot be evaluated`;
}
