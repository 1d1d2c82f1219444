import { isJsonObject, type Json, type JsonObject } from "../model/json.ts";
import { listAt, resolved } from "./openapi-schema.ts";
import { objectAt } from "./vendor-api.ts";

/**
 * A document as OpenAPI 3 would say it. Of Swagger 2.0, as much as an adapter's first texts are made of:
 * addresses, log-ins, parameters, bodies and answers. Undefined for anything else.
 */
export function asOpenApi3(document: JsonObject): JsonObject | undefined {
  const { openapi, swagger } = document;
  if (typeof openapi === "string" && openapi.startsWith("3.")) return document;
  if (swagger !== "2.0" && swagger !== 2) return undefined;
  const paths = Object.entries(objectAt(document, "paths")).map(([path, item]): [string, Json] => [
    path,
    isJsonObject(item) ? pathOf(item, document) : {},
  ]);
  return {
    // What references lead to stays where it was.
    ...document,
    servers: serversOf(document),
    components: { securitySchemes: mapped(objectAt(document, "securityDefinitions"), schemeOf) },
    paths: Object.fromEntries(paths),
  };
}

function serversOf(document: JsonObject): Json {
  const { host, basePath } = document;
  if (typeof host !== "string") return [];
  const schemes = listAt(document, "schemes");
  const scheme = schemes.length === 0 || schemes.includes("https") ? "https" : "http";
  const path = typeof basePath === "string" && basePath !== "/" ? basePath : "";
  return [{ url: `${scheme}://${host}${path}` }];
}

function pathOf(item: JsonObject, document: JsonObject): JsonObject {
  const shared = parametersOf(item, document);
  return mapped(item, (operation, method) => {
    if (method === "parameters" || !isJsonObject(operation)) return operation;
    const all = [...parametersOf(operation, document), ...shared];
    const types = ["consumes", "produces"].map((key) => [
      ...listAt(operation, key),
      ...listAt(document, key),
    ]);
    return {
      ...operation,
      parameters: all.filter((one) => !isOfBody(one)).map((one) => ({ ...one, schema: one })),
      requestBody: bodyOf(all.filter(isOfBody), types[0] ?? []),
      responses: mapped(objectAt(operation, "responses"), (answer) =>
        answerOf(isJsonObject(answer) ? resolved(answer, document) : {}, types[1] ?? []),
      ),
    };
  });
}

const parametersOf = (holder: JsonObject, document: JsonObject): readonly JsonObject[] =>
  listAt(holder, "parameters").flatMap((one) =>
    isJsonObject(one) ? [resolved(one, document)] : [],
  );

const nameOf = ({ name }: JsonObject): string => (typeof name === "string" ? name : "");

const isOfBody = ({ in: place }: JsonObject): boolean => place === "body" || place === "formData";

function bodyOf(parameters: readonly JsonObject[], types: readonly Json[]): JsonObject {
  const [whole] = parameters.filter(({ in: place }) => place === "body");
  if (whole !== undefined)
    return { content: { [jsonType(types)]: { schema: whole["schema"] ?? {} } } };
  if (parameters.length === 0) return {};
  const isFiles = types.includes("multipart/form-data");
  const required = parameters.filter((one) => one["required"] === true);
  const schema = {
    type: "object",
    properties: Object.fromEntries(
      parameters.map((one): [string, Json] => [
        nameOf(one),
        one["type"] === "file" ? { type: "string", format: "binary" } : one,
      ]),
    ),
    required: required.map(nameOf),
  };
  const type = isFiles ? "multipart/form-data" : "application/x-www-form-urlencoded";
  return { content: { [type]: { schema } } };
}

function answerOf(answer: JsonObject, types: readonly Json[]): JsonObject {
  const { schema } = answer;
  return schema === undefined ? answer : { ...answer, content: { [jsonType(types)]: { schema } } };
}

function jsonType(types: readonly Json[]): string {
  const names = types.filter((one) => typeof one === "string");
  return names.find((name) => name.includes("json")) ?? names[0] ?? "application/json";
}

function schemeOf(given: Json): Json {
  if (!isJsonObject(given)) return given;
  const { authorizationUrl: _, flow, tokenUrl, type, ...rest } = given;
  if (type === "basic") return { ...rest, type: "http", scheme: "basic" };
  if (type !== "oauth2") return given;
  const flows: Readonly<Record<string, string>> = {
    application: "clientCredentials",
    accessCode: "authorizationCode",
  };
  const name = flows[typeof flow === "string" ? flow : ""];
  return {
    ...rest,
    type,
    flows: name === undefined ? {} : { [name]: { tokenUrl: tokenUrl ?? "" } },
  };
}

const mapped = (from: JsonObject, make: (value: Json, name: string) => Json): JsonObject =>
  Object.fromEntries(Object.entries(from).map(([name, value]) => [name, make(value, name)]));
