import type { Failure } from "../errors/failure.ts";
import { isJsonObject, type Json } from "../model/json.ts";
import { categories, type Category, type ImpactRule } from "../model/plan/impact.ts";
import type { IssueKind } from "../ports/insight-store.ts";
import { type Amounts, isAtLeast } from "./amount.ts";

/** What a category is judged by. */
export interface Stake {
  readonly flow: string;
  readonly kind: IssueKind;
  readonly class: Failure["class"];
  readonly impact: Json | undefined;
  /** At stake in the whole issue. */
  readonly amounts: Amounts;
}

/** The first of the workspace's rules that holds; `otherwise` where none does. */
export function categoryOf(
  stake: Stake,
  rules: readonly ImpactRule[] = [],
  otherwise: Category = "normal",
): Category {
  return rules.find((rule) => holds(rule, stake))?.category ?? otherwise;
}

function holds(rule: ImpactRule, stake: Stake): boolean {
  const impact = isJsonObject(stake.impact) ? stake.impact["class"] : undefined;
  return (
    isOneOf(rule.impact, impact) &&
    isOneOf(rule.failure, stake.class) &&
    isOneOf(rule.kind, stake.kind) &&
    isOneOf(rule.flow, stake.flow) &&
    reaches(rule, stake.amounts)
  );
}

function isOneOf(named: readonly string[] | undefined, value: unknown): boolean {
  return named === undefined || named.some((one) => one === value);
}

function reaches({ amount, currency }: ImpactRule, amounts: Amounts): boolean {
  if (amount === undefined) return true;
  return Object.entries(amounts).some(
    ([name, sum]) => (currency === undefined || name === currency) && isAtLeast(sum, amount),
  );
}

/** True when `a` is worse than `b`. */
export function isWorse(a: Category, b: Category): boolean {
  return categories.indexOf(a) < categories.indexOf(b);
}

/** True when a target that hears from `from` on hears of `category`. */
export function isTold(category: Category, from: Category): boolean {
  return categories.indexOf(category) <= categories.indexOf(from);
}
