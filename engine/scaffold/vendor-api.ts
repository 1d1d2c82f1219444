import { isJsonObject, type Json, type JsonObject } from "../model/json.ts";

/** One endpoint of a vendor, as a document or recorded traffic tells of it. */
export interface Endpoint {
  readonly method: string;
  /** `/customers/{id}` */
  readonly path: string;
  readonly id?: string;
  readonly request?: Json;
  readonly response?: Json;
}

/** What is known of a vendor's API before anything is written. */
export interface VendorApi {
  readonly baseUrl?: string;
  readonly auth: VendorAuth;
  readonly endpoints: readonly Endpoint[];
}

export type VendorAuth =
  | { readonly kind: "none" | "basic" | "bearer" }
  | { readonly kind: "header" | "query"; readonly name: string }
  | { readonly kind: "oauth2"; readonly tokenUrl: string };

const methods = ["get", "post", "put", "patch", "delete"];

/** Reads an OpenAPI 3.x document. Undefined for anything else. */
export function readOpenApi(document: Json): VendorApi | undefined {
  const version = isJsonObject(document) ? document["openapi"] : undefined;
  if (!isJsonObject(document) || typeof version !== "string" || !version.startsWith("3.")) {
    return undefined;
  }
  const endpoints = Object.entries(objectAt(document, "paths")).flatMap(([path, item]) =>
    methods.flatMap((method) => {
      const operation = isJsonObject(item) ? item[method] : undefined;
      return isJsonObject(operation) ? [endpointOf(method, path, operation, document)] : [];
    }),
  );
  const servers = document["servers"];
  const [server] = Array.isArray(servers) ? (servers as readonly Json[]) : [];
  const url = isJsonObject(server) ? server["url"] : undefined;
  return {
    ...(typeof url === "string" && /^https?:/.test(url) ? { baseUrl: url } : {}),
    auth: authOf(document),
    endpoints,
  };
}

function endpointOf(
  method: string,
  path: string,
  operation: JsonObject,
  document: JsonObject,
): Endpoint {
  const id = operation["operationId"];
  const request = jsonSchemaOf(objectAt(operation, "requestBody"), document);
  const answers = objectAt(operation, "responses");
  const ok = Object.keys(answers).find((status) => status.startsWith("2"));
  const response = ok === undefined ? undefined : jsonSchemaOf(objectAt(answers, ok), document);
  return {
    method,
    path,
    ...(typeof id === "string" ? { id } : {}),
    ...(request === undefined ? {} : { request }),
    ...(response === undefined ? {} : { response }),
  };
}

function jsonSchemaOf(holder: JsonObject, document: JsonObject): Json | undefined {
  const content = objectAt(resolved(holder, document), "content");
  const type = Object.keys(content).find((name) => /json/.test(name));
  const schema = type === undefined ? undefined : objectAt(content, type)["schema"];
  return schema === undefined ? undefined : plainSchema(schema, document, 0);
}

function resolved(value: JsonObject, document: JsonObject): JsonObject {
  const ref = value["$ref"];
  if (typeof ref !== "string" || !ref.startsWith("#/")) return value;
  let at: Json | undefined = document;
  for (const part of ref.slice(2).split("/")) {
    const key = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
    at = isJsonObject(at) ? at[key] : undefined;
  }
  return isJsonObject(at) ? at : {};
}

const depthMax = 6;
const kept = [
  "type",
  "format",
  "enum",
  "const",
  "pattern",
  "minLength",
  "maxLength",
  "minimum",
  "maximum",
  "required",
  "description",
];

/** JSON Schema 2020-12 of what OpenAPI says: references written out, what is its own left out. */
function plainSchema(value: Json, document: JsonObject, depth: number): Json {
  if (!isJsonObject(value)) return {};
  if (depth > depthMax) return {};
  const source = resolved(value, document);
  const parts = source["allOf"];
  if (Array.isArray(parts)) {
    return (parts as readonly Json[])
      .map((part) => plainSchema(part, document, depth + 1))
      .reduce<JsonObject>(
        (merged, part) => mergeObjects(merged, isJsonObject(part) ? part : {}),
        {},
      );
  }
  const schema: Record<string, Json> = {};
  for (const key of kept) if (source[key] !== undefined) schema[key] = source[key];
  const { type } = schema;
  if (source["nullable"] === true && typeof type === "string") schema["type"] = [type, "null"];
  const properties = Object.entries(objectAt(source, "properties"));
  if (properties.length > 0) {
    schema["type"] ??= "object";
    schema["properties"] = Object.fromEntries(
      properties.map(([name, inner]) => [name, plainSchema(inner, document, depth + 1)]),
    );
  }
  if (source["items"] !== undefined)
    schema["items"] = plainSchema(source["items"], document, depth + 1);
  return schema;
}

function mergeObjects(a: JsonObject, b: JsonObject): JsonObject {
  const required = [a["required"], b["required"]].flatMap((list) =>
    Array.isArray(list) ? (list as readonly Json[]) : [],
  );
  return {
    ...a,
    ...b,
    properties: { ...objectAt(a, "properties"), ...objectAt(b, "properties") },
    ...(required.length === 0 ? {} : { required }),
  };
}

function authOf(document: JsonObject): VendorAuth {
  const schemes = Object.values(objectAt(objectAt(document, "components"), "securitySchemes"));
  for (const given of schemes) {
    const scheme = isJsonObject(given) ? resolved(given, document) : {};
    const { type, scheme: how, name, in: place } = scheme;
    if (type === "http" && how === "basic") return { kind: "basic" };
    if (type === "http" && how === "bearer") return { kind: "bearer" };
    if (
      type === "apiKey" &&
      typeof name === "string" &&
      (place === "header" || place === "query")
    ) {
      return { kind: place, name };
    }
    const tokenUrl = objectAt(objectAt(scheme, "flows"), "clientCredentials")["tokenUrl"];
    if (type === "oauth2" && typeof tokenUrl === "string") return { kind: "oauth2", tokenUrl };
  }
  return { kind: "none" };
}

export function objectAt(value: JsonObject, key: string): JsonObject {
  const inner = value[key];
  return isJsonObject(inner) ? inner : {};
}
