import type { OwnershipConflict } from "../../model/decision.ts";
import type { ConflictFilter, ConflictRow } from "../../ports/store-reader.ts";
import { fromBlob } from "./ids.ts";
import type { Queries } from "./queries.ts";
import { parse, toJson, type Work } from "./work.ts";

type ConflictRecord = Omit<ConflictRow, "kept" | "given" | "personal" | "runId"> & {
  readonly kept: string;
  readonly given: string;
  readonly personal: 0 | 1;
  readonly runId: Uint8Array | null;
};

/** One row for each value of each source; again the same is counted. */
export function saveConflict(work: Work, runNo: number, conflict: OwnershipConflict): void {
  work.query.run("conflict-save", {
    ...conflict,
    kept: toJson(conflict.kept),
    given: toJson(conflict.given),
    personal: conflict.personal ? 1 : 0,
    runNo,
    now: work.now,
  });
}

export function conflictRows(
  query: Queries,
  { id, entity, since = 0, until = Number.MAX_SAFE_INTEGER, limit = 50 }: ConflictFilter,
): readonly ConflictRow[] {
  const values = { entity: entity ?? null, since, until, limit };
  const found =
    id === undefined
      ? query.all<ConflictRecord>("conflict-list", values)
      : query.all<ConflictRecord>("conflict-list-of", { ...values, id });
  return found.map(({ runId, ...record }) => ({
    ...record,
    kept: parse(record.kept),
    given: parse(record.given),
    personal: record.personal === 1,
    runId: runId === null ? null : fromBlob(runId),
  }));
}
