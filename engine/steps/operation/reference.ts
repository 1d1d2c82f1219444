import { NeedsFact } from "../../model/evaluation-error.ts";
import { factKey } from "../../model/expression.ts";
import type { RawOutcome } from "../../model/request.ts";
import type { Progress } from "../behaviour.ts";
import { OwnFault } from "../shared/own-fault.ts";
import { type CallState, scopeOf } from "./call-state.ts";
import { classify } from "./classify.ts";
import { judgingScope } from "./judging.ts";
import { referencePlan, sendReference } from "./send.ts";
import { resultOf } from "./settle.ts";

/**
 * Runs `work`; where it stops at a row of a reference table that the cache does not have, the row
 * is read from the partner first.
 */
export function withReferences(state: CallState, work: () => Progress): Progress {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof NeedsFact) || error.request.kind !== "reference") throw error;
    // Not asked for yet: the engine's own cache may have it.
    if (!state.context.facts.has(factKey(error.request))) throw error;
    sendReference(state, error.request.table, error.request.key);
    return { kind: "open" };
  }
}

/** Takes the answer of a table read. Undefined: the row is there, and the operation goes on. */
export function settleReference(
  state: CallState,
  outcome: RawOutcome,
  crashed: boolean,
): Progress | undefined {
  const { memo, operation, context } = state;
  const { reading } = memo;
  if (reading === undefined) return undefined;
  if (crashed && reading.deliveryId !== undefined) {
    context.resend(reading.deliveryId, context.now);
    return { kind: "open" };
  }
  const plan = referencePlan(operation, reading.table);
  const scope = scopeOf(state).with({ call: { key: reading.key } });
  const request = { ...plan, id: "reference" };
  const verdict = classify(outcome, request, operation, judgingScope(state, plan, scope), context);
  if (verdict.kind !== "ok") {
    const failure =
      verdict.kind === "failed"
        ? verdict.failure
        : ({
            class: "transient",
            code: "no-answer",
            message: `the table "${reading.table}" got no answer: ${verdict.reason}`,
            at: plan.at,
            system: operation.system,
            adapter: operation.adapter.name,
            path: context.path,
          } as const);
    const inVain = verdict.kind === "failed" && verdict.inVain === true;
    return { kind: "failed", failure, ...(inVain ? { inVain } : {}) };
  }
  const result = resultOf(state, plan, verdict.response, judgingScope(state, plan, scope));
  const row = scope.evaluate(plan.row, { response: verdict.response, result }) ?? null;
  if (row === null) {
    throw new OwnFault(
      "call/unknown-reference-key",
      `"${reading.table}" of ${operation.adapter.name} has no row for "${reading.key}"`,
      plan.at,
      "correct the code, or add it in the partner's table: there is no default",
    );
  }
  const key = factKey({
    kind: "reference",
    adapter: operation.adapter.name,
    table: reading.table,
    key: reading.key,
  });
  memo.references[key] = row;
  delete memo.reading;
  context.cache({ key, value: row, fetchedAt: context.now, expiresAt: context.now + plan.ttl });
  return undefined;
}
