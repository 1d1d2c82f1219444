import type { Diagnostic } from "../errors/diagnostic.ts";
import { ExpressionError, NeedsFact } from "../model/evaluation-error.ts";
import { factKey } from "../model/expression.ts";
import type {
  EvaluationContext,
  Expression,
  FactRequest,
  Root,
  Scope,
} from "../model/expression.ts";
import type { Json } from "../model/json.ts";
import { analyse } from "./analysis/analyse.ts";
import { mayBeAbsent } from "./compile/absence.ts";
import type {
  Analysis,
  CompiledExpression,
  ExpressionSource,
  KeptExpressions,
} from "./contract.ts";
import { keptName, nowhere, packAnalysis, unpackAnalysis } from "./kept.ts";
import { asDiagnostic, asExpressionError } from "./place.ts";
import { compileTree } from "./program.ts";
import type { Program } from "./program.ts";
import type { Ast } from "./syntax/ast.ts";
import { parse } from "./syntax/parse.ts";
import { fail } from "./value/fault.ts";

/** Compiles one expression. Every finding has the place of the part it is about. */
export function compileExpression(source: ExpressionSource): CompiledExpression {
  if (source.isSound === true) return { expression: deferred(source), diagnostics: [] };
  return source.kept === undefined ? compileNow(source) : compileKept(source, source.kept);
}

/**
 * As `compileNow`; what was found of the same text before is not looked for again. Only what has no
 * finding is kept, so that each finding is made where its expression stands.
 */
function compileKept(source: ExpressionSource, kept: KeptExpressions): CompiledExpression {
  const { place } = source;
  const name = keptName(source);
  const before = kept.get(name);
  if (before !== undefined) {
    const analysis = unpackAnalysis(before.analysis, place);
    return { expression: deferred(source, before), diagnostics: [], analysis };
  }
  const { expression, analysis, diagnostics } = compileNow({ ...source, place: nowhere });
  if (expression === undefined || analysis === undefined || diagnostics.length > 0) {
    return compileNow(source);
  }
  const { why } = expression;
  const packed = { ...(why === undefined ? {} : { why }), analysis: packAnalysis(analysis) };
  kept.set(name, packed);
  return {
    expression: deferred(source, packed),
    diagnostics,
    analysis: unpackAnalysis(packed.analysis, place),
  };
}

function compileNow(source: ExpressionSource): CompiledExpression {
  if (source.text.trim() === "") return { diagnostics: [emptyText(source)] };
  const parsed = parse(source.text);
  if ("fault" in parsed) {
    return { diagnostics: [asDiagnostic(parsed.fault, source.text, source.place)] };
  }
  const { analysis, diagnostics } = analyse(parsed.ast, source);
  if (diagnostics.some(({ severity }) => severity === "error")) return { diagnostics, analysis };
  return { expression: expressionOf(parsed.ast, source, analysis), diagnostics, analysis };
}

/** The same expression, of which nothing is worked out before it is needed: most never are. */
function deferred(source: ExpressionSource, known?: Pick<Expression, "why">): Expression {
  const { id, text, place } = source;
  let made: Expression | undefined;
  const needed = (): Expression => (made ??= soundExpression(source));
  return {
    id,
    text,
    get at() {
      return place.ref(0, text.length);
    },
    get compiled() {
      return known === undefined ? needed().compiled : known.why === undefined;
    },
    get why() {
      return (known ?? needed()).why;
    },
    evaluate: (scope, context) => needed().evaluate(scope, context),
  };
}

function soundExpression(source: ExpressionSource): Expression {
  const { expression, diagnostics } = compileNow(source);
  if (expression !== undefined) return expression;
  // Whoever called it sound was wrong: it fails as every expression that makes no sense.
  const { code, message, at, help } = diagnostics[0] ?? emptyText(source);
  throw new ExpressionError(code, message, at, help);
}

function emptyText(source: ExpressionSource): Diagnostic {
  return {
    code: "mapping/syntax",
    severity: "error",
    message: "the expression is empty",
    at: source.place.ref(0, 1),
    help: "write a path, a text in quotes, or null",
  };
}

function expressionOf(ast: Ast, source: ExpressionSource, analysis: Analysis): Expression {
  const { id, text, place, mode } = source;
  const roots = new Set<string>(source.roots);
  const compiled = compileTree(ast, text, {
    strict: mode === "strict",
    isBound: (name) => roots.has(name),
  });
  const about = { id, text, at: place.ref(0, text.length) };
  if ("why" in compiled) {
    const named = rootsOf(analysis, mode);
    const expression: Expression = {
      ...about,
      compiled: false,
      why: compiled.why,
      evaluate: (scope, context) => askLibrary(expression, { scope, named }, context),
    };
    return expression;
  }
  const mustYield = mode === "strict" && !mayBeAbsent(ast);
  const { program } = compiled;
  return {
    ...about,
    compiled: true,
    evaluate: (scope, context) => {
      try {
        return evaluate(program, scope, context, { mode, mustYield });
      } catch (error) {
        throw asExpressionError(error, text, place);
      }
    },
  };
}

function evaluate(
  program: Program,
  scope: Scope,
  context: EvaluationContext,
  how: { readonly mode: ExpressionSource["mode"]; readonly mustYield: boolean },
): Json | undefined {
  const input = how.mode === "mapping" ? scope["input"] : undefined;
  const value = program(input, scope, context);
  return value === undefined && how.mustYield ? fail("yields-nothing") : value;
}

function rootsOf(analysis: Analysis, mode: ExpressionSource["mode"]): readonly string[] {
  const read = analysis.reads.map(({ root }) => root).filter((root) => root !== "context");
  return [
    ...new Set<Root>([...read, ...(mode === "mapping" ? (["input"] as const) : [])]),
  ].toSorted();
}

/** The value the library gave for this expression on this data, or a request for it. */
function askLibrary(
  expression: Expression,
  { scope, named }: { readonly scope: Scope; readonly named: readonly string[] },
  context: EvaluationContext,
): Json | undefined {
  const part = Object.fromEntries(named.map((name) => [name, scope[name]]));
  const request: FactRequest = {
    kind: "evaluate",
    expression,
    scope: part,
    key: JSON.stringify([expression.id, expression.text, part, context.now, context.seed]),
  };
  const known = context.facts.get(factKey(request));
  if (known === undefined) throw new NeedsFact(request);
  return known;
}
