export type { Compilation, CompileOptions, TestDocument, WorkspaceFiles } from "./compilation.ts";
