import type { JsonObject } from "../../../model/json.ts";
import { type EstateRequest, jsonBody, objectAt, Refused, type Reply } from "../exchange.ts";

export function failed(status: number, error: string, description: string): Reply {
  return { status, body: { error, description } };
}

export function recordNotFound(): Refused {
  return new Refused(failed(404, "RecordNotFound", "Not found"));
}

export function recordInvalid(field: string, description: string, error: string): Refused {
  const details = { [field]: [{ description, error }] };
  const body = { error: "RecordInvalid", description: "Record validation errors", details };
  return new Refused({ status: 422, body });
}

/** The object under its name, as in `{ "ticket": { … } }`. */
export function bodyOf(request: EstateRequest, name: string): JsonObject {
  const body = jsonBody(request);
  const inner = body === undefined ? undefined : objectAt(body, name);
  if (inner !== undefined) return inner;
  throw new Refused(failed(400, "InvalidParameter", `the body needs an object "${name}"`));
}
