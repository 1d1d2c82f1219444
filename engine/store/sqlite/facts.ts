import { type FactRequest, factKey } from "../../model/expression.ts";
import type { Instant, Json } from "../../model/json.ts";
import { readEffect } from "./effects.ts";
import { parse, type Work } from "./work.ts";

/** Values of recorded reads, by `factKey`; `null` where nothing is known. */
export function readFacts(
  work: Pick<Work, "query">,
  requests: readonly FactRequest[],
  now: Instant,
): ReadonlyMap<string, Json> {
  return new Map(
    requests
      .filter((request) => request.kind !== "evaluate")
      .map((request) => [factKey(request), readFact(work, request, now)]),
  );
}

function readFact(
  work: Pick<Work, "query">,
  request: Exclude<FactRequest, { readonly kind: "evaluate" }>,
  now: Instant,
): Json {
  const { query } = work;
  switch (request.kind) {
    case "xref":
    case "canonical": {
      const { entity, system, id } = request;
      const name = request.kind === "xref" ? "crosswalk-get" : "crosswalk-canonical";
      return query.get<{ id: string }>(name, { entity, system, id })?.id ?? null;
    }
    case "reference":
      return readCache(work, factKey(request), now)?.value ?? null;
    case "cache":
      return readCache(work, factKey(request), now) ?? null;
    case "effect":
      return readEffect(work, request.key);
  }
}

/** What is cached and not yet past all use. Its age decides whether it may still be an answer. */
function readCache(
  work: Pick<Work, "query">,
  key: string,
  now: Instant,
): { readonly value: Json; readonly fetchedAt: number; readonly expiresAt: number } | undefined {
  const row = work.query.get<{ value: string; fetchedAt: number; expiresAt: number }>("cache-get", {
    key,
  });
  if (row === undefined || row.expiresAt <= now) return undefined;
  return { value: parse(row.value), fetchedAt: row.fetchedAt, expiresAt: row.expiresAt };
}
