import type { ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { StoreError } from "../../errors/flow-error.ts";
import type { Generation } from "../../model/plan/generation.ts";
import { authoriseAdmin } from "./access.ts";
import { handleAdmin } from "./admin.ts";
import { handleApi } from "./api.ts";
import type { HandlerContext } from "./context.ts";
import {
  type Handler,
  isSamePlace,
  type Listener,
  maxHeaderBytes,
  openListener,
  type Place,
} from "./listener.ts";
import { Meter } from "./meter.ts";
import type { Incoming } from "./incoming.ts";
import { writeMetrics } from "./metrics.ts";
import { STATUS_CODES } from "./node-http.ts";
import { problemReply, Refusal, type Reply } from "./problem.ts";
import { RateGate } from "./rate-gate.ts";
import { RefusalAudit } from "./refusal-audit.ts";
import type { ServerOptions } from "./server-options.ts";
import { handleWebhook } from "./webhook.ts";

/** A listening server. */
export interface HttpServer {
  /** Where it listens now, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  /**
   * Listens also where the generation has it, before it is the current one; undefined where that is no
   * other place. Rejects when that cannot be had, as the system says it.
   */
  prepare(generation: Generation): Promise<Move | undefined>;
  /** Takes no new connection, ends the idle ones, and waits for the others at most `drainMs`. */
  close(drainMs?: number): Promise<void>;
}

/** Another address that is listened at, until one of the two is left. */
export interface Move {
  /** The new one stays; what the old one has begun ends there. */
  take(): void;
  /** The old one stays. */
  drop(): Promise<void>;
}

const defaultHost = "127.0.0.1";
const defaultPort = 8080;
const defaultDrainMs = 10_000;

/**
 * Starts to listen. Webhooks, APIs of flows, the admin API, health, metrics: one plain `node:http`
 * server, measured at two thirds of the cost of a framework. Rejects when the port is taken.
 */
export async function createServer(options: ServerOptions): Promise<HttpServer> {
  const context: HandlerContext = {
    ...options,
    meter: options.meter ?? new Meter(),
    rates: new RateGate(),
  };
  const audit = new RefusalAudit(context);
  const serve: Handler["serve"] = async (incoming, response, { isListening }) => {
    const reply = await answer(incoming, context, audit);
    if (!isListening()) response.setHeader("connection", "close");
    // A body that was refused half-read is read on and thrown away by node, within its time-out: to
    // close at once would take the answer away from its sender.
    try {
      send(response, reply);
    } catch (error) {
      // What cannot be written must not end the process: the sender sees a broken connection.
      const reason = error instanceof Error ? error.message : String(error);
      options.log.write("error", "an answer could not be written", { reason });
      response.destroy();
    }
  };
  const handler: Handler = {
    serve,
    refuse: (error, socket) => refuseBroken(error, socket, audit),
    clock: options.clock,
    ...(options.patience === undefined ? {} : { patience: options.patience }),
  };
  const open = async (place: Place): Promise<Listener> => {
    const listener = await openListener(place, handler);
    options.log.write("info", "listening", { url: listener.url });
    return listener;
  };
  let place = placeOf(options, options.engine.generation());
  let listener = await open(place);
  const ending = new Set<Promise<void>>();
  const end = (old: Listener, drainMs: number): Promise<void> => {
    const ended = old.close(drainMs).finally(() => ending.delete(ended));
    ending.add(ended);
    return ended;
  };
  return {
    get url() {
      return listener.url;
    },
    prepare: async (generation) => {
      const next = placeOf(options, generation);
      if (isSamePlace(next, place)) return undefined;
      const opened = await open(next);
      return {
        take: () => {
          const old = listener;
          [listener, place] = [opened, next];
          void end(old, defaultDrainMs);
        },
        drop: () => end(opened, 0),
      };
    },
    close: async (drainMs = defaultDrainMs) => {
      await Promise.all([end(listener, drainMs), ...ending]);
    },
  };
}

/** Where it listens: as it was told, else as the workspace says. */
function placeOf(options: ServerOptions, { workspace: { server } }: Generation): Place {
  return {
    host: options.host ?? server?.host ?? defaultHost,
    port: options.port ?? server?.port ?? defaultPort,
  };
}

/** What is no HTTP, or too slow or too long to be one, is refused in the same form as all else. */
async function refuseBroken(error: Error, socket: Duplex, audit: RefusalAudit): Promise<void> {
  const refusal = brokenRequest("code" in error ? String(error.code) : "");
  // Whoever went away in the middle hears nothing, and is no news.
  if (refusal === undefined || !socket.writable) {
    socket.destroy();
    return;
  }
  const remote = "remoteAddress" in socket ? String(socket.remoteAddress) : "";
  await audit.write({ method: "?", path: "?", remote }, refusal);
  const { status, headers, body } = problemReply(refusal);
  const text = JSON.stringify(body);
  const lines = Object.entries({ ...headers, "content-length": Buffer.byteLength(text) });
  const head = [...lines, ["connection", "close"]].map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head.join("")}\r\n${text}`);
}

function brokenRequest(code: string): Refusal | undefined {
  switch (code) {
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return new Refusal("http-in/timeout", "the request took too long to arrive");
    case "HPE_HEADER_OVERFLOW":
      return new Refusal(
        "http-in/headers-too-large",
        `the headers are larger than ${maxHeaderBytes} bytes`,
        { more: { limit: maxHeaderBytes } },
      );
    case "ECONNRESET":
    case "EPIPE":
      return undefined;
    default:
      return new Refusal("http-in/bad-request", "the request is not HTTP/1.1 as it should be");
  }
}

/** Never rejects. */
async function answer(
  incoming: Incoming,
  context: HandlerContext,
  audit: RefusalAudit,
): Promise<Reply> {
  const startedAt = context.clock.now();
  let reply: Reply;
  try {
    reply = await route(incoming, context);
  } catch (error) {
    const refusal = refusalOf(error, context);
    await audit.write(incoming, refusal);
    reply = problemReply(refusal);
  }
  const area = areaOf(incoming.path);
  const ms = context.clock.now() - startedAt;
  const { status } = reply;
  context.meter.add("sluice_http_requests_total", { area, status: String(status) });
  context.meter.answered(area, ms);
  context.log.write("debug", "request answered", { method: incoming.method, area, status, ms });
  return reply;
}

const areas: ReadonlySet<string> = new Set(["webhooks", "api", "admin", "health", "metrics"]);

/** What of us a path belongs to: its first segment. */
function areaOf(path: string): string {
  const end = path.indexOf("/", 1);
  const first = path.slice(1, end < 0 ? path.length : end);
  return path.startsWith("/") && areas.has(first) ? first : "other";
}

async function route(incoming: Incoming, context: HandlerContext): Promise<Reply> {
  const { path } = incoming;
  if (path === "/health/live") return { status: 200, body: { status: "up" } };
  // The port is had before the engine starts, so that a taken one stops it in time.
  if (!isBegun(context)) return readiness(context);
  if (path.startsWith("/webhooks/")) {
    const [, , adapter = "", webhook = "", ...rest] = path.split("/");
    if (rest.length === 0) return handleWebhook(incoming, [adapter, webhook], context);
  }
  if (path.startsWith("/api/")) return handleApi(incoming, context);
  if (path.startsWith("/admin/v1/")) return handleAdmin(incoming, context);
  if (path === "/health/ready") return readiness(context);
  if (path === "/metrics") {
    authoriseAdmin(incoming, false, context.engine.generation(), context.secrets).require(
      "engine.read",
    );
    const headers = { "content-type": "text/plain; version=0.0.4; charset=utf-8" };
    return { status: 200, headers, text: await writeMetrics(context) };
  }
  throw new Refusal("http-in/not-found", `there is nothing at "${path}"`);
}

/** Engines that are new no more: their whole status is not made for each request. */
const begun = new WeakSet<HandlerContext["engine"]>();

function isBegun({ engine }: HandlerContext): boolean {
  if (begun.has(engine)) return true;
  if (engine.status().state === "new") return false;
  begun.add(engine);
  return true;
}

function readiness({ engine }: HandlerContext): Reply {
  const { failure, generation, state } = engine.status();
  if (state === "running") return { status: 200, body: { status: "ready", generation } };
  const is = state === "new" ? "starting" : state;
  const why = failure === undefined ? `the engine is ${is}` : `the engine failed: ${failure}`;
  return problemReply(new Refusal("http-in/not-ready", why, { headers: { "retry-after": "5" } }));
}

/** What strangers are told of an error that is not theirs: that it is one, and no more. */
function refusalOf(error: unknown, { log }: HandlerContext): Refusal {
  if (error instanceof Refusal) return error;
  const reason = error instanceof Error ? error.message : String(error);
  if (error instanceof StoreError) {
    log.write("error", "the store cannot take a message", { code: error.code, reason });
    return new Refusal("http-in/store", "nothing can be stored now", {
      headers: { "retry-after": "10" },
    });
  }
  log.write("error", "a request failed", { reason });
  return new Refusal("http-in/internal", "the request failed; the log says why", {
    headers: { "retry-after": "10" },
  });
}

function send(response: ServerResponse, { body, headers = {}, status, text }: Reply): void {
  const isEmpty = status === 204 || status === 304;
  const payload = isEmpty ? "" : (text ?? JSON.stringify(body ?? null));
  response.writeHead(status, {
    "content-type": "application/json",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...safeHeaders(headers),
    ...(isEmpty ? {} : { "content-length": Buffer.byteLength(payload) }),
  });
  response.end(payload);
}

/** Answers of flows may hold text from messages: nothing of it starts a header of its own. */
function safeHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const safe: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name] ?? "";
    const lower = name.toLowerCase();
    if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(lower) || lower === "content-length") continue;
    if (lower === "transfer-encoding") continue;
    safe[lower] = value.replaceAll(/[^\t\x20-\x7e]/g, "?");
  }
  return safe;
}
