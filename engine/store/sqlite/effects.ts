import { StoreError } from "../../errors/flow-error.ts";
import type { EffectRecord } from "../../model/decision.ts";
import type { Json } from "../../model/json.ts";
import { fromBlob, hashKey, shaOf } from "./ids.ts";
import type { EffectKeyAt } from "./state-text.ts";
import { parse, toJson, type Work } from "./work.ts";

interface EffectRow {
  readonly effectNo: number;
  readonly runNo: number;
  /** Null once that run is over and gone. */
  readonly runId: Uint8Array | null;
  readonly bodyHash: string;
  readonly result: string | null;
  readonly undone: 0 | 1;
  /** The operation in doubt; '' where it is known that it did not happen. */
  readonly doubt: string | null;
  readonly path: string;
  readonly at: number;
}

/**
 * Writes an outcome into the ledger. The same key with another body would be a second, different
 * effect under one identity: the whole commit is refused. A key that was undone is free again, and what
 * stands in doubt may turn out to be anything.
 */
export function recordEffect(work: Work, runNo: number, effect: EffectRecord): void {
  const { path, outcome } = effect;
  const key = effectKey(effect.key);
  const known = rowOf(work, key);
  // What is undone, or did not happen, is what the ledger knows.
  const bodyHash = effect.bodyHash ?? known?.bodyHash ?? "";
  if (known !== undefined && isInDoubt(known) && known.bodyHash !== "" && !("doubt" in outcome))
    work.query.run("run-doubt-settled", { runNo: known.runNo });
  if ("doubt" in outcome) {
    // Whatever is known already is better; and the first time it was sent counts.
    if (known?.undone === 0) return;
    const { operation, since } = outcome.doubt;
    insertRow(work, runNo, { key, path, bodyHash, doubt: operation, at: since });
    return;
  }
  if ("notDone" in outcome) {
    if (known === undefined || !isInDoubt(known)) return;
    insertRow(work, runNo, { key, path, bodyHash, doubt: "", at: work.now });
    return;
  }
  const undone = "undone" in outcome;
  // The latest word counts: what an earlier one gave is of no use any more.
  if (known !== undefined && undone) empty(work, known);
  if (known !== undefined && known.undone === 0 && !undone && !isInDoubt(known)) {
    if (known.bodyHash === bodyHash) return;
    throw new StoreError(
      "store/effect-conflict",
      `the effect "${effect.key}" of "${path}" was done before with another body (${known.bodyHash}, now ${bodyHash})`,
      { help: "compare the two requests: a replay may repeat an effect, never change it" },
    );
  }
  const result = undone ? {} : { result: resultText(outcome) };
  insertRow(work, runNo, { key, path, bodyHash, undone, ...result, at: work.now });
}

/** Before what a person says that the whole operation gave: no JSON begins so. */
const byPerson = "=";

function resultText(outcome: { readonly result: Json } | { readonly output: Json }): string {
  return "output" in outcome ? `${byPerson}${toJson(outcome.output)}` : toJson(outcome.result);
}

function insertRow(
  work: Work,
  runNo: number,
  row: {
    readonly key: Buffer;
    readonly path: string;
    readonly bodyHash: string;
    readonly result?: string;
    readonly undone?: boolean;
    readonly doubt?: string;
    readonly at: number;
  },
): void {
  const { key, path, bodyHash, result = null, undone = false, doubt = null, at } = row;
  const bodySha = shaOf(bodyHash);
  const rowNo = work.query.insert("effect-insert", {
    key,
    runNo,
    path,
    bodyHash: bodySha === null ? bodyHash : "",
    bodySha,
    result,
    undone: undone ? 1 : 0,
    doubt,
    at,
  });
  work.keys.effect.add(key, { rowNo, knownUntil: Number.MAX_SAFE_INTEGER });
}

const isInDoubt = ({ doubt }: EffectRow): boolean => doubt !== null && doubt !== "";

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
 * `{ output }` where a person said what the whole operation gave, `{ gone: true }` where the payloads of its run are over, and `{ doubt: true }` where nobody knows: then
 * `at` is when it was first sent, and `runId` by whom.
 */
export function readEffect(work: Pick<Work, "query" | "keys">, key: string): Json {
  const row = rowOf(work, effectKey(key));
  if (row === undefined) return null;
  const { bodyHash, path, at, result, runId } = row;
  if (isInDoubt(row)) {
    const by = runId === null ? {} : { runId: fromBlob(runId) };
    return { bodyHash, path, at, ...by, outcome: { doubt: true } };
  }
  return {
    bodyHash,
    path,
    at,
    outcome: outcomeOf(result),
  };
}

function outcomeOf(result: string | null): Json {
  if (result === null) return { undone: true };
  if (result === "") return { gone: true };
  return result.startsWith(byPerson)
    ? { output: parse(result.slice(byPerson.length)) }
    : { result: parse(result) };
}

/** True for a key whose latest word is that nobody knows. */
export function standsInDoubt(work: Pick<Work, "query" | "keys">, key: string): boolean {
  const row = rowOf(work, effectKey(key));
  return row !== undefined && isInDoubt(row);
}

/** True for a key of which the ledger has anything. */
export function isOnRecord(work: Pick<Work, "query" | "keys">, key: string): boolean {
  return rowOf(work, effectKey(key)) !== undefined;
}

function effectKey(key: string): Buffer {
  return hashKey("effect", key);
}

/** The latest word on a key. */
function rowOf(work: Pick<Work, "query" | "keys">, key: Buffer): EffectRow | undefined {
  const found = work.keys.effect.find(key);
  if (found === undefined) return undefined;
  const row = work.query.get<EffectRow>("effect-get", { effectNo: found.rowNo });
  // What stood in doubt and did not happen was never sent.
  return row?.doubt === "" ? undefined : row;
}
