import type { Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { Clock } from "../../ports/clock.ts";
import { Incoming } from "./incoming.ts";
import { createHttpServer } from "./node-http.ts";

/** An address to listen at; port 0 is any free one. */
export interface Place {
  readonly host: string;
  readonly port: number;
}

/** What becomes of requests, wherever they come in. Neither rejects. */
export interface Handler {
  readonly serve: (
    incoming: Incoming,
    response: ServerResponse,
    listener: Pick<Listener, "isListening">,
  ) => Promise<void>;
  /** What is no HTTP, or too slow or too long to be one. */
  readonly refuse: (error: Error, socket: Duplex) => Promise<void>;
  readonly clock: Clock;
  /** How long headers and the whole request may take, in milliseconds; 10 s and 30 s unless told. */
  readonly patience?: { readonly headersMs: number; readonly requestMs: number };
}

/** One address that is listened at. */
export interface Listener {
  /** Such as `http://127.0.0.1:8080`. */
  readonly url: string;
  /** False from when it closes on. */
  isListening(): boolean;
  /** Takes no new connection, ends the idle ones, and waits for the others at most `drainMs`. */
  close(drainMs: number): Promise<void>;
}

/** Whoever sends headers or body drop by drop is cut off after these. */
const headersTimeoutMs = 10_000;
const requestTimeoutMs = 30_000;
const keepAliveTimeoutMs = 5_000;
export const maxHeaderBytes = 16 * 1024;
/** Each costs memory even when it says nothing; node closes what comes beyond. */
const connectionsMax = 5_000;

/** Starts to listen. Rejects when the address cannot be had, as the system says it. */
export async function openListener(place: Place, handler: Handler): Promise<Listener> {
  const { headersMs = headersTimeoutMs, requestMs = requestTimeoutMs } = handler.patience ?? {};
  const server = createHttpServer(
    {
      headersTimeout: headersMs,
      requestTimeout: requestMs,
      keepAliveTimeout: keepAliveTimeoutMs,
      connectionsCheckingInterval: Math.min(2_000, headersMs / 4),
      maxHeaderSize: maxHeaderBytes,
      requireHostHeader: true,
    },
    (request, response) => {
      void handler.serve(new Incoming(request), response, listener);
    },
  );
  const listener = { isListening: () => server.listening };
  server.on("clientError", (error, socket) => {
    void handler.refuse(error, socket);
  });
  server.maxConnections = connectionsMax;
  await listen(server, place);
  return {
    ...listener,
    url: urlOf(server),
    close: async (drainMs) => close(server, handler.clock, drainMs),
  };
}

export const isSamePlace = (a: Place, b: Place): boolean => a.host === b.host && a.port === b.port;

async function listen(server: Server, { host, port }: Place): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function urlOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo;
  return `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;
}

async function close(server: Server, clock: Clock, drainMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeIdleConnections();
  const cancel = clock.schedule(clock.now() + drainMs, () => server.closeAllConnections());
  await closed;
  cancel();
}
