import type { Expression } from "../../model/expression.ts";
import type { Json } from "../../model/json.ts";
import { pageUrl } from "../../model/page-url.ts";
import { OwnFault } from "../shared/own-fault.ts";
import { textOf } from "../shared/truth.ts";
import type { CallState } from "./call-state.ts";
import { judgingScope } from "./judging.ts";
import type { OperationScope } from "./scope.ts";
import type { Unit } from "./unit.ts";

/** Adds a page. Undefined: there is another; otherwise all rows. */
export function nextPage(
  state: CallState,
  { request }: Unit,
  result: Json,
  response: Json,
): Json | undefined {
  const { memo, operation } = state;
  const plan = operation.plan.page;
  const { page } = memo;
  if (plan === undefined || page === undefined) return result;
  const scope = judgingScope(state, request).with({ response, result });
  const items = scope.evaluate(plan.items) ?? [];
  const rows = [...page.rows, ...(Array.isArray(items) ? (items as readonly Json[]) : [items])];
  if (rows.length > plan.max) {
    throw new OwnFault(
      "call/too-many-rows",
      `${operation.system}.${operation.name} found more than ${plan.max} rows`,
      plan.at,
      "ask for less, or raise `max`: nothing is ever cut off silently",
    );
  }
  if (!scope.holds(plan.while)) return rows;
  const next = Object.entries(plan.next ?? {}).map(([name, expression]): [string, Json] => [
    name,
    scope.evaluate(expression) ?? null,
  ]);
  const url = plan.nextUrl === undefined ? undefined : nextUrl(state, plan.nextUrl, scope);
  // Changed only when nothing can fail any more: a failed expression is evaluated again.
  page.rows = rows;
  page.cursor = { ...page.cursor, ...Object.fromEntries(next) };
  page.number += 1;
  if (url !== undefined) page.url = url;
  return undefined;
}

function nextUrl(state: CallState, plan: Expression, scope: OperationScope): string {
  const { memo, operation } = state;
  const { adapter } = operation;
  const given = scope.evaluate(plan);
  const base = textOf(scope.evaluate(adapter.baseUrl));
  const url = typeof given === "string" ? pageUrl(given, base, memo.page?.asked) : undefined;
  if (url !== undefined) return url;
  throw new OwnFault(
    "call/foreign-page",
    `the next page is said to be at ${JSON.stringify(given ?? null)}, which is not on the host of base-url`,
    plan.at,
    "give the address that the partner's answer holds; pages elsewhere are not asked for, since credentials would go with them",
  );
}
