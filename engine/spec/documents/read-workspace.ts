import { finding } from "../../errors/codes.ts";
import type { Diagnostic, SourceRef } from "../../errors/diagnostic.ts";
import type { AdapterPlan } from "../../model/plan/adapter.ts";
import type { FlowPlan } from "../../model/plan/flow.ts";
import type { SystemPlan } from "../../model/plan/system.ts";
import type {
  CodesPlan,
  FlowTest,
  MappingContract,
  WorkspacePlan,
} from "../../model/plan/workspace.ts";
import type { WorkspaceFiles } from "../compilation.ts";
import { compileExpression } from "../walk/compiler.ts";
import { parseYaml } from "../yaml/parse.ts";
import { SourceText } from "../yaml/source-text.ts";
import { toJson } from "../yaml/to-json.ts";
import { classify, nameOfPath } from "./classify.ts";
import type {
  BrokenFile,
  Documents,
  MappingDocument,
  SchemaDocument,
  SpecDocument,
} from "./document.ts";
import { overrideFile, overrideSystems } from "./override-systems.ts";
import { guessDocument, readDocument, type YamlFileKind } from "./read-yaml.ts";

/** Reads every file by itself; nothing is looked up yet. */
export function readWorkspace(files: WorkspaceFiles): Documents {
  const reader = new Reader();
  for (const file of Object.keys(files).toSorted()) reader.read(file, files[file] ?? "");
  return reader.documents();
}

type Plans = Record<string, unknown>;

/** Files as they come, kept by kind and name. */
class Reader {
  readonly #files: Record<string, string> = {};
  readonly #byKind = new Map<string, Map<string, SpecDocument<Plans>>>();
  readonly #tests: SpecDocument<Plans>[] = [];
  readonly #mappings = new Map<string, MappingDocument>();
  readonly #schemas = new Map<string, SchemaDocument>();
  readonly #broken: BrokenFile[] = [];
  readonly #diagnostics: Diagnostic[] = [];

  read(file: string, text: string): void {
    if (file === overrideFile) this.#files[file] = text;
    const kind = classify(file);
    if (kind === undefined) return;
    this.#files[file] = text;
    if (kind === "jsonata") this.#readMapping(file, text);
    else if (kind === "schema") this.#readSchema(file, text);
    else this.#readYaml(file, kind, text);
  }

  documents(): Documents {
    const of = <Plan>(kind: string) =>
      // `readDocument` compiled them by the fields of this kind.
      (this.#byKind.get(kind) ?? new Map()) as unknown as ReadonlyMap<string, SpecDocument<Plan>>;
    const [declared] = of<WorkspacePlan>("workspace").values();
    const workspace = declared && overrideSystems(declared, this.#files);
    const known = workspace !== undefined || this.#broken.some(({ kind }) => kind === "workspace");
    if (!known) this.#missingWorkspace();
    return {
      files: this.#files,
      ...(workspace === undefined ? {} : { workspace }),
      flows: of<FlowPlan>("flow"),
      systems: of<SystemPlan>("system"),
      adapters: of<AdapterPlan>("adapter"),
      contracts: of<MappingContract>("mapping"),
      codes: of<CodesPlan>("codes"),
      tests: this.#tests as unknown as readonly SpecDocument<FlowTest>[],
      mappings: this.#mappings,
      schemas: this.#schemas,
      broken: this.#broken,
      diagnostics: this.#diagnostics,
    };
  }

  #missingWorkspace(): void {
    if (Object.hasOwn(this.#files, "sluice.yaml")) return;
    const at = { file: "sluice.yaml", line: 1, column: 1, length: 1 };
    this.#diagnostics.push(
      finding("spec/missing-workspace", at, "there is no sluice.yaml in this folder", {
        help: "it names the workspace, its teams and who plays which system",
      }),
    );
  }

  #readYaml(file: string, kind: YamlFileKind, text: string): void {
    const parsed = parseYaml(file, text);
    this.#diagnostics.push(...parsed.diagnostics);
    if (parsed.broken) {
      this.#broken.push({ file, ...guess(kind, text) });
      return;
    }
    const { document, walk } = readDocument(file, kind, parsed.root);
    if (document === undefined) {
      this.#diagnostics.push(...walk.diagnostics);
      this.#broken.push({ file, ...(kind === "workspace" ? { kind } : {}) });
      return;
    }
    if (document.kind === "test") this.#tests.push(document);
    else this.#keep(document);
    this.#diagnostics.push(...walk.diagnostics);
  }

  #keep(document: SpecDocument<Plans>): void {
    const { kind, name, walk } = document;
    const named = this.#byKind.get(kind) ?? new Map<string, SpecDocument<Plans>>();
    this.#byKind.set(kind, named);
    // A contract's own name is checked against its path, which is what others mean.
    const key = kind === "mapping" ? nameOfPath(document.file) : name;
    if (kind === "mapping" && name !== "" && name !== key) {
      walk.flaw(
        "spec/name-mismatch",
        document.nameAt,
        `the contract names "${name}", and stands at "${key}"`,
        { help: `write mapping: ${key}` },
      );
    }
    const first = named.get(key);
    if (first === undefined) named.set(key, document);
    else if (name !== "") this.#duplicate(kind, name, document.nameAt, first.nameAt);
  }

  #duplicate(kind: string, name: string, at: SourceRef, first: SourceRef): void {
    this.#diagnostics.push(
      finding("spec/duplicate-name", at, `a second ${kind} is named "${name}"`, {
        help: "rename one of them",
        related: [{ at: first, message: "the first stands here" }],
      }),
    );
  }

  #readMapping(file: string, text: string): void {
    const source = new SourceText(file, text);
    const at = source.ref(0, text.length);
    const place = {
      file,
      ref: (offset: number, length: number) => source.ref(offset, offset + length),
    };
    const compiled = compileExpression({
      id: file,
      text,
      place,
      mode: "mapping",
      roots: ["input"],
    });
    this.#diagnostics.push(...compiled.diagnostics);
    const name = nameOfPath(file);
    if (compiled.expression === undefined) {
      this.#broken.push({ file, kind: "mapping", name });
      return;
    }
    const { expression, analysis } = compiled;
    const extra = analysis === undefined ? {} : { analysis };
    this.#mappings.set(name, { name, file, expression, ...extra, at });
  }

  #readSchema(file: string, text: string): void {
    const parsed = parseYaml(file, text);
    this.#diagnostics.push(...parsed.diagnostics);
    const name = nameOfPath(file);
    const { root } = parsed;
    if (root === undefined) {
      this.#broken.push({ file, kind: "schema", name });
      return;
    }
    const first = this.#schemas.get(name);
    if (first !== undefined) {
      this.#duplicate("schema", name, root.at, first.at);
      return;
    }
    this.#schemas.set(name, { name, file, node: root, json: toJson(root), at: root.at });
  }
}

function guess(fileKind: YamlFileKind, text: string): Pick<BrokenFile, "kind" | "name"> {
  if (fileKind === "workspace" || fileKind === "test") return { kind: fileKind };
  return guessDocument(text) ?? {};
}
