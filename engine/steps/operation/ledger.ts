import { dateTimeText } from "../../model/civil.ts";
import { effectBody } from "../../model/effect-body.ts";
import type { Instant, Json } from "../../model/json.ts";
import type { HttpRequest } from "../../model/request.ts";
import type { StepContext } from "../behaviour.ts";
import type { CallState } from "./call-state.ts";
import type { EffectOfCall, LeftInDoubt, OpenDelivery } from "./memo.ts";

/** What the ledger has under an effect's key, for replays. */
export type LedgerAnswer =
  | { readonly kind: "new"; readonly effect: EffectOfCall }
  /** Done before, and a person wants it sent under its key once more. */
  | { readonly kind: "again"; readonly effect: EffectOfCall; readonly at: Instant }
  | { readonly kind: "known"; readonly effect: EffectOfCall; readonly result: Json }
  /** Done before, by the word of a person, who said what the whole operation gave. */
  | { readonly kind: "settled"; readonly effect: EffectOfCall; readonly output: Json }
  | { readonly kind: "conflict"; readonly effect: EffectOfCall }
  /** Sent before, and nobody knows what became of it. */
  | { readonly kind: "doubt"; readonly effect: EffectOfCall; readonly left: LeftInDoubt }
  | { readonly kind: "gone" };

/** An entry of the ledger, as the store answers it. */
interface LedgerEntry {
  readonly bodyHash?: string;
  readonly at: Instant;
  readonly runId?: string;
  readonly outcome?: {
    readonly result?: Json;
    readonly output?: Json;
    readonly undone?: true;
    readonly gone?: true;
    readonly doubt?: true;
  };
}

/**
 * Asks the ledger whether the effect took place before, or may have. Only a replay meets effects of its
 * own identity; each undoing freed the key for another round. What this call has `cleared` of its doubt
 * is taken as if nothing stood in doubt.
 */
export function ledgerAnswer(
  base: string,
  request: HttpRequest,
  { context, memo: { cleared = [] } }: Pick<CallState, "context" | "memo">,
): LedgerAnswer {
  // Another body under the same key is another effect: a person must say which is meant.
  const hash = context.digest(effectBody(request));
  const { id, replay } = context.run.message;
  const again = replay?.only?.again;
  // Another effect on purpose: the name of the replay makes its key, so that a retry has the same.
  const name = again === "new-key" ? `${base}@${id}` : base;
  for (let round = context.round; ; round += 1) {
    const effect = { key: context.effectKey(inRound(name, round)), bodyHash: hash, path: base };
    const entry = entryOf(effect.key, context);
    if (entry === null) return { kind: "new", effect };
    const { at, bodyHash, outcome = {} } = entry;
    if (outcome.undone === true) continue;
    const isOther = bodyHash !== hash;
    if (outcome.doubt === true) {
      if (cleared.includes(effect.key)) return { kind: "new", effect };
      return { kind: "doubt", effect, left: { ...leftBy(entry), ...(isOther ? { isOther } : {}) } };
    }
    if (isOther) return { kind: "conflict", effect };
    if (again === "same-key") return { kind: "again", effect, at };
    if (outcome.gone === true) return { kind: "gone" };
    const undoing = entryOf(undoingKey(`undo.${context.path}`, round, context), context);
    if (undoing?.outcome?.doubt === true && !cleared.includes(effect.key))
      return { kind: "doubt", effect, left: { ...leftBy(undoing), isUndoing: true } };
    return outcome.output === undefined
      ? { kind: "known", effect, result: outcome.result ?? null }
      : { kind: "settled", effect, output: outcome.output };
  }
}

function entryOf(key: string, context: StepContext): LedgerEntry | null {
  if (context.run.replayOf === undefined) return null;
  return context.fact({ kind: "effect", key }) as LedgerEntry | null;
}

function leftBy({ at, runId }: LedgerEntry): LeftInDoubt {
  return { at, ...(runId === undefined ? {} : { runId }) };
}

/** Whose doubt it is, in words. */
export function leftReason({ at, runId, isUndoing }: LeftInDoubt): string {
  const who = runId === undefined ? "a run that is gone by now" : `run ${runId}`;
  const what = isUndoing === true ? "was undoing it from" : "sent it first at";
  return `${who} ${what} ${dateTimeText(at)}, and its outcome was never known`;
}

function inRound(path: string, round: number): string {
  return round === 0 ? path : `${path}~${round}`;
}

/** Under this key the ledger has it that the undo of a step stands in doubt: what the step did, too. */
function undoingKey(path: string, round: number, context: StepContext): string {
  return context.effectKey(inRound(path, round));
}

const isUndo = ({ path }: StepContext): boolean => path.startsWith("undo.");

/**
 * Has the ledger know that a write may have happened, for whoever comes after this run. What is set
 * rather than made needs no such word: it is sent again as often as one likes.
 */
export function recordDoubt(
  { operation, context }: Pick<CallState, "operation" | "context">,
  open: OpenDelivery,
): void {
  const { effect, firstAt } = open;
  if (effect === undefined || effect.safe === true || open.onRecord === true) return;
  open.onRecord = true;
  const { key, path, bodyHash } = effect;
  const outcome = {
    doubt: { operation: `${operation.system}.${operation.name}`, since: firstAt },
  };
  context.effect({ key, path, bodyHash, outcome });
  if (!isUndo(context)) return;
  const undoing = undoingKey(context.path, context.round, context);
  context.effect({ key: undoing, path: context.path, bodyHash: "", outcome });
}

/** It is known what became of the write: where it took effect, `accept` says so itself. */
export function recordSettled(
  { context }: Pick<CallState, "context">,
  open: OpenDelivery,
  as: "done" | "not-done",
): void {
  if (open.onRecord !== true || open.effect === undefined) return;
  delete open.onRecord;
  const { key, path } = open.effect;
  if (as === "not-done") context.effect({ key, path, outcome: { notDone: true } });
  if (!isUndo(context)) return;
  const undoing = undoingKey(context.path, context.round, context);
  context.effect({ key: undoing, path: context.path, outcome: { notDone: true } });
}
