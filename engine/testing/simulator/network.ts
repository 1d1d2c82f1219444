import type { createTransport } from "../../channels/http-out/index.ts";
import type { Instant, Json } from "../../model/json.ts";
import { type Random, streamOf } from "../estate/random.ts";
import type { VirtualClock } from "../virtual-clock.ts";
import {
  type Host,
  hosts,
  type PartnerReply,
  type PartnerRequest,
  type Partners,
} from "./partners.ts";
import type { Trace } from "./trace.ts";
import type { Weather } from "./weather.ts";

type Wire = ReturnType<NonNullable<Parameters<typeof createTransport>[0]["wire"]>>;
type DispatchOptions = Parameters<Wire["dispatch"]>[0];
type Handler = Parameters<Wire["dispatch"]>[1];
type Controller = Parameters<NonNullable<Handler["onRequestStart"]>>[0];

/** A request that left arrives within this time, or never: the adapters' `settle` is longer. */
const latencyMsMax = 8_000;

interface NetworkParts {
  readonly seed: number;
  readonly clock: VirtualClock;
  readonly weather: Weather;
  readonly partners: Partners;
  readonly trace: Trace;
  /** Hears of each request that a process hands to a socket, but for log-ins. */
  readonly left: (host: Host) => void;
}

/** Does it when a process is at work, and never once it is dead. */
type Awake = (work: () => void) => void;

/** One request on its way, and the process that waits for its answer. */
interface Exchange {
  readonly host: Host;
  readonly request: PartnerRequest;
  readonly handler: Handler;
  readonly controller: Controller;
  /** Does it when the process can take it in, if it still wants to. */
  readonly hears: Awake;
}

/** How long a partner is gone: longer than look-ups are tried. */
const [downMsMin, downMsMax] = [60_000, 300_000];

const maintenance: PartnerReply = {
  status: 200,
  body: "<!doctype html><title>We are back soon</title>",
};

/** The wires between the engine and its partners: they lose, delay and break, as real ones do. */

export class Network {
  readonly #parts: NetworkParts;
  readonly #luck: Random;
  readonly #downUntil = new Map<Host, Instant>();
  readonly #stormUntil = new Map<Host, Instant>();

  constructor(parts: NetworkParts) {
    this.#parts = parts;
    this.#luck = streamOf(parts.seed, "network");
  }

  down(host: Host, until: Instant): void {
    this.#downUntil.set(host, until);
  }

  storm(host: Host, until: Instant): void {
    this.#stormUntil.set(host, until);
  }

  heal(): void {
    this.#downUntil.clear();
    this.#stormUntil.clear();
  }

  /** The wire of one process: what comes back comes when the process is `awake`, and never once it is dead. */
  wireOf(awake: Awake): (origin: string) => Wire {
    return (origin) => {
      const name = new URL(origin).hostname.split(".")[0];
      const host = hosts.find((known) => known === name);
      if (host === undefined) throw new RangeError(`no partner at ${origin}`);
      return { dispatch: (options, handler) => this.#dispatch(host, options, handler, awake) };
    };
  }

  #dispatch(host: Host, options: DispatchOptions, handler: Handler, awake: Awake): boolean {
    const { weather, clock, trace } = this.#parts;
    const controller = new RequestController();
    const hears = (work: () => void): void =>
      awake(() => {
        if (!controller.aborted) work();
      });
    const exchange = { host, request: requestOf(options), handler, controller, hears };
    const isDown = (this.#downUntil.get(host) ?? 0) > clock.now();
    if (isDown || weather.strikes("refused-connection")) {
      trace.add(host, `refuses the connection: ${nameOf(exchange)}`);
      this.#later(2, () => fail(exchange, "ECONNREFUSED"));
      return true;
    }
    handler.onRequestStart?.(controller, {});
    if (!isLogIn(exchange.request)) this.#parts.left(host);
    if (weather.strikes("lost-request")) {
      trace.add(host, `never sees ${nameOf(exchange)}`);
      if (weather.luck("lost-request").next() < 0.5)
        this.#later(this.#latency(), () => fail(exchange, "ECONNRESET"));
      return true;
    }
    this.#later(this.#latency(), () => this.#arrive(exchange));
    return true;
  }

  #arrive(exchange: Exchange): void {
    const { weather, trace } = this.#parts;
    const refusal = this.#refusal(exchange.host);
    const reply = refusal ?? this.#parts.partners.answer(exchange.host, exchange.request);
    trace.add(exchange.host, `${nameOf(exchange)} -> ${reply.status}`);
    if (reply.status < 300 && isWrite(exchange.request) && weather.strikes("last-breath", 4)) {
      const forMs = downMsMin + weather.luck("last-breath").below(downMsMax - downMsMin);
      trace.add(exchange.host, `did it, and is gone for ${forMs} ms`);
      this.down(exchange.host, this.#parts.clock.now() + forMs);
      this.#later(this.#latency(), () => fail(exchange, "ECONNRESET"));
    } else if (weather.strikes("lost-answer")) {
      trace.add(exchange.host, `the answer is lost: ${nameOf(exchange)}`);
    } else if (weather.strikes("reset")) {
      this.#later(this.#latency(), () => fail(exchange, "ECONNRESET"));
    } else if (weather.strikes("gateway-error")) {
      // The gateway gave up; behind it, the partner has done what it was asked.
      this.#later(this.#latency(), () =>
        answer(exchange, { status: 502, body: { error: "bad gateway" } }),
      );
    } else if (weather.strikes("web-page", 0.5)) {
      // Something before the partner shows its own page, and a status that sounds well.
      this.#later(this.#latency(), () => answer(exchange, maintenance));
    } else {
      this.#later(this.#latency(), () => answer(exchange, reply));
    }
  }

