import type { Json, JsonObject } from "../../model/json.ts";
import { authoriseAdmin } from "./access.ts";
import { conflictRoutes } from "./admin-conflict-routes.ts";
import { insightRoutes } from "./admin-insight-routes.ts";
import { pauseRoutes } from "./admin-pause-routes.ts";
import { replayRoutes } from "./admin-replay-routes.ts";
import { retentionRoutes } from "./admin-retention-routes.ts";
import { type AdminRoute, adminRoutes, bodyMembers } from "./admin-routes.ts";
import { singleStepRoutes } from "./admin-single-step-routes.ts";
import { settleRoutes } from "./admin-settle-routes.ts";
import { confine } from "./confine.ts";
import type { HandlerContext } from "./context.ts";
import { within } from "./grants.ts";
import type { Incoming } from "./incoming.ts";
import { problemSchema } from "./openapi.ts";
import { Refusal, type Reply } from "./problem.ts";

const prefix = "/admin/v1";
const bodyLimit = 1024 * 1024;
const routes: readonly AdminRoute[] = [
  ...adminRoutes,
  ...conflictRoutes,
  ...insightRoutes,
  ...pauseRoutes,
  ...replayRoutes,
  ...singleStepRoutes,
  ...settleRoutes,
  ...retentionRoutes,
];

/** `/admin/v1/*`: to look, to decide, and to let go on. Changes are audited under the caller's name. */
export async function handleAdmin(incoming: Incoming, context: HandlerContext): Promise<Reply> {
  const generation = context.engine.generation();
  const isWrite = incoming.method !== "GET";
  const caller = authoriseAdmin(incoming, isWrite, generation, context.secrets);
  const path = incoming.path.slice(prefix.length);
  if (path === "/openapi.json") return { status: 200, body: openApiOfAdmin() };
  const matches = routes.flatMap((route) => {
    const parameters = matchPath(route.path, path);
    return parameters === undefined ? [] : [{ route, parameters }];
  });
  if (matches.length === 0) {
    throw new Refusal("http-in/not-found", `there is no endpoint "${incoming.path}"`);
  }
  const match = matches.find(({ route }) => route.method === incoming.method);
  if (match === undefined) {
    const allow = matches.map(({ route }) => route.method).join(", ");
    throw new Refusal(
      "http-in/wrong-method",
      `${incoming.method} was given; ${allow} is taken here`,
      {
        headers: { allow },
      },
    );
  }
  const { route, parameters } = match;
  const right = caller.require(route.right);
  const body = route.method === "POST" ? bodyMembers(await incoming.json(bodyLimit)) : {};
  const isEdit = route.edits?.some((member) => body[member] !== undefined) === true;
  const reach = isEdit ? within(right, caller.require("runs.edit")) : right;
  const call = { parameters, query: incoming.query, body, by: caller.name, context };
  const answer = reach === undefined ? await route.handle(call) : await confine(route, call, reach);
  if (route.method === "POST" && route.looks !== true) await auditChange(route, call, context);
  return { status: 200, body: answer };
}

/** What was asked for, without payloads: an edited message is kept by the engine, beside the original. */
async function auditChange(
  route: AdminRoute,
  call: {
    readonly parameters: Readonly<Record<string, string>>;
    readonly body: JsonObject;
    readonly by: string;
  },
  context: HandlerContext,
): Promise<void> {
  const { data, output: _given, ...detail } = call.body;
  const verb = route.path.split("/").at(-1) ?? "";
  await context.audit(
    {
      actor: call.by,
      action: `admin.${verb}`,
      target: call.parameters["id"] ?? JSON.stringify(detail),
      detail: { ...detail, ...(data === undefined ? {} : { edited: true }) },
    },
    context.clock.now(),
  );
}

function matchPath(pattern: string, path: string): Readonly<Record<string, string>> | undefined {
  const expected = pattern.split("/");
  const given = path.split("/");
  if (expected.length !== given.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, segment] of expected.entries()) {
    const value = given[index] ?? "";
    if (!segment.startsWith("{")) {
      if (segment !== value) return undefined;
      continue;
    }
    try {
      parameters[segment.slice(1, -1)] = decodeURIComponent(value);
    } catch {
      return undefined;
    }
    if (value === "") return undefined;
  }
  return parameters;
}

/** OpenAPI 3.1 description of the admin API, from the table that dispatches it. */
function openApiOfAdmin(): JsonObject {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) {
    const operations = (paths[`${prefix}${route.path}`] ??= {});
    operations[route.method.toLowerCase()] = describeRoute(route);
  }
  return {
    openapi: "3.1.0",
    info: { title: "Sluice admin API", version: "1" },
    paths,
    components: {
      schemas: { Problem: problemSchema },
      securitySchemes: { token: { type: "http", scheme: "bearer" } },
    },
    security: [{ token: [] }],
  };
}

function describeRoute({
  body,
  filtered,
  method,
  path,
  required,
  right,
  summary,
}: AdminRoute): JsonObject {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  const filters =
    filtered === true ? ["flow", "status", "type", "id", "since", "until", "limit"] : [];
  const inQuery = filters.map((name) => ({
    name,
    in: "query",
    schema: name === "limit" ? { type: "integer", minimum: 1, maximum: 1000 } : { type: "string" },
  }));
  const schema = { type: "object", properties: body ?? {}, required: required ?? [] };
  return {
    operationId: `${method.toLowerCase()}${path.replaceAll(/[^A-Za-z0-9]+/g, "-").replace(/-$/, "")}`,
    summary,
    "x-sluice-right": right,
    parameters: [...inPath, ...inQuery],
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: (required ?? []).length > 0,
            content: { "application/json": { schema } },
          },
        }),
    responses: {
      200: {
        description: "Done.",
        content: { "application/json": { schema: { type: "object" } } },
      },
      default: {
        description: "Refused.",
        content: {
          "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } },
        },
      },
    },
  };
}
