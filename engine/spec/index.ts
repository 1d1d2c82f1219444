/** YAML, JSONata and JSON Schema texts in; a generation and findings out. No disk, no clock. */
export type { Compilation, CompileOptions, TestDocument, WorkspaceFiles } from "./compilation.ts";
export type { Use, UserKind } from "./uses.ts";
export { compileWorkspace } from "./compile-workspace.ts";
export { ReadCache } from "./documents/read-cache.ts";
export type { KeptParts, PackedSchema } from "./kept.ts";
export type { KeptTrees, PackedNode } from "./yaml/kept-trees.ts";
export { readDocument } from "./read-document.ts";
export { writeYaml } from "./yaml/write.ts";
export { editorSchemas } from "./editor-schema.ts";
export {
  type CodeReference,
  type KeyReference,
  languageReference,
  type LanguageReference,
  type StepReference,
} from "./language-reference.ts";
