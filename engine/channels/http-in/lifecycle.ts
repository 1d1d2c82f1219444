import type { Generation } from "../../model/plan/generation.ts";
import type { Instant } from "../../model/json.ts";
import { type ApiRoute, apiRoutes } from "./api-routes.ts";

const dayMs = 86_400_000;

/** What `published` says of an endpoint. */
export function publishedOf({ plan }: ApiRoute, { workspace }: Generation) {
  const version = plan.version ?? 1;
  return workspace.published?.find(
    (one) =>
      one.kind === plan.kind && (one.version ?? 1) === version && same(one.value, plan.value),
  );
}

/**
 * Tells callers that an endpoint is to go: `Deprecation` (RFC 9745), `Sunset` (RFC 8594), and where
 * there is a newer version, a link to it.
 */
export function lifecycleHeaders(route: ApiRoute, generation: Generation): Record<string, string> {
  const published = publishedOf(route, generation);
  if (published === undefined) return {};
  const { deprecated, sunset } = published;
  const next = deprecated === undefined ? undefined : successorOf(route, generation);
  return {
    ...(deprecated === undefined ? {} : { deprecation: `@${startOf(deprecated) / 1000}` }),
    // The last day is a day of use: it ends with the day.
    ...(sunset === undefined
      ? {}
      : { sunset: new Date(startOf(sunset) + dayMs - 1000).toUTCString() }),
    ...(next === undefined ? {} : { link: `<${next.path}>; rel="successor-version"` }),
  };
}

function successorOf({ plan }: ApiRoute, generation: Generation): ApiRoute | undefined {
  const own = plan.version ?? 1;
  return apiRoutes(generation)
    .filter((other) => other.plan.kind === plan.kind && same(other.plan.value, plan.value))
    .filter((other) => (other.plan.version ?? 1) > own)
    .toSorted((a, b) => (b.plan.version ?? 1) - (a.plan.version ?? 1))[0];
}

const startOf = (date: string): Instant => Date.parse(`${date}T00:00:00Z`);

const same = (a: string, b: string): boolean => bare(a) === bare(b);
const bare = (path: string): string => path.replaceAll(/\{[^}]*\}/g, "{}");
