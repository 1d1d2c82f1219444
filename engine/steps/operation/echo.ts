import { echoKey, echoText } from "../../model/echo.ts";
import { isAbsence } from "../../model/evaluation-error.ts";
import { factKey, type Scope } from "../../model/expression.ts";
import { textOf } from "../shared/truth.ts";
import { type CallState, scopeOf } from "./call-state.ts";

const withinMsDefault = 3_600_000;

/**
 * Remembers what is written, so that it is known when it comes back as news. Committed before the
 * request leaves, since the news may be quicker than the answer; where the record's id is only in the
 * answer, with that.
 */
export function rememberEcho(state: CallState, more: Scope = {}): void {
  const { context, operation } = state;
  const plan = operation.plan.echo;
  if (plan === undefined) return;
  const scope = scopeOf(state).with(more);
  try {
    const record = textOf(scope.evaluate(plan.record));
    if (record === "") return;
    const values = scope.evaluate(plan.values) ?? null;
    context.cache({
      key: factKey({ kind: "cache", key: echoKey(operation.adapter.name, record) }),
      value: context.digest(echoText(values)),
      fetchedAt: context.now,
      expiresAt: context.now + (plan.within ?? withinMsDefault),
    });
  } catch (error) {
    // Not known before the answer; with it, an absence is a mistake like any other.
    if (!isAbsence(error) || "result" in more) throw error;
  }
}
