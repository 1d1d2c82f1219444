import { compileExpression, compileTemplate } from "../../../engine/mapping/index.ts";
import type {
  CompiledExpression,
  ExpressionMode,
  Place,
  TemplateNode,
} from "../../../engine/mapping/index.ts";
import type { SourceRef } from "../../../engine/errors/diagnostic.ts";
import type { EvaluationContext, Root, Scope } from "../../../engine/model/expression.ts";
import { ExpressionError } from "../../../engine/model/evaluation-error.ts";
import { toJson } from "../../../engine/mapping/value/result.ts";
import type { Json } from "../../../engine/model/json.ts";

/** A place on line 7, whose column is the offset plus one. */
export const place: Place = {
  file: "flows/a.yaml",
  ref: (offset: number, length: number): SourceRef => ({
    file: "flows/a.yaml",
    line: 7,
    column: offset + 1,
    length,
  }),
};

/** A value of a program as JSON text. Programs give plain JSON: nothing that `toJson` would change. */
export function plainText(value: unknown): string {
  if (toJson(value) !== value) throw new Error(`no plain JSON: ${JSON.stringify(value)}`);
  return JSON.stringify(value) ?? "nothing";
}

export const context: EvaluationContext = {
  now: 1_767_225_600_000,
  seed: "seed",
  facts: new Map(),
  codes: new Map([["payment-terms", new Map<string, Json>([["Net 30", "N30"]])]]),
};

const roots: readonly Root[] = ["message", "steps", "state", "input", "response"];

export function compile(text: string, mode: ExpressionMode = "strict"): CompiledExpression {
  return compileExpression({ id: "x", text, place, mode, roots });
}

/** The value of an expression; findings of the compiler are thrown. */
export function evaluate(
  text: string,
  scope: Scope = {},
  mode: ExpressionMode = "strict",
  with_: Partial<EvaluationContext> = {},
): Json | undefined {
  const { expression, diagnostics } = compile(text, mode);
  if (expression === undefined) throw new Error(diagnostics.map((one) => one.message).join("; "));
  return expression.evaluate(scope, { ...context, ...with_ });
}

/** A mapping applied to its input. */
export function map(text: string, input: Json, with_: Partial<EvaluationContext> = {}) {
  return evaluate(text, { input }, "mapping", with_);
}

/** The located error of an evaluation. */
export function errorOf(work: () => unknown): ExpressionError {
  try {
    work();
  } catch (error) {
    if (error instanceof ExpressionError) return error;
    throw error;
  }
  throw new Error("no error was thrown");
}

/** Findings as `column+length code`. */
export function findings(text: string, mode: ExpressionMode = "strict"): string[] {
  return compile(text, mode).diagnostics.map(
    ({ at, code }) => `${at.column}+${at.length} ${code.replace("mapping/", "")}`,
  );
}

export function scalar(value: Json): TemplateNode {
  return { kind: "scalar", value, text: typeof value === "string" ? value : "", place };
}

export function template(node: TemplateNode | string) {
  return compileTemplate(typeof node === "string" ? scalar(node) : node, { id: "t", roots });
}

export function render(node: TemplateNode | string, scope: Scope = {}): Json | undefined {
  const { template: compiled, diagnostics } = template(node);
  if (compiled === undefined) throw new Error(diagnostics.map((one) => one.message).join("; "));
  return compiled.evaluate(scope, context);
}
