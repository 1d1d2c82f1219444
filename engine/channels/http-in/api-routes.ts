import type { FlowPlan, TriggerPlan } from "../../model/plan/flow.ts";
import type { Generation } from "../../model/plan/generation.ts";

type ApiPlan = Extract<TriggerPlan, { kind: "api" }>["value"];

/** One endpoint of a flow. */
export interface ApiRoute {
  readonly flow: FlowPlan;
  readonly plan: ApiPlan;
  /** Upper case. */
  readonly method: string;
  /** `/api/v1/orders/{orderId}`. */
  readonly path: string;
  readonly segments: readonly string[];
}

/** What a path leads to. */
export type ApiMatch =
  | {
      readonly kind: "route";
      readonly route: ApiRoute;
      readonly parameters: Readonly<Record<string, string>>;
    }
  | { readonly kind: "other-method"; readonly allow: readonly string[] }
  | { readonly kind: "none" };

const tables = new WeakMap<Generation, readonly ApiRoute[]>();

/** Endpoints of a generation; literal segments go before parameters. */
export function apiRoutes(generation: Generation): readonly ApiRoute[] {
  const known = tables.get(generation);
  if (known !== undefined) return known;
  const routes = [...generation.flows.values()]
    .flatMap((flow) =>
      (flow.trigger ?? []).flatMap((trigger) =>
        trigger.kind === "api" ? [routeOf(flow, trigger.value)] : [],
      ),
    )
    .sort((a, b) => compareText(specificity(a), specificity(b)) || compareText(a.path, b.path));
  tables.set(generation, routes);
  return routes;
}

/** Finds the endpoint of a request path, as it is written in the request (percent-encoded). */
export function matchApi(generation: Generation, method: string, path: string): ApiMatch {
  const segments = path.split("/");
  const allow: string[] = [];
  for (const route of apiRoutes(generation)) {
    const parameters = matchSegments(route.segments, segments);
    if (parameters === undefined) continue;
    if (route.method === method) return { kind: "route", route, parameters };
    allow.push(route.method);
  }
  return allow.length === 0 ? { kind: "none" } : { kind: "other-method", allow };
}

function routeOf(flow: FlowPlan, plan: ApiPlan): ApiRoute {
  const path = `/api/v${plan.version ?? 1}${plan.value.replace(/\/$/, "")}`;
  return { flow, plan, method: plan.kind.toUpperCase(), path, segments: path.split("/") };
}

/** Sorts `/orders/open` before `/orders/{id}`. */
function specificity({ segments }: ApiRoute): string {
  return segments.map((segment) => (isParameter(segment) ? "1" : "0")).join("");
}

function matchSegments(
  pattern: readonly string[],
  segments: readonly string[],
): Readonly<Record<string, string>> | undefined {
  if (pattern.length !== segments.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, expected] of pattern.entries()) {
    const given = decode(segments[index] ?? "");
    if (given === undefined) return undefined;
    if (isParameter(expected)) {
      if (given === "") return undefined;
      parameters[expected.slice(1, -1)] = given;
    } else if (given !== expected) {
      return undefined;
    }
  }
  return parameters;
}

function isParameter(segment: string): boolean {
  return segment.startsWith("{") && segment.endsWith("}");
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
