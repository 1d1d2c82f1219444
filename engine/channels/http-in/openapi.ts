import { isJsonObject, type Json, type JsonObject } from "../../model/json.ts";
import type { Generation } from "../../model/plan/generation.ts";
import { type ApiRoute, apiRoutes } from "./api-routes.ts";
import { publishedOf } from "./lifecycle.ts";

const problemReference: JsonObject = {
  description: "The request was refused (RFC 9457).",
  content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
};

export const problemSchema: JsonObject = {
  type: "object",
  required: ["type", "title", "status", "code"],
  properties: {
    type: { type: "string" },
    title: { type: "string" },
    status: { type: "integer" },
    detail: { type: "string" },
    code: { type: "string" },
  },
};

/** OpenAPI 3.1 description of every flow that is called over HTTP. */
export function openApiOfFlows(generation: Generation): JsonObject {
  const schemas: Record<string, Json> = { Problem: problemSchema };
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of apiRoutes(generation)) {
    const operations = (paths[route.path] ??= {});
    operations[route.method.toLowerCase()] = operationOf(route, generation, schemas);
  }
  return {
    openapi: "3.1.0",
    info: { title: generation.workspace.name, version: generation.hash.slice(0, 12) },
    paths,
    components: {
      schemas,
      securitySchemes: { token: { type: "http", scheme: "bearer" } },
    },
    security: [{ token: [] }],
  };
}

function operationOf(
  route: ApiRoute,
  generation: Generation,
  schemas: Record<string, Json>,
): JsonObject {
  const { flow, plan, method, path, segments } = route;
  const inPath = segments.flatMap((segment) =>
    segment.startsWith("{")
      ? [{ name: segment.slice(1, -1), in: "path", required: true, schema: { type: "string" } }]
      : [],
  );
  const inQuery = Object.entries(plan.query ?? {}).map(([name, given]) => {
    const { required = false, ...schema } = isJsonObject(given) ? given : {};
    return { name, in: "query", required, schema };
  });
  const hasBody = method === "POST" || method === "PUT";
  const statuses = Object.keys(flow.respond ?? { 200: true });
  return {
    operationId: `${method.toLowerCase()}${path.replaceAll(/[^A-Za-z0-9]+/g, "-")}`,
    summary: flow.description ?? flow.name,
    tags: [flow.name],
    ...(publishedOf(route, generation)?.deprecated === undefined ? {} : { deprecated: true }),
    parameters: [...inPath, ...inQuery],
    ...(hasBody
      ? {
          requestBody: {
            required: true,
            content: {
              "application/json": { schema: inputSchema(flow.input, generation, schemas) },
            },
          },
        }
      : {}),
    responses: {
      ...Object.fromEntries(
        statuses.map((status) => [
          status,
          {
            description: `Answer ${status} of ${flow.name}.`,
            content: { "application/json": { schema: {} } },
          },
        ]),
      ),
      202: { description: "Accepted; the answer will be at Location." },
      default: problemReference,
    },
  };
}

function inputSchema(
  name: string | undefined,
  generation: Generation,
  schemas: Record<string, Json>,
): JsonObject {
  return name === undefined ? { type: "object" } : refer(name, generation, schemas);
}

/** Puts a schema and those it refers to under `components`, once each. */
function refer(name: string, generation: Generation, schemas: Record<string, Json>): JsonObject {
  const plan = generation.schemas.get(name);
  if (plan === undefined) return {};
  const key = name.replaceAll(/[^A-Za-z0-9._-]/g, "-");
  if (!Object.hasOwn(schemas, key)) {
    schemas[key] = {};
    const { $id: _, ...schema } = plan.schema;
    schemas[key] = rewrite(schema, (target) => {
      const local = target.startsWith("#/") ? target.slice(1) : undefined;
      if (local !== undefined) return { $ref: `#/components/schemas/${key}${local}` };
      return generation.schemas.has(target) ? refer(target, generation, schemas) : undefined;
    });
  }
  return { $ref: `#/components/schemas/${key}` };
}

function rewrite(schema: Json, resolve: (target: string) => JsonObject | undefined): Json {
  if (Array.isArray(schema)) return schema.map((item: Json) => rewrite(item, resolve));
  if (!isJsonObject(schema)) return schema;
  const target = schema["$ref"];
  const resolved = typeof target === "string" ? resolve(target) : undefined;
  const rest = Object.entries(schema).map(([key, value]) => [key, rewrite(value, resolve)]);
  return { ...(Object.fromEntries(rest) as JsonObject), ...resolved };
}
