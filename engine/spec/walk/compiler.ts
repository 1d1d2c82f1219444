export { compileExpression } from "../../mapping/expression.ts";
export { compileTemplate } from "../../mapping/template.ts";
