import { StoreError } from "../../errors/flow-error.ts";
import type { EffectRecord } from "../../model/decision.ts";
import type { Json } from "../../model/json.ts";
import { hashKey, shaOf } from "./ids.ts";
import type { EffectKeyAt } from "./state-text.ts";
import { parse, toJson, type Work } from "./work.ts";

interface EffectRow {
  readonly effectNo: number;
  readonly runNo: number;
  readonly bodyHash: string;
  readonly result: string | null;
  readonly undone: 0 | 1;
  readonly path: string;
  readonly at: number;
}

/**
 * Writes an outcome into the ledger. The same key with another body would be a second, different
 * effect under one identity: the whole commit is refused. A key that was undone is free again.
 */
export function recordEffect(work: Work, runNo: number, effect: EffectRecord): void {
  const { path, outcome } = effect;
  const undone = "undone" in outcome;
  const key = effectKey(effect.key);
  const known = rowOf(work, key);
  // What is undone is what the ledger knows.
  const bodyHash = effect.bodyHash ?? known?.bodyHash ?? "";
  // The latest word counts: what an earlier one gave is of no use any more.
  if (known !== undefined && undone) empty(work, known);
  if (known !== undefined && known.undone === 0 && !undone) {
    if (known.bodyHash === bodyHash) return;
    throw new StoreError(
      "store/effect-conflict",
      `the effect "${effect.key}" of "${path}" was done before with another body (${known.bodyHash}, now ${bodyHash})`,
      { help: "compare the two requests: a replay may repeat an effect, never change it" },
    );
  }
  const bodySha = shaOf(bodyHash);
  const rowNo = work.query.insert("effect-insert", {
    key,
    runNo,
    path,
    bodyHash: bodySha === null ? bodyHash : "",
    bodySha,
    result: undone ? null : toJson(outcome.result),
    undone: undone ? 1 : 0,
    now: work.now,
  });
  work.keys.effect.add(key, { rowNo, knownUntil: Number.MAX_SAFE_INTEGER });
}

/** Where a request's row has the key of its effect: as bytes, or as a text that is no hash. */
export interface RecordedKey {
  readonly effectKey: string | null;
  readonly effectSha: Buffer | null;
}

export function effectKeyOf({ effectKey, effectSha }: RecordedKey): string | null {
  return effectSha?.toString("hex") ?? effectKey;
}

/** Keys of the effects of a run's requests, for reading its state. */
export function effectKeysOf({ query }: Pick<Work, "query">, runNo: number): EffectKeyAt {
  return (path) => {
    const recorded = query.get<RecordedKey>("delivery-effect-key", { runNo, path });
    return recorded === undefined ? undefined : (effectKeyOf(recorded) ?? undefined);
  };
}

/** Forgets what the effect of a run gave, whose payloads are over; that it was done stays known. */
export function emptyEffects(
  work: Pick<Work, "query" | "keys">,
  runNo: number,
  key: string | null,
): void {
  const row = key === null ? undefined : rowOf(work, effectKey(key));
  if (row?.runNo === runNo) empty(work, row);
}

function empty({ query }: Pick<Work, "query">, { effectNo }: EffectRow): void {
  query.run("effect-empty", { effectNo });
}

/**
 * `{ bodyHash, path, at, outcome }` as it was recorded; null for an effect never done. The outcome is
 * `{ gone: true }` where the payloads of its run are over.
 */
export function readEffect(work: Pick<Work, "query" | "keys">, key: string): Json {
  const row = rowOf(work, effectKey(key));
  if (row === undefined) return null;
  const { bodyHash, path, at, result } = row;
  return {
    bodyHash,
    path,
    at,
    outcome: outcomeOf(result),
  };
}

function outcomeOf(result: string | null): Json {
  if (result === null) return { undone: true };
  return result === "" ? { gone: true } : { result: parse(result) };
}

function effectKey(key: string): Buffer {
  return hashKey("effect", key);
}

/** The latest word on a key. */
function rowOf(work: Pick<Work, "query" | "keys">, key: Buffer): EffectRow | undefined {
  const found = work.keys.effect.find(key);
  if (found === undefined) return undefined;
  return work.query.get<EffectRow>("effect-get", { effectNo: found.rowNo });
}
