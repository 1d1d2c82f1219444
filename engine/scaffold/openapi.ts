import { isJsonObject, type Json, type JsonObject } from "../model/json.ts";
import { vendorAuth, wantsCertificate } from "./openapi-auth.ts";
import { listAt, plainSchema, resolved } from "./openapi-schema.ts";
import { asOpenApi3 } from "./swagger.ts";
import {
  type Endpoint,
  isIdempotency,
  objectAt,
  type Parameter,
  type VendorApi,
} from "./vendor-api.ts";

const methods = ["get", "post", "put", "patch", "delete"];

/** Reads an OpenAPI 3.x document, or a Swagger 2.0 one. Undefined for anything else. */
export function readOpenApi(given: Json): VendorApi | undefined {
  const document = isJsonObject(given) ? asOpenApi3(given) : undefined;
  if (document === undefined) return undefined;
  const endpoints = Object.entries(objectAt(document, "paths")).flatMap(([path, item]) => {
    const whole = isJsonObject(item) ? resolved(item, document) : {};
    return methods.flatMap((method) => {
      const operation = whole[method];
      return isJsonObject(operation)
        ? [endpointOf(method, path, operation, { document, shared: listAt(whole, "parameters") })]
        : [];
    });
  });
  const { baseUrl, region } = serverOf(document);
  return {
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(region === undefined ? {} : { region }),
    auth: vendorAuth(document),
    ...(wantsCertificate(document) ? { mutualTls: true } : {}),
    endpoints,
  };
}

/** The first server's address, its variables (`{tenant}`) by their defaults. */
function serverOf(document: JsonObject): Pick<VendorApi, "baseUrl" | "region"> {
  const [server] = listAt(document, "servers");
  const url = isJsonObject(server) ? server["url"] : undefined;
  if (!isJsonObject(server) || typeof url !== "string" || !/^https?:/.test(url)) return {};
  const variables = objectAt(server, "variables");
  const baseUrl = url.replaceAll(/\{([^}]*)\}/g, (whole, name: string) => {
    const { default: value } = objectAt(variables, name);
    return typeof value === "string" ? value : whole;
  });
  const { default: region } = objectAt(variables, "region");
  return { baseUrl, ...(typeof region === "string" ? { region } : {}) };
}

interface Around {
  readonly document: JsonObject;
  /** Parameters of all methods of the path. */
  readonly shared: readonly Json[];
}

function endpointOf(
  method: string,
  path: string,
  operation: JsonObject,
  { document, shared }: Around,
): Endpoint {
  const id = operation["operationId"];
  const parameters = [...listAt(operation, "parameters"), ...shared].map((one) =>
    isJsonObject(one) ? resolved(one, document) : {},
  );
  const idempotency = parameters
    .filter((one) => one["in"] === "header")
    .flatMap(({ name }) => (typeof name === "string" && isIdempotency(name) ? [name] : []))[0];
  const body = bodyOf(objectAt(operation, "requestBody"), document);
  const inBody = idempotencyIn(body.request);
  const wanted = wantedOf(parameters, document);
  const answers = objectAt(operation, "responses");
  const ok = Object.keys(answers).find((status) => status.startsWith("2"));
  const response = ok === undefined ? undefined : jsonIn(objectAt(answers, ok), document)?.schema;
  return {
    method,
    path,
    ...(typeof id === "string" ? { id } : {}),
    ...body,
    ...(wanted.length === 0 ? {} : { wanted }),
    ...(inBody === undefined ? {} : { request: inBody.rest, idempotency: { body: inBody.at } }),
    ...(idempotency === undefined ? {} : { idempotency: { header: idempotency } }),
    ...(response === undefined ? {} : { response }),
  };
}

/** A member by which the vendor knows a request again is not the mapping's to write. */
function idempotencyIn(schema: Json | undefined) {
  if (!isJsonObject(schema)) return undefined;
  const name = Object.keys(objectAt(schema, "properties")).find(isIdempotency);
  if (name === undefined) return undefined;
  const { [name]: _, ...rest } = objectAt(schema, "properties");
  const required = listAt(schema, "required").filter((one) => one !== name);
  return {
    at: `/${name}`,
    rest: {
      ...schema,
      properties: rest,
      ...(schema["required"] === undefined ? {} : { required }),
    },
  };
}

/** Headers that the engine writes itself, or that `auth` does. */
const ownHeaders = /^(accept|content-type|authorization|user-agent)$/i;

/** What the vendor refuses to do without: a version, an account. */
function wantedOf(parameters: readonly JsonObject[], document: JsonObject): readonly Parameter[] {
  return parameters.flatMap((one): readonly Parameter[] => {
    const { in: place, name, required } = one;
    if (required !== true || typeof name !== "string") return [];
    if (place !== "header" && place !== "query") return [];
    if (place === "header" && (ownHeaders.test(name) || isIdempotency(name))) return [];
    const schema = resolved(objectAt(one, "schema"), document);
    const values = listAt(schema, "enum");
    const value =
      schema["const"] ?? schema["default"] ?? (values.length === 1 ? values[0] : undefined);
    return [{ in: place, name, ...(value === undefined ? {} : { value }) }];
  });
}

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
): Pick<Endpoint, "request" | "encode" | "mediaType"> {
  const json = jsonIn(holder, document);
  if (json !== undefined) {
    const { schema: request, type: mediaType } = json;
    return isPlainJson.test(mediaType) ? { request } : { request, mediaType };
  }
  const content = objectAt(resolved(holder, document), "content");
  const kinds = [
    ["application/x-www-form-urlencoded", "form"],
    ["multipart/form-data", "multipart"],
  ] as const;
  for (const [type, encode] of kinds) {
    const given = objectAt(content, type)["schema"];
    if (given === undefined) continue;
    const plain = plainSchema(given, document);
    return { encode, request: encode === "multipart" ? withFiles(plain) : plain };
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

/** `application/json` with whatever parameters, and `*\/*`, which says nothing. */
const isPlainJson = /^(application\/json|\*\/\*)/;

function jsonIn(holder: JsonObject, document: JsonObject) {
  const content = objectAt(resolved(holder, document), "content");
  const types = Object.keys(content);
  const type =
    types.find((name) => isPlainJson.test(name)) ?? types.find((name) => /json/.test(name));
  const schema = type === undefined ? undefined : objectAt(content, type)["schema"];
  return type === undefined || schema === undefined
    ? undefined
    : { type, schema: plainSchema(schema, document) };
}
