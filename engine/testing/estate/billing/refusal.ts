import type { JsonObject } from "../../../model/json.ts";
import { Refused, type Reply, stringAt } from "../exchange.ts";

interface BillingError {
  readonly type: "invalid_request_error" | "idempotency_error" | "card_error" | "api_error";
  readonly message: string;
  readonly code?: string;
  readonly param?: string;
}

export function errorReply(status: number, error: BillingError): Reply {
  return { status, body: { error: { ...error } } };
}

export function invalid(message: string, more: { code?: string; param?: string } = {}): Refused {
  return new Refused(errorReply(400, { type: "invalid_request_error", message, ...more }));
}

/** `status` is 404 for the object in the path, 400 for one that a parameter names. */
export function missing(kind: string, id: string, param?: string): Refused {
  const message = `No such ${kind}: '${id}'`;
  const more = param === undefined ? {} : { param };
  const error = { type: "invalid_request_error", message, code: "resource_missing" } as const;
  return new Refused(errorReply(param === undefined ? 404 : 400, { ...error, ...more }));
}

export function required(form: JsonObject, param: string): string {
  const value = stringAt(form, param);
  if (value !== undefined) return value;
  throw invalid(`Missing required param: ${param}.`, { code: "parameter_missing", param });
}

/** A whole number of minor units, or of things. */
export function integerAt(form: JsonObject, param: string): number {
  const value = Number(required(form, param));
  if (Number.isSafeInteger(value)) return value;
  throw invalid(`Invalid integer: ${param}`, { code: "parameter_invalid_integer", param });
}
