import type { SourceRef } from "../../errors/diagnostic.ts";
import { InvariantError } from "../../errors/flow-error.ts";
import type { TemplateNode } from "../../mapping/index.ts";
import { compileExpression, compileTemplate } from "./compiler.ts";
import type { Expression, Template } from "../../model/expression.ts";
import type { Shape } from "../../model/field.ts";
import { pointerJoin } from "../../validation/index.ts";
import type { Place, ScalarNode, YamlNode } from "../yaml/node.ts";
import { bareIn } from "./bare-expression.ts";
import { describe, shorten } from "./names.ts";
import { wrongType } from "./scalar.ts";
import type { ExpressionUse, Spot } from "./walk.ts";

/** A bare expression; `${ … }` around the whole of it is taken off. */
export function expressionValue(_: Shape, node: YamlNode, spot: Spot): Expression | undefined {
  if (node.kind !== "scalar" || node.value === null) {
    const message = `${describe(node)} stands here; expected an expression in quotes`;
    const help = "a bare expression that begins with { or [ must be quoted";
    spot.walk.flaw("spec/wrong-type", node.at, message, node.kind === "scalar" ? {} : { help });
    return undefined;
  }
  const { text, place } = unwrap(node);
  const id = `${spot.walk.file}#${spot.pointer}`;
  const { isSound, kept } = spot.walk;
  const source = { id, text, place, mode: "strict", roots: spot.roots, isSound, kept } as const;
  const compiled = compileExpression(source);
  spot.walk.diagnostics.push(...compiled.diagnostics);
  const expression = compiled.expression ?? unusable(id, text, node);
  spot.site.uses.push({
    expression,
    ...(compiled.analysis === undefined ? {} : { analysis: compiled.analysis }),
    at: node.at,
    pointer: spot.pointer,
    template: false,
  });
  return expression;
}

function unwrap(node: ScalarNode): { readonly text: string; readonly place: Place } {
  const [, before, inner] = /^(\s*\$\{)([^]*)\}\s*$/.exec(node.text) ?? [];
  if (before === undefined || inner === undefined) return node;
  const { place } = node;
  const shift = before.length;
  return {
    text: inner,
    place: { file: place.file, ref: (offset, length) => place.ref(offset + shift, length) },
  };
}

/** A value with `${…}` inside. */
export function templateValue(
  shape: Extract<Shape, { type: "template" }>,
  node: YamlNode,
  spot: Spot,
): Template | undefined {
  if (shape.single === true && node.kind !== "scalar") return wrongType(shape, node, spot);
  const id = `${spot.walk.file}#${spot.pointer}`;
  const scalars: PlacedScalar[] = [];
  const tree = templateNode(node, spot.pointer, scalars);
  const { isSound, kept } = spot.walk;
  if (!isSound) for (const { node: scalar } of scalars) refuseBare(scalar, spot);
  const compiled = compileTemplate(tree, { id, roots: spot.roots, isSound, kept });
  spot.walk.diagnostics.push(...compiled.diagnostics);
  const expressions = compiled.template?.expressions ?? [];
  for (const [index, analysis] of compiled.analyses.entries()) {
    const expression = expressions[index] ?? unusable(`${id}#${index}`, "", node);
    const pointer = pointerAt(scalars, expression.at) ?? spot.pointer;
    spot.site.uses.push({ expression, analysis, at: expression.at, pointer, template: true });
  }
  if (isSound) spot.site.uses.push(...expressions.map((one) => useOf(one, spot)));
  return compiled.template ?? { ...unusable(id, "", node), constant: false, expressions: [] };
}

/** Of an expression that is known to be sound; where it stands is worked out when somebody asks. */
function useOf(expression: Expression, { pointer }: Spot): ExpressionUse {
  return {
    expression,
    pointer,
    template: true,
    get at() {
      return expression.at;
    },
  };
}

/** A scalar of a template, in document order. */
interface PlacedScalar {
  readonly pointer: string;
  readonly at: SourceRef;
  readonly node: ScalarNode;
}

/** `with: { id: "$message.id" }` would send the very text: nobody means that. */
function refuseBare({ value, text, place }: ScalarNode, { walk, roots }: Spot): void {
  if (typeof value !== "string" || text.includes("${")) return;
  const bare = bareIn(text, roots);
  if (bare === undefined) return;
  walk.slip(
    "spec/bare-expression",
    place.ref(bare.start, bare.length),
    `"${shorten(text.slice(bare.start, bare.start + bare.length))}" is a text here`,
    { help: bare.help },
  );
}

/** The tree as the template compiler takes it; scalars are noted on the way. */
function templateNode(node: YamlNode, pointer: string, into: PlacedScalar[]): TemplateNode {
  switch (node.kind) {
    case "scalar":
      into.push({ pointer, at: node.at, node });
      // It has its finding; what is left of it would only make another.
      return node.broken === true ? { ...node, value: null, text: "" } : node;
    case "list": {
      const items = node.items.map((item, index) =>
        templateNode(item, pointerJoin(pointer, String(index)), into),
      );
      return { kind: "list", items, at: node.at };
    }
    case "map": {
      const entries = node.entries.map(({ key, keyAt, value }) => ({
        key,
        value: templateNode(value, pointerJoin(pointer, key), into),
        at: keyAt,
      }));
      return { kind: "map", entries, at: node.at };
    }
  }
}

/** The scalar that an expression stands in: the last one that begins before it. */
function pointerAt(scalars: readonly PlacedScalar[], at: SourceRef): string | undefined {
  return scalars.findLast(
    (scalar) =>
      scalar.at.line < at.line || (scalar.at.line === at.line && scalar.at.column <= at.column),
  )?.pointer;
}

/** Stands for an expression with findings, so that the rest of its document can still be checked. */
export function unusable(id: string, text: string, { at }: { readonly at: SourceRef }): Expression {
  return {
    id,
    text,
    at,
    compiled: false,
    evaluate() {
      throw new InvariantError("spec/evaluated-broken", `${id} was evaluated, and has findings`);
    },
  };
}
