import type {
  CompiledExpression,
  CompiledTemplate,
  ExpressionSource,
  TemplateNode,
  TemplateOptions,
} from "../../mapping/index.ts";
import type { Expression } from "../../model/expression.ts";

function make(id: string, text: string, at: Expression["at"]): Expression {
  return { id, text, at, compiled: true, evaluate: () => null };
}
const none = {
  reads: [],
  functions: [],
  comparisons: [],
  codes: [],
  crosswalks: [],
  references: [],
  mappedObjects: [],
  lineage: [],
};

export function compileExpression(source: ExpressionSource): CompiledExpression {
  return {
    expression: make(source.id, source.text, source.place.ref(0, source.text.length)),
    diagnostics: [],
    analysis: none,
  };
}
export function compileTemplate(node: TemplateNode, options: TemplateOptions): CompiledTemplate {
  const at = node.kind === "scalar" ? node.place.ref(0, 1) : node.at;
  return {
    template: { at, constant: false, expressions: [], evaluate: () => null },
    diagnostics: [],
    analyses: options.id === "" ? [] : [],
  };
}
