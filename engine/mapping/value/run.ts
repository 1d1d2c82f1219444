import type { EvaluationContext, Scope } from "../../model/expression.ts";
import { fail } from "./fault.ts";
import { checkLength, limits } from "./limit.ts";

/** One evaluation under way. */
export interface Run {
  readonly scope: Scope;
  readonly context: EvaluationContext;
  /** `$$`: the whole input. */
  readonly input: unknown;
  fuel: number;
  depth: number;
  /** How many values and characters the result may still hold, where it is counted as it is made. */
  nodes: number;
  characters: number;
  /** State of `$random()`; undefined until it is first asked. */
  random: Random | undefined;
}

/** An evaluation that has all of its fuel and room. */
export function newRun(input: unknown, scope: Scope, context: EvaluationContext): Run {
  const { fuel, nodes, characters } = limits;
  return { scope, context, input, fuel, depth: 0, nodes, characters, random: undefined };
}

/** A seeded sequence of numbers in [0, 1). */
export type Random = () => number;

/**
 * The evaluation under way. Kept here and not passed along, because evaluation is synchronous and
 * every closure would carry it for nothing; `enter` saves and restores it, so nesting is safe.
 */
let current: Run | undefined;

/** Runs `work` as one evaluation. */
export function enter<T>(run: Run, work: () => T): T {
  const outer = current;
  current = run;
  try {
    return work();
  } finally {
    current = outer;
  }
}

/** Makes this the evaluation under way, and gives the one before, which must come back. */
export function begin(run: Run | undefined): Run | undefined {
  const outer = current;
  current = run;
  return outer;
}

/** The evaluation under way; only evaluated code asks. */
export function running(): Run {
  return current ?? fail("no-run");
}

/** Takes `count` units of fuel. */
export function spend(count: number): void {
  if (current !== undefined && (current.fuel -= count) < 0) {
    fail("out-of-fuel", { value: limits.fuel });
  }
}

/** Refuses a text that would be too long before it is made, and takes fuel for its length. */
export function spendText(characters: number): void {
  checkLength(characters);
  spend(characters >> 4);
}

/** Runs a function body one level deeper. */
export function deeper(): void {
  if (current !== undefined && ++current.depth > limits.depth) {
    fail("D1011", { value: limits.depth });
  }
}

/** Leaves a function body. */
export function shallower(): void {
  if (current !== undefined) current.depth -= 1;
}
