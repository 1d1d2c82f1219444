import type { Json, JsonObject } from "../../../model/json.ts";
import { type EstateRequest, jsonBody, Refused, type Reply, stringAt } from "../exchange.ts";
import { type Cents, centsOf } from "../money.ts";

export interface Violation {
  readonly code: string;
  readonly message: string;
  readonly field?: string;
  readonly details?: JsonObject;
}

/** The ERP's one form of error. */
export function errorReply(status: number, violation: Violation): Reply {
  return { status, body: { error: { ...violation } } };
}

/** A business refusal; of several, the first gives the code and all are in `details.violations`. */
export function refuse(first: Violation, ...others: readonly Violation[]): Refused {
  if (others.length === 0) return new Refused(errorReply(422, first));
  const violations = [first, ...others].map((one): Json => ({ ...one }));
  return new Refused(errorReply(422, { ...first, details: { ...first.details, violations } }));
}

export function notFound(what: string): Refused {
  return new Refused(errorReply(404, { code: "NOT_FOUND", message: `no such ${what}` }));
}

export function badRequest(field: string, message: string): Refused {
  return new Refused(errorReply(400, { code: "BAD_REQUEST", message, field }));
}

export function bodyOf(request: EstateRequest): JsonObject {
  const body = jsonBody(request);
  if (body === undefined) throw badRequest("", "the body is not a JSON object");
  return body;
}

export function textOf(body: JsonObject, field: string): string {
  const value = stringAt(body, field);
  if (value === undefined) throw badRequest(field, `${field} is required, as text`);
  return value;
}

/** Absent or null gives null; anything else but text is refused. */
export function textOrNull(body: JsonObject, field: string): string | null {
  const value = body[field] ?? null;
  if (value !== null && typeof value !== "string") throw badRequest(field, `${field} is no text`);
  return value;
}

export function centsAt(body: JsonObject, field: string): Cents {
  const cents = centsOf(textOf(body, field));
  if (cents === undefined) {
    throw badRequest(field, `${field} is no decimal text with at most two places, such as "10.50"`);
  }
  return cents;
}

export function countAt(body: JsonObject, field: string): number {
  const value = body[field];
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 1) {
    throw badRequest(field, `${field} is no whole number of at least 1`);
  }
  return value;
}

/** A percentage as hundredths of a percent; absent is none. */
export function percentAt(body: JsonObject, field: string): number {
  const text = textOrNull(body, field) ?? "0";
  const hundredths = centsOf(text);
  if (hundredths === undefined || hundredths < 0 || hundredths > 10_000) {
    throw badRequest(field, `${field} is no decimal text between 0 and 100`);
  }
  return hundredths;
}

/** Optimistic locking: the caller must name the version it read. */
export function checkVersion(body: JsonObject, version: number, required: boolean): void {
  const given = body["version"];
  if (given === undefined && !required) return;
  if (given === undefined) {
    const message = "version is required: read the record and send its version";
    throw new Refused(errorReply(428, { code: "VERSION_REQUIRED", message, field: "version" }));
  }
  if (given !== version) {
    const message = "the record was changed meanwhile";
    throw new Refused(errorReply(409, { code: "VERSION_CONFLICT", message, details: { version } }));
  }
}
