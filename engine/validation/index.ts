/** The only door to ajv: JSON Schema 2020-12, and what rules ask of a schema. */
export { compileSchemas } from "./compile-schemas.ts";
export { formatFault } from "./formats.ts";
export { lintSchema } from "./lint.ts";
export { pointerJoin, pointerSegments } from "./pointer.ts";
export { Reach } from "./reach.ts";
export { resolveRef } from "./reference.ts";
export { type SchemaChange, schemaDifference } from "./schema-difference.ts";
export { isMiss, SchemaView } from "./schema-view.ts";
