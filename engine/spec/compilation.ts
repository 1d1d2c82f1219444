import type { Diagnostic } from "../errors/diagnostic.ts";
import type { Expression } from "../model/expression.ts";
import type { Generation } from "../model/plan/generation.ts";
import type { FlowTest } from "../model/plan/flow-test.ts";
import type { ReferenceKind } from "../model/field.ts";
import type { DocumentCache } from "./documents/read-workspace.ts";
import type { KeptParts } from "./kept.ts";
import type { Use } from "./uses.ts";

/** Texts by workspace-relative path, forward slashes: yaml, json and jsonata files. */
export interface WorkspaceFiles {
  readonly [path: string]: string;
}

export interface CompileOptions {
  /** What other processes found of parts of the same texts; the cache has its own share of it. */
  readonly kept?: Pick<KeptParts, "examples">;
  /** Kept from one compilation to the next, only files whose text changed are read again. */
  readonly cache?: DocumentCache;
  /** What these very texts were found to be under the same options: nothing is judged a second time. */
  readonly judged?: readonly Diagnostic[];
  /** SHA-256 in hex; names the generation. */
  readonly digest: (text: string) => string;
  /** Secrets that have a value where this runs; absent where nobody knows, as in an editor. */
  readonly presentSecrets?: PresentSecrets;
  /** The date, such as 2026-11-26; absent where the workspace is not judged by it. */
  readonly today?: string;
  /** Texts that the schemas are compared with: a change is classed, and what it hits is named. */
  readonly against?: WorkspaceFiles;
  /** Environment values that are set where this runs; absent where nobody knows. */
  readonly presentEnv?: PresentEnv;
}

/** Which secrets have a value where this runs. */
export interface PresentSecrets {
  has(name: string): boolean;
  /** What was looked at in vain, where there was something: a file that is not there. */
  whyNot?(name: string): string | undefined;
}

/** Which environment values are set where this runs, and what they are. */
export interface PresentEnv {
  has(name: string): boolean;
  get?(name: string): string | undefined;
}

/** A flow test and the file it stands in. */
export interface TestDocument {
  readonly file: string;
  readonly test: FlowTest;
}

/** What became of a workspace. Findings are sorted and complete: one broken file hides no other. */
export interface Compilation {
  /** Absent when any finding is an error. */
  readonly generation?: Generation;
  readonly diagnostics: readonly Diagnostic[];
  /** The tests that could be read. */
  readonly tests: readonly TestDocument[];
  /** Expressions that only the jsonata library can evaluate: slower, and recorded as facts. */
  readonly fallbacks: () => readonly Expression[];
  /** Who uses what, by file and line. */
  readonly uses: () => readonly Use[];
  /** What may be used, by kind. */
  readonly names: () => ReadonlyMap<ReferenceKind, ReadonlySet<string>>;
}
