import type { Diagnostic, SourceRef } from "../errors/diagnostic.ts";
import { ExpressionError } from "../model/evaluation-error.ts";
import type { EvaluationContext, Expression, Root, Scope, Template } from "../model/expression.ts";
import type { Json } from "../model/json.ts";
import type {
  Analysis,
  CompiledTemplate,
  Place,
  TemplateNode,
  TemplateOptions,
} from "./contract.ts";
import { compileExpression } from "./expression.ts";
import { splitTemplate } from "./syntax/template-text.ts";
import { setKey, typeName } from "./value/basic.ts";
import { toText } from "./value/text.ts";

type Evaluate = (scope: Scope, context: EvaluationContext) => Json | undefined;

/** Gathers what the parts of one template give. */
interface Gathered {
  readonly options: TemplateOptions;
  /** Expressions so far, those with errors included. */
  count: number;
  readonly expressions: Expression[];
  readonly analyses: Analysis[];
  readonly diagnostics: Diagnostic[];
}

/**
 * Compiles a value with `${ … }` inside. A string that is one expression gives its JSON value, and
 * its key or item is left out when that is nothing; an expression among text gives its text.
 * `\${` stands for the characters themselves.
 */
export function compileTemplate(node: TemplateNode, options: TemplateOptions): CompiledTemplate {
  const gathered: Gathered = {
    options,
    count: 0,
    expressions: [],
    analyses: [],
    diagnostics: [],
  };
  const evaluate = compileNode(node, gathered);
  const { expressions, analyses, diagnostics } = gathered;
  if (diagnostics.some(({ severity }) => severity === "error")) return { diagnostics, analyses };
  const constant = expressions.length === 0;
  const parts = node.kind === "scalar" ? partsOf(node, expressions) : undefined;
  const template: Template = {
    // Worked out when something is to be said of it.
    get at() {
      return node.kind === "scalar" ? node.place.ref(0, Math.max(1, node.text.length)) : node.at;
    },
    constant,
    expressions,
    ...(parts === undefined ? {} : { parts }),
    evaluate,
  };
  return { template, diagnostics, analyses };
}

/** The parts of a text that mixes text and expressions. */
function partsOf(
  node: Extract<TemplateNode, { kind: "scalar" }>,
  expressions: readonly Expression[],
): readonly (string | Expression)[] | undefined {
  if (expressions.length === 0) return undefined;
  const split = splitTemplate(node.text);
  if ("open" in split) return undefined;
  const rest = [...expressions];
  return split.parts.map((part) => (typeof part === "string" ? part : (rest.shift() ?? "")));
}

function compileNode(node: TemplateNode, gathered: Gathered): Evaluate {
  switch (node.kind) {
    case "scalar":
      return typeof node.value === "string" ? compileText(node, gathered) : () => node.value;
    case "list": {
      const items = node.items.map((item) => compileNode(item, gathered));
      return (scope, context) =>
        items.flatMap((item) => {
          const value = item(scope, context);
          return value === undefined ? [] : [value];
        });
    }
    case "map": {
      const entries = node.entries.map(({ key, value, at }) => {
        if (holdsExpression(key, gathered.options.roots))
          gathered.diagnostics.push(keyFinding(key, at ?? node.at));
        return { key, value: compileNode(value, gathered) };
      });
      return (scope, context) => {
        const result: Record<string, Json> = {};
        for (const { key, value } of entries) {
          const member = value(scope, context);
          if (member !== undefined) setKey(result, key, member);
        }
        return result;
      };
    }
  }
}

/** `"${ $message.id }"`, `"$message.id"` */
export function holdsExpression(key: string, roots: readonly Root[]): boolean {
  const [, root] = /^\s*\$([a-z]+)\./.exec(key) ?? [];
  return key.includes("${") || roots.some((known) => known === root);
}

function keyFinding(key: string, at: SourceRef): Diagnostic {
  return {
    code: "mapping/expression-in-key",
    severity: "error",
    message: `the key "${key}" holds an expression, and keys are taken as they are`,
    at,
    help: "make the whole object by an expression: ${ { … : … } }",
  };
}

function compileText(
  node: Extract<TemplateNode, { kind: "scalar" }>,
  gathered: Gathered,
): Evaluate {
  const { text, place } = node;
  const split = splitTemplate(text);
  if ("open" in split) {
    gathered.diagnostics.push({
      code: "mapping/open-template",
      severity: "error",
      message: `the "\${" has no closing }${split.because}`,
      at: place.ref(split.open, 2),
      help: "close it, or write \\${ for the characters themselves",
    });
    return () => text;
  }
  const { parts } = split;
  if (parts.every((part) => typeof part === "string")) {
    const constant = parts.join("");
    return () => constant;
  }
  const compiled = parts.map((part) =>
    typeof part === "string" ? part : compilePart(part, place, gathered),
  );
  const whole = compiled.filter((part) => typeof part !== "string" || part.trim() !== "");
  const [only] = whole;
  if (whole.length === 1 && only !== undefined && typeof only !== "string") {
    return (scope, context) => only.evaluate(scope, context);
  }
  return (scope, context) =>
    compiled
      .map((part) =>
        typeof part === "string" ? part : textOf(part, part.evaluate(scope, context)),
      )
      .join("");
}

interface Part extends Pick<Expression, "evaluate" | "at"> {
  readonly text: string;
}

function compilePart(
  part: { readonly start: number; readonly text: string },
  place: Place,
  gathered: Gathered,
): Part {
  const { options, expressions, analyses, diagnostics } = gathered;
  const number = gathered.count++;
  const result = compileExpression({
    id: number === 0 ? options.id : `${options.id}#${number}`,
    text: part.text,
    place: { file: place.file, ref: (offset, length) => place.ref(part.start + offset, length) },
    mode: "strict",
    roots: options.roots,
    isSound: options.isSound,
    kept: options.kept,
  });
  diagnostics.push(...result.diagnostics);
  if (result.analysis !== undefined) analyses.push(result.analysis);
  const { expression } = result;
  if (expression === undefined) {
    return { text: part.text, at: place.ref(part.start, 1), evaluate: () => undefined };
  }
  expressions.push(expression);
  return expression;
}

/** A value among text; lists and objects have no text that anybody meant. */
function textOf(part: Part, value: Json | undefined): string {
  if (value === undefined) return "";
  if (typeof value === "object") {
    throw new ExpressionError(
      "mapping/no-text",
      `\`${part.text.trim()}\` gives ${typeName(value)}, which cannot be part of a text`,
      part.at,
      "name one of its fields, give a text by `?? ''`, or write it by $string(…)",
    );
  }
  return toText(value);
}
