import type { Dispatcher } from "undici";
import type { Clock } from "../../ports/clock.ts";
import type { Instant } from "../../model/json.ts";
import { forbiddenAddress } from "./pools.ts";
import type { WireAnswer } from "./response.ts";

/** One request as it goes over the wire. */
export interface WireRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export interface ExchangeLimits {
  readonly clock: Clock;
  /** By then the whole answer is there, or the exchange ends. */
  readonly deadline: Instant;
  /** Largest response body in bytes. */
  readonly responseLimit: number;
  /** Hears when the request is handed to a socket. */
  readonly left?: () => void;
}

/** What one request on the wire came to. */
export type Exchanged =
  | { readonly kind: "answer"; readonly answer: WireAnswer }
  | {
      readonly kind: "not-sent";
      readonly reason: string;
      /** Our own rules forbid the address that the name leads to. */
      readonly refused?: true;
    }
  | { readonly kind: "unknown"; readonly reason: string };

/**
 * Sends one request and reads the whole answer. `not-sent` only while no connection had taken the
 * request: from the moment it is handed to a socket, whatever goes wrong is `unknown`. Never rejects.
 */
export function exchange(
  dispatcher: Pick<Dispatcher, "dispatch">,
  request: WireRequest,
  limits: ExchangeLimits,
): Promise<Exchanged> {
  return new Promise((resolve) => {
    const handler = new ExchangeHandler(limits, resolve);
    try {
      dispatcher.dispatch(
        {
          method: request.method,
          path: request.path,
          headers: request.headers,
          body: request.body ?? null,
        },
        handler,
      );
    } catch (error) {
      handler.fail(error);
    }
  });
}

/**
 * Below `pool.request` on purpose: only here does undici say when a request is handed to a socket,
 * and it is a quarter cheaper.
 */
class ExchangeHandler implements Dispatcher.DispatchHandler {
  readonly #limits: ExchangeLimits;
  readonly #cancelDeadline: () => void;
  readonly #chunks: Buffer[] = [];
  #settle: ((outcome: Exchanged) => void) | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #head: Pick<WireAnswer, "status" | "headers"> | undefined;
  #size = 0;

  constructor(limits: ExchangeLimits, settle: (outcome: Exchanged) => void) {
    this.#limits = limits;
    this.#settle = settle;
    this.#cancelDeadline = limits.clock.schedule(limits.deadline, () => this.#expire());
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // It waited for a connection until its deadline: taken back before the first byte.
    if (this.#settle === undefined) controller.abort(new Error("deadline"));
    else {
      this.#controller = controller;
      this.#limits.left?.();
    }
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: WireAnswer["headers"],
  ): void {
    // 1xx: the answer is yet to come.
    if (status < 200) return;
    this.#head = { status, headers };
    const announced = Number(headers["content-length"] ?? 0);
    if (announced > this.#limits.responseLimit) this.#refuseSize(controller);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#size += chunk.length;
    if (this.#size > this.#limits.responseLimit) this.#refuseSize(controller);
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    if (this.#head === undefined) return this.fail(new Error("no answer"));
    this.#end({
      kind: "answer",
      answer: { ...this.#head, bytes: Buffer.concat(this.#chunks, this.#size) },
    });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.fail(error);
  }

  fail(error: unknown): void {
    const reason = describeError(error);
    if (this.#controller !== undefined) return this.#end({ kind: "unknown", reason });
    const refused = errorCode(error) === forbiddenAddress ? ({ refused: true } as const) : {};
    this.#end({ kind: "not-sent", reason, ...refused });
  }

  #refuseSize(controller: Dispatcher.DispatchController): void {
    const reason = `the answer is larger than ${this.#limits.responseLimit} bytes`;
    this.#end({ kind: "unknown", reason });
    controller.abort(new Error(reason));
  }

  #expire(): void {
    const controller = this.#controller;
    if (controller === undefined) {
      this.#end({ kind: "not-sent", reason: "no connection was free before the deadline" });
    } else {
      const what = this.#head === undefined ? "no answer" : "only a part of the answer";
      this.#end({ kind: "unknown", reason: `${what} came before the deadline` });
      controller.abort(new Error("deadline"));
    }
  }

  #end(outcome: Exchanged): void {
    const settle = this.#settle;
    if (settle === undefined) return;
    this.#settle = undefined;
    this.#cancelDeadline();
    settle(outcome);
  }
}

const sentences: Readonly<Record<string, string>> = {
  ECONNREFUSED: "the connection was refused",
  ECONNRESET: "the connection was reset",
  EPIPE: "the connection was closed while the request was written",
  ENOTFOUND: "the host name is not known",
  EAI_AGAIN: "the host name could not be looked up",
  EHOSTUNREACH: "the host cannot be reached",
  ENETUNREACH: "the network cannot be reached",
  ETIMEDOUT: "the connection timed out",
  [forbiddenAddress]: "the host name leads to a link-local or metadata address",
  DEPTH_ZERO_SELF_SIGNED_CERT: "the partner's certificate is signed by itself alone",
  SELF_SIGNED_CERT_IN_CHAIN: "the partner's certificate is of an unknown authority",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "the partner's certificate is of an unknown authority",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "the partner's certificate is of an unknown authority",
  CERT_HAS_EXPIRED: "the partner's certificate has expired",
  ERR_TLS_CERT_ALTNAME_INVALID: "the partner's certificate is for another host name",
  UND_ERR_CONNECT_TIMEOUT: "the connection timed out before it was made",
  UND_ERR_SOCKET: "the connection was closed before the answer was complete",
  UND_ERR_DESTROYED: "the engine is stopping",
  UND_ERR_CLOSED: "the engine is stopping",
};

/** A sentence without the request's own words: they may hold credentials. */
function describeError(error: unknown): string {
  const code = errorCode(error);
  if (/^ERR_SSL_.*ALERT/.test(code)) return `the partner refused the TLS handshake (${code})`;
  return sentences[code] === undefined
    ? `the exchange failed (${code})`
    : `${sentences[code]} (${code})`;
}

function errorCode(error: unknown): string {
  if (typeof error !== "object" || error === null) return "unknown error";
  if ("code" in error && typeof error.code === "string") return error.code;
  return error instanceof Error ? error.name : "unknown error";
}
