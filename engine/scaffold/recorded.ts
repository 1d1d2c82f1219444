import { isJsonObject, type Json, type JsonObject } from "../model/json.ts";
import { type Endpoint, objectAt, type VendorApi, type VendorAuth } from "./vendor-api.ts";

interface Exchange {
  readonly method: string;
  readonly url: URL;
  readonly authorization?: string;
  readonly request?: Json;
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
  const sent = bodyOf(objectAt(request, "postData")["text"] ?? request["body"]);
  const got = bodyOf(objectAt(response, "content")["text"] ?? response["body"]);
  const authorization = headerOf(request["headers"], "authorization");
  return {
    method: method.toLowerCase(),
    url,
    ...(authorization === undefined ? {} : { authorization }),
    ...(sent === undefined ? {} : { request: sent }),
    ...(got === undefined ? {} : { response: got }),
  };
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

function headerOf(headers: Json | undefined, name: string): string | undefined {
  const pairs: readonly (readonly [string, Json | undefined])[] = Array.isArray(headers)
    ? (headers as readonly Json[])
        .filter(isJsonObject)
        .map((one) => [textOf(one["name"]), one["value"]])
    : Object.entries(isJsonObject(headers) ? headers : {});
  const found = pairs.find(([given]) => given.toLowerCase() === name)?.[1];
  return typeof found === "string" ? found : undefined;
}

function authOf(exchanges: readonly Exchange[]): VendorAuth {
  const given =
    exchanges.find(({ authorization }) => authorization !== undefined)?.authorization ?? "";
  if (/^basic /i.test(given)) return { kind: "basic" };
  if (/^bearer /i.test(given)) return { kind: "bearer" };
  return given === "" ? { kind: "none" } : { kind: "header", name: "Authorization" };
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
  const responses = all.flatMap(({ response }) => (response === undefined ? [] : [response]));
  return {
    method,
    path,
    ...(requests.length === 0 ? {} : { request: shapeOf(requests) }),
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
