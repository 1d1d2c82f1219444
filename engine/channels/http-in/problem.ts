import { STATUS_CODES } from "./node-http.ts";
import { FlowError } from "../../errors/flow-error.ts";
import type { JsonObject } from "../../model/json.ts";

/** An HTTP answer as data. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON unless `text` is given. */
  readonly body?: unknown;
  readonly text?: string;
}

/** Codes of refusals with their status: one place, one meaning. */
const statuses = {
  "http-in/bad-request": 400,
  "http-in/bad-json": 400,
  "http-in/bad-body": 400,
  "http-in/bad-signature": 401,
  "http-in/old-signature": 401,
  "http-in/bad-token": 401,
  "http-in/unauthenticated": 401,
  "http-in/forbidden": 403,
  "http-in/timeout": 408,
  "http-in/headers-too-large": 431,
  "http-in/not-found": 404,
  "http-in/wrong-method": 405,
  "http-in/not-open": 409,
  "http-in/too-large": 413,
  "http-in/content-type": 415,
  "http-in/breaks-schema": 422,
  "http-in/unreadable": 422,
  "http-in/key-reused": 422,
  "http-in/busy": 429,
  "http-in/rate": 429,
  "http-in/internal": 500,
  "http-in/stopping": 503,
  "http-in/store": 503,
  "http-in/not-ready": 503,
  "http-in/no-keys": 503,
} as const;
export type RefusalCode = keyof typeof statuses;

interface RefusalOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Further members of the problem. */
  readonly more?: JsonObject;
  /** Who was refused, where that is known; for the audit trail. */
  readonly actor?: string;
}

/** A request that is answered with a problem (RFC 9457) and leaves nothing but an audit row. */
export class Refusal extends FlowError {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly more: JsonObject;
  readonly actor: string | undefined;
  override readonly code: RefusalCode;

  constructor(code: RefusalCode, detail: string, options: RefusalOptions = {}) {
    super(code, detail);
    this.code = code;
    this.status = statuses[code];
    this.headers = options.headers ?? {};
    this.more = options.more ?? {};
    this.actor = options.actor;
  }
}

/** The problem's reply. */
export function problemReply(refusal: Refusal): Reply {
  const { code, headers, message, more, status } = refusal;
  return {
    status,
    headers: { "content-type": "application/problem+json", ...headers },
    body: {
      type: "about:blank",
      title: STATUS_CODES[status],
      status,
      detail: message,
      code,
      ...more,
    },
  };
}
