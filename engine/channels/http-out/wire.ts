import type { Delivery } from "../../model/delivery.ts";
import type { AdapterPlan } from "../../model/plan/adapter.ts";
import type { HttpRequest } from "../../model/request.ts";
import { type Address, addressAt, addressOf } from "./addresses.ts";
import { appendQuery, encodeBody } from "./encode.ts";
import type { WireRequest } from "./exchange.ts";

/** A request as it goes out, with its place. */
export interface WrittenRequest {
  readonly address: Address;
  readonly wire: WireRequest;
}

/** A request with its place, or the sentence that says why it cannot be written. */
export type Written =
  | ({ readonly kind: "request" } & WrittenRequest)
  | { readonly kind: "refused"; readonly reason: string };

/** Framing and connection are ours; what a spec says of them is left out. */
const ownHeaders = new Set([
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
const headerName = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
// RFC 9110 field-value: no control character but the tab, so nothing can start a header of its own.
const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Writes a request; of headers given twice, the later of `more` wins. */
export function writeRequest(
  request: HttpRequest,
  ...more: readonly Readonly<Record<string, string>>[]
): Written {
  const address = addressOfRequest(request);
  if (address === undefined) {
    return { kind: "refused", reason: "the request's URL is not an absolute URL" };
  }
  const { body, contentType, refused } = encodeBody(request);
  if (refused !== undefined) return { kind: "refused", reason: refused };
  const headers: Record<string, string> = {
    accept: "application/json, */*;q=0.5",
    "user-agent": "sluice",
    ...(contentType === undefined ? {} : { "content-type": contentType }),
  };
  for (const given of [request.headers, ...more]) {
    const reason = addHeaders(headers, given);
    if (reason !== undefined) return { kind: "refused", reason };
  }
  // Its boundary is what makes the body readable.
  if (request.encode === "multipart" && contentType !== undefined) {
    headers["content-type"] = contentType;
  }
  return {
    kind: "request",
    address,
    wire: {
      method: request.method,
      path: address.path,
      headers,
      ...(body === undefined ? {} : { body }),
    },
  };
}

/** Adds what may be sent; the sentence that says why not, where one of them may not. */
function addHeaders(
  headers: Record<string, string>,
  given: Readonly<Record<string, string>>,
): string | undefined {
  for (const rawName in given) {
    const value = given[rawName] ?? "";
    const name = rawName.toLowerCase();
    if (ownHeaders.has(name)) continue;
    if (!headerName.test(name)) return `"${printable(name)}" is no header name`;
    if (!headerValue.test(value)) {
      return `header "${name}" holds a line break or a character beyond Latin-1`;
    }
    headers[name] = value;
  }
  return undefined;
}

function addressOfRequest({ url: text, query }: HttpRequest): Address | undefined {
  const address = addressAt(text);
  if (address === undefined || query === undefined) return address;
  const url = new URL(address.url);
  appendQuery(url, query);
  return addressOf(url);
}

/** Our key for the effect of a write, where the partner wants it and as it is to be written. */
export function idempotencyKey(delivery: Delivery, adapter: AdapterPlan) {
  const { effectKey, operation, read } = delivery;
  const plan = adapter.operations[operation]?.idempotent ?? adapter.idempotent;
  if (read || plan === undefined || effectKey === undefined) return undefined;
  const { as, body, header, query } = plan;
  return { body, header, query, value: as === "uuid" ? uuidOf(effectKey) : effectKey };
}

/** A name-based UUID (RFC 9562) of a digest: the same digest, the same UUID. */
function uuidOf(digest: string): string {
  const variant = ((Number.parseInt(digest.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  return [
    digest.slice(0, 8),
    digest.slice(8, 12),
    `5${digest.slice(13, 16)}`,
    `${variant}${digest.slice(17, 20)}`,
    digest.slice(20, 32),
  ].join("-");
}

/** What ties a delivery to its effect, its trace and its business case on the wire. */
export function identityHeaders(
  delivery: Delivery,
  adapter: AdapterPlan,
): Readonly<Record<string, string>> {
  const key = idempotencyKey(delivery, adapter);
  return {
    ...(key?.header === undefined ? {} : { [key.header]: key.value }),
    ...(delivery.context === undefined ? {} : { baggage: baggage(delivery, delivery.context) }),
    traceparent: delivery.traceparent,
    "x-correlation-id": delivery.correlationId,
  };
}

/** W3C Baggage: `key=value` members, values percent-encoded. What the flow declares counts last. */
function baggage(
  { correlationId, flow, laneKey }: Delivery,
  context: Readonly<Record<string, string>>,
): string {
  const own: Record<string, string> = { correlation: correlationId, flow };
  if (laneKey !== undefined) own["key"] = laneKey;
  const members: Readonly<Record<string, string>> = { ...own, ...context };
  let text = "";
  for (const name in members) {
    if (text !== "") text += ",";
    text += `${encodeURIComponent(name)}=${encodeURIComponent(members[name] ?? "")}`;
  }
  return text;
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?").slice(0, 60);
}
