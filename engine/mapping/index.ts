/**
 * The only door to JSONata. Planned beside the types, in this order of arrival:
 * `compileExpression(source)`, `compileTemplate(node, options)`, `lineage(text)`, `functionDocs`,
 * `evaluateWithLibrary(expression, scope, context)`.
 */
export type {
  Analysis,
  Comparison,
  ComparisonOperator,
  CompiledExpression,
  CompiledTemplate,
  ExpressionMode,
  ExpressionSource,
  FieldOrigin,
  FunctionDoc,
  FunctionUse,
  MappedObject,
  PathRead,
  Place,
  TemplateNode,
  TemplateOptions,
} from "./contract.ts";
