import type { Instant, Json } from "./json.ts";

/** One HTTP request as decided: complete but for credentials, which `http-out` adds as it sends. */
export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Absolute URL without credentials; `query` is appended, percent-encoded. */
  readonly url: string;
  readonly query?: Readonly<Record<string, string | readonly string[]>>;
  readonly headers: Readonly<Record<string, string>>;
  /** Absent for no body. Encoded as `encode` says when it is sent. */
  readonly body?: Json;
  readonly encode:
    | "json"
    | "form"
    | "xml"
    | "text"
    | "ndjson"
    | "csv"
    | "multipart"
    | "base64"
    | "none";
  /** How a success is read, whatever its content type says; by that unless told. */
  readonly decode?: "json" | "ndjson" | "csv" | "xml" | "text" | "base64";
  readonly timeoutMs: number;
}

/** A response as received; `body` is parsed JSON, parsed XML or text, by content type. */
export interface HttpResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Json;
}

/**
 * What became of one attempt, as the transport saw it. It does not judge: rules of the adapter do.
 * - `response`: any complete answer. `not-sent`: the partner cannot have seen it (refused
 *   connection, name not found, budget withdrawn). `unknown`: bytes left and no answer came, or a
 *   success that was cut off, or the process died between sending and recording. `unauthorized`:
 *   log-in itself failed.
 */
export type RawOutcome =
  | { readonly kind: "response"; readonly response: HttpResponse; readonly ms: number }
  | {
      readonly kind: "not-sent";
      readonly reason: string;
      readonly ms: number;
      /** It could not have left while its answer was of use: a retry could not either. */
      readonly late?: true;
      /** Our own rules forbid it (egress, a broken header, a missing secret): a retry cannot help. */
      readonly refused?: true;
    }
  | { readonly kind: "unknown"; readonly reason: string; readonly ms: number }
  | {
      readonly kind: "unauthorized";
      readonly reason: string;
      readonly ms: number;
      readonly retryAt?: Instant;
    };
