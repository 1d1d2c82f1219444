/** The only door to JSONata: expressions, templates, our functions, and what can be said of them. */
export { compileExpression } from "./expression.ts";
export { compileTemplate, holdsExpression } from "./template.ts";
export { evaluateWithLibrary } from "./with-library.ts";
export { lineage } from "./lineage.ts";
export { builtin } from "./builtin/index.ts";
export { functionDocs } from "./library/index.ts";
export type {
  Analysis,
  BareKey,
  Comparison,
  ComparisonOperator,
  CompiledExpression,
  CompiledTemplate,
  ExpressionMode,
  ExpressionSource,
  FieldOrigin,
  FunctionDoc,
  FunctionUse,
  KeptExpressions,
  MadeMember,
  MadeObject,
  MappedObject,
  PackedExpression,
  PathRead,
  Place,
  Shape,
  TemplateNode,
  TemplateOptions,
} from "./contract.ts";
