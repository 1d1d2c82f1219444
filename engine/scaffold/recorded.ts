import { isJsonObject, type Json, type JsonObject } from "../model/json.ts";
import {
  type Endpoint,
  isIdempotency,
  objectAt,
  type VendorApi,
  type VendorAuth,
} from "./vendor-api.ts";

interface Exchange {
  readonly method: string;
  readonly url: URL;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Of JSON its value, of forms an example of it. */
  readonly request?: Json;
  readonly encode?: "form" | "multipart";
  readonly response?: Json;
}

/** Reads recorded traffic: a HAR, or a list of `{ request, response }`. Undefined for anything else. */
export function readRecorded(document: Json): VendorApi | undefined {
  const entries = isJsonObject(document) ? objectAt(document, "log")["entries"] : document;
  if (!Array.isArray(entries)) return undefined;
  const exchanges = (entries as readonly Json[]).flatMap((entry) => exchangeOf(entry) ?? []);
  if (exchanges.length === 0) return undefined;
  const grouped = new Map<string, Exchange[]>();
  for (const one of exchanges) {
    const key = `${one.method} ${templateOf(one.url.pathname)}`;
    grouped.set(key, [...(grouped.get(key) ?? []), one]);
  }
  return {
    baseUrl: exchanges[0]?.url.origin ?? "",
    auth: authOf(exchanges),
    endpoints: [...grouped].map(([key, all]) => endpointOf(key, all)),
  };
}

function exchangeOf(entry: Json): Exchange | undefined {
  if (!isJsonObject(entry)) return undefined;
  const [request, response] = [objectAt(entry, "request"), objectAt(entry, "response")];
  const { method } = request;
  const url = typeof request["url"] === "string" ? URL.parse(request["url"]) : null;
  const status = Number(response["status"]);
  if (typeof method !== "string" || url === null || !(status >= 200 && status < 300))
    return undefined;
  const { encode, value: sent } = sentIn(request);
  const got = bodyOf(objectAt(response, "content")["text"] ?? response["body"]);
  return {
    method: method.toLowerCase(),
    url,
    headers: headersOf(request["headers"]),
    ...(encode === undefined ? {} : { encode }),
    ...(sent === undefined ? {} : { request: sent }),
    ...(got === undefined ? {} : { response: got }),
  };
}

/** What was sent: a form by its pairs, form data by its parts, all else as JSON. */
function sentIn(request: JsonObject): Pick<Exchange, "encode"> & { readonly value?: Json } {
  const post = objectAt(request, "postData");
  const [text, list] = [post["text"], post["params"]];
  const params = Array.isArray(list) ? (list as readonly Json[]).filter(isJsonObject) : [];
  const type = textOf(post["mimeType"]);
  if (/^application\/x-www-form-urlencoded/i.test(type)) {
    const pairs =
      params.length > 0
        ? params.map((one): [string, string] => [textOf(one["name"]), textOf(one["value"])])
        : [...new URLSearchParams(textOf(text))];
    return { encode: "form", value: Object.fromEntries(pairs) };
  }
  if (/^multipart\/form-data/i.test(type)) {
    const parts = params.map((one): [string, Json] => [
      textOf(one["name"]),
      one["fileName"] === undefined ? "" : { filename: "", type: "", base64: "" },
    ]);
    return { encode: "multipart", value: Object.fromEntries(parts) };
  }
  const value = bodyOf(text ?? request["body"]);
  return value === undefined ? {} : { value };
}

/** JSON, as a value or as text; anything else says nothing of its shape. */
function bodyOf(value: Json | undefined): Json | undefined {
  if (typeof value !== "string") return value ?? undefined;
  try {
    return JSON.parse(value) as Json;
  } catch {
    return undefined;
  }
}

const textOf = (value: Json | undefined): string => (typeof value === "string" ? value : "");

function headersOf(headers: Json | undefined): Exchange["headers"] {
  const pairs: readonly (readonly [string, Json | undefined])[] = Array.isArray(headers)
    ? (headers as readonly Json[])
        .filter(isJsonObject)
        .map((one) => [textOf(one["name"]), one["value"]])
    : Object.entries(isJsonObject(headers) ? headers : {});
  return pairs.map(([name, value]) => [name, textOf(value)]);
}

/** Headers that hold a key by their name: `X-Api-Key`, `api-token`, `X-Shop-Access-Token`. */
const keyHeader =
  /(?:^|[-_])(?:api[-_]?key|api[-_]?token|access[-_]?token|auth[-_]?token|apikey)$/i;

function authOf(exchanges: readonly Exchange[]): VendorAuth {
  const headers = exchanges.flatMap((one) => one.headers);
  const given = headers.find(([name]) => name.toLowerCase() === "authorization")?.[1] ?? "";
  if (/^basic /i.test(given)) return { kind: "basic" };
  if (/^bearer /i.test(given)) return { kind: "bearer" };
  if (/^oauth /i.test(given)) return { kind: "oauth1" };
  const key = given === "" ? headers.find(([name]) => keyHeader.test(name))?.[0] : "Authorization";
  return key === undefined ? { kind: "none" } : { kind: "header", name: key };
}

/** Segments that look like ids stand for any. */
const templateOf = (path: string): string =>
  path
    .split("/")
    .map((part) => (/^\d+$|^[0-9a-f-]{16,}$|\d{3,}/i.test(part) ? "{id}" : part))
    .join("/");

function endpointOf(key: string, all: readonly Exchange[]): Endpoint {
  const [method = "", path = ""] = key.split(" ");
  const requests = all.flatMap(({ request }) => (request === undefined ? [] : [request]));
  const [encode] = all.flatMap((one) => one.encode ?? []);
  const [idempotency] = all.flatMap(({ headers }) =>
    headers.flatMap(([name]) => (isIdempotency(name) ? [name] : [])),
  );
  const responses = all.flatMap(({ response }) => (response === undefined ? [] : [response]));
  return {
    method,
    path,
    ...(requests.length === 0 ? {} : { request: shapeOf(requests) }),
    ...(encode === undefined ? {} : { encode }),
    ...(idempotency === undefined ? {} : { idempotency: { header: idempotency } }),
    ...(responses.length === 0 ? {} : { response: shapeOf(responses) }),
  };
}

/** A schema that all these values keep: their types and names, never the values themselves. */
function shapeOf(values: readonly Json[]): Json {
  const types = new Set(values.map(typeOf));
  if (types.has("number")) types.delete("integer");
  const schema: Record<string, Json> = {
    type: types.size === 1 ? ([...types][0] ?? "null") : [...types],
  };
  const objects = values.filter(isJsonObject);
  if (objects.length > 0) {
    const names = new Set(objects.flatMap((one) => Object.keys(one)));
    const always = [...names].filter((name) => objects.every((one) => one[name] !== undefined));
    if (always.length > 0) schema["required"] = always;
    schema["properties"] = Object.fromEntries(
      [...names].map((name) => [name, shapeOf(present(objects, name))]),
    );
  }
  const items = values.flatMap((value) => (Array.isArray(value) ? (value as readonly Json[]) : []));
  if (items.length > 0) schema["items"] = shapeOf(items);
  return schema;
}

const present = (objects: readonly JsonObject[], name: string): readonly Json[] =>
  objects.flatMap((one) => (one[name] === undefined ? [] : [one[name]]));

function typeOf(value: Json): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}
