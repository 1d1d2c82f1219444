/** The only door to ajv: JSON Schema 2020-12, and what rules ask of a schema. */
export { compileSchemas, type SchemaSource } from "./compile-schemas.ts";
export { formatNames } from "./formats.ts";
export { lintSchema, type SchemaIssue } from "./lint.ts";
export { pointerGet, pointerJoin, pointerSegments } from "./pointer.ts";
export { resolveRef } from "./reference.ts";
export { isMiss, type PathMiss, type PathView, SchemaView } from "./schema-view.ts";