  /** What the partner says instead of doing anything. */
  #refusal(host: Host): PartnerReply | undefined {
    const { weather, clock, partners } = this.#parts;
    if (weather.strikes("session-expired")) partners.expireSessions();
    if (weather.strikes("web-page", 0.5)) return maintenance;
    if (weather.strikes("partner-down")) return { status: 503, body: { error: "maintenance" } };
    const isStorm = (this.#stormUntil.get(host) ?? 0) > clock.now();
    if (!isStorm && !weather.strikes("rate-limit")) return undefined;
    const luck = weather.luck("rate-limit");
    const seconds = 1 + luck.below(luck.next() < 0.3 ? 90 : 20);
    const headers = luck.next() < 0.8 ? { "retry-after": String(seconds) } : {};
    return { status: 429, headers, body: { error: "slow down" } };
  }

  #latency(): number {
    const isSlow = this.#parts.weather.strikes("slow-network", 2);
    return 1 + this.#luck.below(isSlow ? latencyMsMax : 60);
  }

  #later(ms: number, act: () => void): void {
    this.#parts.clock.schedule(this.#parts.clock.now() + ms, act);
  }
}

function answer(
  { handler, controller, hears }: Exchange,
  { status, headers, body }: PartnerReply,
): void {
  const isPage = typeof body === "string";
  const bytes = Buffer.from(isPage ? body : JSON.stringify(body));
  const head = {
    "content-type": isPage ? "text/html" : "application/json",
    "content-length": String(bytes.length),
    ...headers,
  };
  hears(() => {
    handler.onResponseStart?.(controller, status, head);
    handler.onResponseData?.(controller, bytes);
    handler.onResponseEnd?.(controller, {});
  });
}

function fail({ handler, controller, hears }: Exchange, code: string): void {
  hears(() => handler.onResponseError?.(controller, Object.assign(new Error(code), { code })));
}

class RequestController {
  aborted = false;
  readonly paused = false;
  reason: Error | null = null;

  abort(reason: Error): void {
    this.aborted = true;
    this.reason = reason;
  }

  pause(): void {}

  resume(): void {}
}

function requestOf({ method, path, headers, body }: DispatchOptions): PartnerRequest {
  const url = new URL(path, "http://partner.test");
  const given = Object.entries(headers ?? {}).map(([name, value]): [string, string] => [
    name.toLowerCase(),
    String(value),
  ]);
  return {
    method,
    path: url.pathname,
    query: url.searchParams,
    headers: Object.fromEntries(given),
    body: bodyOf(body),
  };
}

function bodyOf(body: unknown): Json {
  if (typeof body !== "string") return null;
  return body.startsWith("{") ? (JSON.parse(body) as Json) : body;
}

function isWrite(request: PartnerRequest): boolean {
  return request.method !== "GET" && !isLogIn(request);
}

function isLogIn({ path }: PartnerRequest): boolean {
  return path === "/token" || path === "/login";
}

function nameOf({ request }: Pick<Exchange, "request">): string {
  const { method, path, query, body } = request;
  const what = isLogIn(request) ? "" : ` ${JSON.stringify(body ?? query.get("ref"))}`;
  return `${method} ${path}${what}`;
}
