import { finding } from "../../errors/codes.ts";
import type { Diagnostic, SourceRef } from "../../errors/diagnostic.ts";
import type { AdapterPlan } from "../../model/plan/adapter.ts";
import type { FlowPlan } from "../../model/plan/flow.ts";
import type { SystemPlan } from "../../model/plan/system.ts";
import type { FlowTest } from "../../model/plan/flow-test.ts";
import type { CodesPlan, MappingContract } from "../../model/plan/mapping.ts";
import type { WorkspacePlan } from "../../model/plan/workspace.ts";
import { compileExpression } from "../walk/compiler.ts";
import type { Looking } from "../walk/walk.ts";
import { checkEncoding } from "../yaml/encoding.ts";
import type { ParsedYaml } from "../yaml/parse.ts";
import type { KeptParts } from "../kept.ts";
import { packRef, unpackRef } from "../yaml/kept-trees.ts";
import { SourceText } from "../yaml/source-text.ts";
import { entriesOf, valueOf, type YamlNode } from "../yaml/node.ts";
import { toJson } from "../yaml/to-json.ts";
import { classify, type FileKind, nameOfPath } from "./classify.ts";
import type {
  BrokenFile,
  Documents,
  MappingDocument,
  SchemaDocument,
  SpecDocument,
} from "./document.ts";
import { type MisplacedFile, misplacedFile } from "./misplaced-file.ts";
import { overrideFile, overrideSystems } from "./override-systems.ts";
import { unusable } from "../walk/expression.ts";
import { withoutMisread } from "./misread.ts";
import { guessDocument, readDocument, type YamlFileKind } from "./read-yaml.ts";

/** Texts by workspace path. */
type WorkspaceFiles = Readonly<Record<string, string>>;

/** Reads one YAML text. */
export type ReadYaml = (file: string, text: string) => ParsedYaml;

/** What one file gives by itself. */
interface ReadFile {
  readonly diagnostics: readonly Diagnostic[];
  readonly broken?: BrokenFile;
  readonly document?: SpecDocument<Plans>;
  readonly mapping?: MappingDocument;
  readonly schema?: SchemaDocument;
}

type Plans = Record<string, unknown>;

interface KnownFile {
  readonly text: string;
  readonly isSound: boolean;
  readonly read: ReadFile;
}

/**
 * Files read before, by path. A file is read by itself, so what an unchanged text gave still holds:
 * a reload costs what was changed. Files that are gone are forgotten.
 */
export class DocumentCache {
  #files = new Map<string, KnownFile>();
  #override: string | undefined;
  readonly #sources: Sources;

  constructor(readYaml: ReadYaml, kept: Sources["kept"] = {}) {
    this.#sources = { readYaml, kept };
  }

