import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Json } from "../../model/json.ts";
import type { Agenda } from "./agenda.ts";
import type { EstateRequest, Partner, Reply } from "./exchange.ts";
import type { Fault } from "./faults.ts";
import type { Ledger, RequestRow } from "./ledger.ts";
import type { Limiter } from "./limiter.ts";
import { type System, systems } from "./system.ts";

interface Parts {
  readonly partners: Readonly<Record<System, Partner>>;
  readonly agenda: Agenda;
  readonly ledger: Ledger;
  readonly limits: Partial<Readonly<Record<System, Limiter>>>;
  readonly control: (request: EstateRequest) => Promise<Reply>;
}

const largestBody = 4 * 1024 * 1024;
const drips = 8;
const usualMs = 500;

/** Listens on 127.0.0.1, at `port` or any free one, for all partners and the control paths. */
export async function listen(parts: Parts, port = 0): Promise<Server> {
  const server = createServer((incoming, outgoing) => {
    answer(parts, incoming, outgoing).catch((error: unknown) => tell(outgoing, error));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return server;
}

export function urlOf(server: Server): string {
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
}

async function answer(
  parts: Parts,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const request = await read(incoming);
  const [, first = "", rest = ""] = /^\/([^/]*)(.*)$/.exec(request.path) ?? [];
  const inside = { ...request, path: rest === "" ? "/" : rest };
  if (first === "_estate") {
    await write(outgoing, await parts.control(inside));
    return;
  }
  const system = systems.find((name) => name === first);
  if (system === undefined) {
    await write(outgoing, { status: 404, body: { error: `no partner at /${first}` } });
    return;
  }
  await serve(parts, { system, request: inside, outgoing });
}

interface Call {
  readonly system: System;
  readonly request: EstateRequest;
  readonly outgoing: ServerResponse;
}

async function serve(parts: Parts, { system, request, outgoing }: Call): Promise<void> {
  const partner = parts.partners[system];
  const row = parts.ledger.openRequest({
    system,
    method: request.method,
    path: request.path,
    idempotencyKey: request.headers["idempotency-key"] ?? null,
    correlationId: request.headers["x-correlation-id"] ?? null,
    traceparent: request.headers["traceparent"] ?? null,
  });
  const wait = parts.limits[system]?.retryAfter(row.at);
  if (wait !== undefined) {
    row.fault = "over-limit";
    await deliver(parts.agenda, {
      fault: undefined,
      reply: partner.throttled(wait),
      row,
      outgoing,
    });
    return;
  }
  const fault = partner.faults.forRequest(request.method, request.path);
  row.fault = fault?.kind ?? null;
  const refusal = fault === undefined ? undefined : refusalOf(partner, fault);
  if (fault?.kind === "drop-before-commit") {
    drop(outgoing);
    return;
  }
  if (fault?.kind === "latency") await parts.agenda.wait(fault.ms ?? usualMs);
  const reply = refusal ?? parts.ledger.during(row, () => partner.answer(request));
  await deliver(parts.agenda, { fault, reply, row, outgoing });
}

/** What the partner says instead of doing anything. */
function refusalOf(partner: Partner, fault: Fault): Reply | undefined {
  if (fault.kind === "throttle") return partner.throttled(fault.retryAfter ?? 1);
  if (fault.kind === "error") return partner.unavailable(fault.status ?? 503);
  if (fault.kind === "error-in-200") return partner.unavailable(200);
  return fault.kind === "expire-session" ? partner.expireSessions() : undefined;
}

interface Answer {
  readonly fault: Fault | undefined;
  readonly reply: Reply;
  readonly row: RequestRow;
  readonly outgoing: ServerResponse;
}

async function deliver(agenda: Agenda, { fault, reply, row, outgoing }: Answer): Promise<void> {
  switch (fault?.kind) {
    case "drop-after-commit":
      drop(outgoing);
      return;
    case "hang-after-commit":
      await agenda.wait(fault.ms ?? usualMs);
      drop(outgoing);
      return;
    case "malformed":
      row.status = 200;
      await write(outgoing, { status: 200 }, cutOff(reply));
      return;
    case "slow-drip":
      row.status = reply.status;
      await drip(agenda, outgoing, reply, fault.ms ?? usualMs);
      return;
    default:
      row.status = reply.status;
      await write(outgoing, reply);
  }
}

function cutOff(reply: Reply): string {
  const text = textOf(reply.body ?? { ok: true });
  return text.slice(0, Math.max(1, Math.floor(text.length / 2)));
}

async function drip(
  agenda: Agenda,
  outgoing: ServerResponse,
  reply: Reply,
  ms: number,
): Promise<void> {
  const bytes = Buffer.from(reply.body === undefined ? "" : textOf(reply.body));
  outgoing.writeHead(reply.status, headersOf(reply, bytes.length));
  outgoing.flushHeaders();
  const size = Math.max(1, Math.ceil(bytes.length / drips));
  for (let from = 0; from < bytes.length; from += size) {
    await agenda.wait(ms / drips);
    outgoing.write(bytes.subarray(from, from + size));
  }
  outgoing.end();
}

function write(outgoing: ServerResponse, reply: Reply, text?: string): Promise<void> {
  const bytes = Buffer.from(text ?? (reply.body === undefined ? "" : textOf(reply.body)));
  return new Promise((resolve) => {
    outgoing.once("close", resolve);
    outgoing.writeHead(reply.status, headersOf(reply, bytes.length));
    outgoing.end(bytes);
  });
}

function headersOf(reply: Reply, length: number): Record<string, string | number> {
  const empty = reply.status === 204;
  const body = empty ? {} : { "content-type": "application/json", "content-length": length };
  return { ...body, ...reply.headers };
}

function textOf(body: Json): string {
  return JSON.stringify(body);
}

/** A mistake of the estate's own must not look like a fault that was asked for. */
function tell(outgoing: ServerResponse, error: unknown): void {
  if (outgoing.headersSent) drop(outgoing);
  else
    void write(outgoing, { status: 500, body: { error: `the estate failed: ${String(error)}` } });
}

/** Ends the connection as a crash does: a reset, not a farewell. */
function drop(outgoing: ServerResponse): void {
  const { socket } = outgoing;
  if (socket === null) return;
  socket.resetAndDestroy();
}

async function read(incoming: IncomingMessage): Promise<EstateRequest> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > largestBody) throw new RangeError("body too large");
    chunks.push(chunk);
  }
  const url = new URL(incoming.url ?? "/", "http://127.0.0.1");
  const headers = Object.entries(incoming.headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(", ") : (value ?? ""),
  ]);
  return {
    method: incoming.method ?? "GET",
    path: url.pathname,
    query: url.searchParams,
    headers: Object.fromEntries(headers) as Record<string, string>,
    text: Buffer.concat(chunks).toString(),
  };
}
