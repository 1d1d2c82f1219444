import { type FactRequest, factKey } from "../../model/expression.ts";
import type { Instant, Json } from "../../model/json.ts";
import { readEffect } from "./effects.ts";
import { toBlobOrNone } from "./ids.ts";
import { loadMessage } from "./message-row.ts";
import type { RunRecord } from "./run-record.ts";
import { loadResults } from "./run-row.ts";
import { parse, type Work } from "./work.ts";

/** Values of recorded reads, by `factKey`; `null` where nothing is known. */
export function readFacts(
  work: Pick<Work, "query" | "keys">,
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
  work: Pick<Work, "query" | "keys">,
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
    case "cache":
      return readCache(work, factKey(request), now);
    case "effect":
      return readEffect(work, request.key);
    case "results":
      return readResults(work, request.runId);
  }
}

/** None of a run that is gone, or whose payloads are. */
function readResults(work: Pick<Work, "query">, runId: string): Json {
  const id = toBlobOrNone(runId);
  const run = id === undefined ? undefined : work.query.get<RunRecord>("run-find", { runId: id });
  if (run === undefined) return null;
  const stored = loadMessage(work, run.messageNo);
  return stored === undefined || stored.emptiedAt !== undefined
    ? null
    : { ...loadResults(work, run.runNo) };
}

/** What is cached and not yet past all use; what its age means is for the reader to say. */
function readCache(work: Pick<Work, "query">, key: string, now: Instant): Json {
  const row = work.query.get<{ value: string; expiresAt: number }>("cache-get", { key });
  return row === undefined || row.expiresAt <= now ? null : parse(row.value);
}