  /**
   * Reads what changed and remembers exactly these files. With `isSound`, nothing is looked for that
   * could be wrong with an expression; what was read that way does not do for who must look.
   */
  readAll(files: WorkspaceFiles, isSound = false): readonly ReadFile[] {
    const before = this.#files;
    this.#files = new Map();
    this.#override = files[overrideFile];
    return Object.keys(files)
      .toSorted()
      .flatMap((file) => {
        const text = files[file] ?? "";
        const misplaced = misplacedFile(file, text);
        if (misplaced !== undefined) return [notRead(file, misplaced, text)];
        const kind = classify(file);
        if (kind === undefined) return [];
        const known = before.get(file);
        const isKnown = known?.text === text && (isSound || !known.isSound);
        const now = isKnown
          ? known
          : { text, isSound, read: readFile(file, { kind, text, isSound }, this.#sources) };
        this.#files.set(file, now);
        return [now.read];
      });
  }

  /** The texts that were read last. */
  get texts(): Readonly<Record<string, string>> {
    const texts = Object.fromEntries([...this.#files].map(([file, { text }]) => [file, text]));
    if (this.#override !== undefined) texts[overrideFile] = this.#override;
    return texts;
  }
}

/** Reads every file by itself; nothing is looked up yet. */
export function readWorkspace(
  files: WorkspaceFiles,
  cache: DocumentCache,
  isSound = false,
): Documents {
  const reader = new Gathering();
  for (const read of cache.readAll(files, isSound)) reader.take(read);
  return reader.documents(cache.texts);
}

/** One file to read. */
interface Given {
  readonly kind: FileKind;
  readonly text: string;
  readonly isSound: boolean;
}

/** What files are read with. */
interface Sources {
  readonly readYaml: ReadYaml;
  /** What was found of the same texts before. */
  readonly kept: Partial<Omit<KeptParts, "examples">>;
}

function readFile(
  file: string,
  { kind, text: given, isSound }: Given,
  { readYaml, kept }: Sources,
): ReadFile {
  const encoding = checkEncoding(file, given);
  if (encoding !== undefined) {
    return { diagnostics: [encoding], broken: { file, ...brokenAs(file, kind, given) } };
  }
  // A byte order mark says how to read the bytes, and is no part of the text.
  const text = given.startsWith("\uFEFF") ? given.slice(1) : given;
  if (kind === "schema") return readSchema(file, text, { readYaml, kept });
  const looking = { isSound, kept: kept.expressions };
  return kind === "jsonata"
    ? readMapping(file, text, looking)
    : readKind(file, { kind, text }, readYaml(file, text), looking);
}

/** A file whose name or folder keeps it from being read, and that was meant to be. */
function notRead(file: string, { message, help, meant }: MisplacedFile, text: string): ReadFile {
  const at = { file, line: 1, column: 1, length: 1 };
  const diagnostic = finding("spec/file-name", at, message, { help });
  const kind = classify(meant) ?? "flows";
  return { diagnostics: [diagnostic], broken: { file, ...brokenAs(meant, kind, text) } };
}

function brokenAs(file: string, kind: FileKind, text: string): Pick<BrokenFile, "kind" | "name"> {
  if (kind === "schema") return { kind, name: nameOfPath(file) };
  return kind === "jsonata" ? { kind: "mapping", name: nameOfPath(file) } : guess(kind, text);
}

function readKind(
  file: string,
  { kind, text }: { readonly kind: YamlFileKind; readonly text: string },
  parsed: ParsedYaml,
  looking: Looking,
): ReadFile {
  const { diagnostics } = parsed;
  if (parsed.broken) return { diagnostics, broken: { file, ...guess(kind, text) } };
  const { document, walk } = readDocument(file, kind, parsed.root, looking);
  if (document === undefined) {
    const broken = { file, ...guess(kind, text) };
    return { diagnostics: [...diagnostics, ...walk.diagnostics], broken };
  }
  if (document.kind === "mapping") checkMappingName(document);
  if (document.kind === "codes") checkCodeValues(document);
  return { diagnostics: withoutMisread(diagnostics, walk.diagnostics, text), document };
}

/** A contract's own name is checked against its path, which is what others mean. */
function checkMappingName({ file, name, nameAt, walk }: SpecDocument<Plans>): void {
  const path = nameOfPath(file);
  if (name === "" || name === path) return;
  walk.flaw("spec/name-mismatch", nameAt, `the contract names "${name}", and stands at "${path}"`, {
    help: `write mapping: ${path}`,
  });
}

/** A code that stands for nothing: its value was forgotten. */
function checkCodeValues({ node, walk }: SpecDocument<Plans>): void {
  for (const { key, value } of entriesOf(valueOf(node, "values"))) {
    if (value.kind !== "scalar" || value.value !== null) continue;
    const message = `the code "${key}" has no value; expected a text, a number or a map`;
    walk.flaw("spec/wrong-type", value.at, message, { help: "give its value, or remove it" });
  }
}

function readMapping(file: string, text: string, looking: Looking): ReadFile {
  const source = new SourceText(file, text);
  const at = source.ref(0, text.length);
  const place = {
    file,
    ref: (offset: number, length: number) => source.ref(offset, offset + length),
  };
  const how = { mode: "mapping", roots: ["input"] } as const;
  const compiled = compileExpression({ id: file, text, place, ...how, ...looking });
  const { analysis, diagnostics } = compiled;
  const name = nameOfPath(file);
  // What is wrong in one place of it hides nothing of the others.
  const expression = compiled.expression ?? (analysis && unusable(file, text, { at }));
  if (expression === undefined) return { diagnostics, broken: { file, kind: "mapping", name } };
  const extra = analysis === undefined ? {} : { analysis };
  return { diagnostics, mapping: { name, file, expression, ...extra, at } };
}

function readSchema(file: string, text: string, { readYaml, kept }: Sources): ReadFile {
  const name = nameOfPath(file);
  // Whoever asks for its tree later on finds that, too.
  const before = kept.trees?.has(text) === true ? kept.schemas?.get(text) : undefined;
  if (before !== undefined) {
    const at = unpackRef(file, before.at);
    let node: YamlNode | undefined;
    const schema = {
      name,
      file,
      at,
      json: before.json,
      get node() {
        return (node ??= readYaml(file, text).root ?? { kind: "list", items: [], at });
      },
    };
    return { diagnostics: [], schema };
  }
  const { root, diagnostics } = readYaml(file, text);
  if (root === undefined) {
    const broken = { file, kind: "schema", name } as const;
    return { diagnostics: diagnostics.length > 0 ? diagnostics : [noSchema(file)], broken };
  }
  const json = toJson(root);
  if (diagnostics.length === 0) kept.schemas?.set(text, { at: packRef(root.at), json });
  return { diagnostics, schema: { name, file, node: root, json, at: root.at } };
}

function noSchema(file: string): Diagnostic {
  const at = { file, line: 1, column: 1, length: 1 };
  return finding("spec/unknown-document", at, "the file holds nothing; expected a JSON Schema", {
    help: "write type: object with its properties, or remove the file",
  });
}

/** The word for people where the first key of a document is not it. */
const words: Readonly<Record<string, string>> = { codes: "code list" };

/** Whether a file is called what its document is called: of two, that one has the better right. */
function isNamesake(file: string, name: string): boolean {
  return file.endsWith(`/${name}.yaml`) || file.endsWith(`.${name}.yaml`);
}

/** Files as they come, kept by kind and name. */
class Gathering {
  readonly #byKind = new Map<string, Map<string, SpecDocument<Plans>>>();
  readonly #tests: SpecDocument<Plans>[] = [];
  readonly #mappings = new Map<string, MappingDocument>();
  readonly #schemas = new Map<string, SchemaDocument>();
  readonly #broken: BrokenFile[] = [];
  readonly #diagnostics: Diagnostic[] = [];

  take({ diagnostics, broken, document, mapping, schema }: ReadFile): void {
    this.#diagnostics.push(...diagnostics);
    if (broken !== undefined) this.#broken.push(broken);
    if (document?.kind === "test") this.#tests.push(document);
    else if (document !== undefined) this.#keep(document);
    if (mapping !== undefined) this.#mappings.set(mapping.name, mapping);
    if (schema !== undefined) this.#keepSchema(schema);
  }

  documents(files: Readonly<Record<string, string>>): Documents {
    const of = <Plan>(kind: string) =>
      // `readDocument` compiled them by the fields of this kind.
      (this.#byKind.get(kind) ?? new Map()) as unknown as ReadonlyMap<string, SpecDocument<Plan>>;
    const [declared] = of<WorkspacePlan>("workspace").values();
    const workspace = declared && overrideSystems(declared, files);
    if (!Object.hasOwn(files, "sluice.yaml")) this.#missingWorkspace();
    return {
      files,
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
    const at = { file: "sluice.yaml", line: 1, column: 1, length: 1 };
    this.#diagnostics.push(
      finding("spec/missing-workspace", at, "there is no sluice.yaml in this folder", {
        help: "it names the workspace, its teams and who plays which system",
      }),
    );
  }

  #keep(document: SpecDocument<Plans>): void {
    const { kind, name, file, nameAt } = document;
    const named = this.#byKind.get(kind) ?? new Map<string, SpecDocument<Plans>>();
    this.#byKind.set(kind, named);
    const key = kind === "mapping" ? nameOfPath(file) : name;
    const first = named.get(key);
    if (first === undefined) {
      named.set(key, document);
    } else if (name !== "" && isNamesake(file, name) && !isNamesake(first.file, name)) {
      named.set(key, document);
      this.#duplicate(kind, name, first.nameAt, nameAt);
    } else if (name !== "") {
      this.#duplicate(kind, name, nameAt, first.nameAt);
    }
  }

  #keepSchema(schema: SchemaDocument): void {
    const first = this.#schemas.get(schema.name);
    if (first === undefined) this.#schemas.set(schema.name, schema);
    else this.#duplicate("schema", schema.name, schema.at, first.at);
  }

  #duplicate(kind: string, name: string, at: SourceRef, first: SourceRef): void {
    this.#diagnostics.push(
      finding("spec/duplicate-name", at, `a second ${words[kind] ?? kind} is named "${name}"`, {
        help: "rename one of them",
        related: [{ at: first, message: "the other stands here" }],
      }),
    );
  }
}

function guess(fileKind: YamlFileKind, text: string): Pick<BrokenFile, "kind" | "name"> {
  if (fileKind === "workspace" || fileKind === "test") return { kind: fileKind };
  return guessDocument(text) ?? {};
}
