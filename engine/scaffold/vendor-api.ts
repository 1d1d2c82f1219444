import { isJsonObject, type Json, type JsonObject } from "../model/json.ts";

/** One endpoint of a vendor, as a document or recorded traffic tells of it. */
export interface Endpoint {
  readonly method: string;
  /** `/customers/{id}` */
  readonly path: string;
  readonly id?: string;
  readonly request?: Json;
  /** How the body is written, where that is not JSON. */
  readonly encode?: "form" | "multipart";
  /** Header by which the vendor knows a request again. */
  readonly idempotency?: string;
  readonly response?: Json;
}

/** What is known of a vendor's API before anything is written. */
export interface VendorApi {
  readonly baseUrl?: string;
  readonly auth: VendorAuth;
  /** It wants to see a client certificate. */
  readonly mutualTls?: true;
  readonly endpoints: readonly Endpoint[];
}

export type VendorAuth =
  | { readonly kind: "none" | "basic" | "bearer" | "oauth1" }
  | { readonly kind: "header" | "query"; readonly name: string }
  | {
      readonly kind: "oauth2";
      readonly tokenUrl: string;
      readonly grant: "client-credentials" | "refresh-token";
    };

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
      return isJsonObject(operation) && isJsonObject(item)
        ? [endpointOf(method, path, operation, { document, shared: item["parameters"] })]
        : [];
    }),
  );
  const schemes = schemesOf(document);
  const servers = document["servers"];
  const [server] = Array.isArray(servers) ? (servers as readonly Json[]) : [];
  const url = isJsonObject(server) ? server["url"] : undefined;
  return {
    ...(typeof url === "string" && /^https?:/.test(url) ? { baseUrl: url } : {}),
    auth: authOf(schemes),
    ...(schemes.some(({ type }) => type === "mutualTLS") ? { mutualTls: true } : {}),
    endpoints,
  };
}

interface Around {
  readonly document: JsonObject;
  /** Parameters of all methods of the path. */
  readonly shared: Json | undefined;
}

function endpointOf(
  method: string,
  path: string,
  operation: JsonObject,
  { document, shared }: Around,
): Endpoint {
  const id = operation["operationId"];
  const { encode, schema: request } = bodyOf(objectAt(operation, "requestBody"), document);
  const idempotency = [operation["parameters"], shared]
    .flatMap((list) => (Array.isArray(list) ? (list as readonly Json[]) : []))
    .map((one) => (isJsonObject(one) ? resolved(one, document) : {}))
    .filter((one) => one["in"] === "header")
    .flatMap(({ name }) => (typeof name === "string" && isIdempotency(name) ? [name] : []));
  const answers = objectAt(operation, "responses");
  const ok = Object.keys(answers).find((status) => status.startsWith("2"));
  const response = ok === undefined ? undefined : jsonSchemaOf(objectAt(answers, ok), document);
  return {
    method,
    path,
    ...(typeof id === "string" ? { id } : {}),
    ...(request === undefined ? {} : { request }),
    ...(encode === undefined ? {} : { encode }),
    ...(idempotency[0] === undefined ? {} : { idempotency: idempotency[0] }),
    ...(response === undefined ? {} : { response }),
  };
}

/** A header that lets the vendor know a request again, whatever it calls it. */
export const isIdempotency = (name: string): boolean => /idempoten/i.test(name);

/** A file of a multipart body, as `encode: multipart` takes it. */
const filePart: JsonObject = {
  type: "object",
  required: ["base64"],
  properties: {
    filename: { type: "string" },
    type: { type: "string" },
    base64: { type: "string" },
  },
};

/** What a request holds: as JSON where the document has it, else as a form or form data. */
function bodyOf(
  holder: JsonObject,
  document: JsonObject,
): { readonly schema?: Json; readonly encode?: "form" | "multipart" } {
  const schema = jsonSchemaOf(holder, document);
  if (schema !== undefined) return { schema };
  const content = objectAt(resolved(holder, document), "content");
  const kinds = [
    ["application/x-www-form-urlencoded", "form"],
    ["multipart/form-data", "multipart"],
  ] as const;
  for (const [type, encode] of kinds) {
    const given = objectAt(content, type)["schema"];
    if (given === undefined) continue;
    const plain = plainSchema(given, document, 0);
    return { encode, schema: encode === "multipart" ? withFiles(plain) : plain };
  }
  return {};
}

/** Properties that are files (`format: binary`, or lists of such) as parts. */
function withFiles(schema: Json): Json {
  if (!isJsonObject(schema)) return schema;
  if (schema["format"] === "binary") return filePart;
  if (isJsonObject(schema["items"])) return { ...schema, items: withFiles(schema["items"]) };
  const properties = Object.entries(objectAt(schema, "properties")).map(
    ([name, inner]): [string, Json] => [name, withFiles(inner)],
  );
  return properties.length === 0
    ? schema
    : { ...schema, properties: Object.fromEntries(properties) };
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

function schemesOf(document: JsonObject): readonly JsonObject[] {
  return Object.values(objectAt(objectAt(document, "components"), "securitySchemes")).map((given) =>
    isJsonObject(given) ? resolved(given, document) : {},
  );
}

function authOf(schemes: readonly JsonObject[]): VendorAuth {
  for (const scheme of schemes) {
    const { type, name, in: place } = scheme;
    const how = typeof scheme["scheme"] === "string" ? scheme["scheme"].toLowerCase() : "";
    if (type === "http" && how === "basic") return { kind: "basic" };
    if (type === "http" && how === "bearer") return { kind: "bearer" };
    if (type === "http" && how === "oauth") return { kind: "oauth1" };
    if (
      type === "apiKey" &&
      typeof name === "string" &&
      (place === "header" || place === "query")
    ) {
      return { kind: place, name };
    }
    if (type !== "oauth2") continue;
    const flows = objectAt(scheme, "flows");
    const own = objectAt(flows, "clientCredentials")["tokenUrl"];
    if (typeof own === "string") {
      return { kind: "oauth2", tokenUrl: own, grant: "client-credentials" };
    }
    // A person logs in once; what we keep is the refresh token.
    const given = objectAt(flows, "authorizationCode")["tokenUrl"];
    if (typeof given === "string")
      return { kind: "oauth2", tokenUrl: given, grant: "refresh-token" };
  }
  return { kind: "none" };
}

export function objectAt(value: JsonObject, key: string): JsonObject {
  const inner = value[key];
  return isJsonObject(inner) ? inner : {};
}
