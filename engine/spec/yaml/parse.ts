import { type Document, parseDocument, type YAMLError } from "yaml";
import { finding } from "../../errors/codes.ts";
import type { Diagnostic } from "../../errors/diagnostic.ts";
import { convert } from "./convert.ts";
import type { YamlNode } from "./node.ts";
import { type Repair, repairLine } from "./repair-line.ts";
import { SourceText } from "./source-text.ts";

/** A YAML file, read. */
export interface ParsedYaml {
  /** Absent for an empty file, and for one whose syntax is beyond repair. */
  readonly root?: YamlNode;
  /** True when the syntax is beyond repair: nothing more can be said of the file. */
  readonly broken: boolean;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads one YAML 1.2 document. Expressions that YAML misread are quoted in memory, each with one
 * finding, so that the rest of the file is still checked.
 */
export function parseYaml(file: string, text: string): ParsedYaml {
  const first = read(text);
  if (first === undefined) return tooDeep(new SourceText(file, text));
  const original = new SourceText(file, text);
  if (first.errors.length === 0) return finish(first, original, []);
  const mended = mend(original, first);
  const repairs = mended.repairs.map((repair) => misread(original, repair));
  const mendedSource = new SourceText(file, mended.text);
  if (mended.document.errors.length === 0) return finish(mended.document, mendedSource, repairs);
  const errors = oncePerLine(mended.document.errors.map((error) => explain(mendedSource, error)));
  return { broken: true, diagnostics: [...repairs, ...errors] };
}

function finish(
  document: Document.Parsed,
  source: SourceText,
  repairs: readonly Diagnostic[],
): ParsedYaml {
  const converted = convert(document, source);
  return {
    ...(converted.root === undefined ? {} : { root: converted.root }),
    broken: false,
    diagnostics: [...repairs, ...converted.diagnostics],
  };
}

function read(text: string): Document.Parsed | undefined {
  try {
    return parseDocument(text, { uniqueKeys: false, prettyErrors: false, strict: true });
  } catch (error) {
    // The parser is recursive: a document nested thousands deep exhausts the stack.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function tooDeep(source: SourceText): ParsedYaml {
  const message = "the document is nested too deeply to be read; at most 100 levels make sense";
  return { broken: true, diagnostics: [finding("spec/yaml-syntax", source.ref(0, 1), message)] };
}

interface LineRepair extends Repair {
  readonly number: number;
}

interface Mended {
  readonly text: string;
  readonly document: Document.Parsed;
  readonly repairs: readonly LineRepair[];
}

/**
 * Quotes what stands on the lines of errors, as long as that makes the errors fewer. One error hides
 * others, hence rounds.
 */
function mend(source: SourceText, document: Document.Parsed): Mended {
  let best: Mended = { text: source.text, document, repairs: [] };
  for (let round = 0; round < 20; round++) {
    const next = mendOnce(source.file, best);
    if (next === undefined) return best;
    best = next;
    if (best.document.errors.length === 0) return best;
  }
  return best;
}

function mendOnce(file: string, current: Mended): Mended | undefined {
  const counter = new SourceText(file, current.text);
  const numbers = new Set(
    current.document.errors.map((error) => counter.ref(error.pos[0], error.pos[0]).line),
  );
  for (const number of numbers) {
    if (current.repairs.some((repair) => repair.number === number)) continue;
    const repair = repairLine(counter.line(number));
    if (repair === undefined) continue;
    const lines = current.text.split("\n");
    lines[number - 1] = repair.line;
    const text = lines.join("\n");
    const document = read(text);
    if (document === undefined || document.errors.length >= current.document.errors.length)
      continue;
    return { text, document, repairs: [...current.repairs, { ...repair, number }] };
  }
  return undefined;
}

function misread(source: SourceText, repair: LineRepair): Diagnostic {
  const at = {
    file: source.file,
    line: repair.number,
    column: repair.start + 1,
    length: Math.max(1, repair.token.length),
  };
  return finding(
    "spec/misread-expression",
    at,
    `YAML misreads ${quoted(repair.token)} when it is not quoted`,
    { help: "put the expression in quotes", fix: repair.line.trim() },
  );
}

const quoted = (token: string) => `"${token.length > 60 ? `${token.slice(0, 59)}…` : token}"`;

const words: Readonly<Record<string, string>> = {
  BAD_INDENT: "the indentation does not fit the lines before",
  BAD_SCALAR_START: "a value cannot begin with this character unless it is quoted",
  BLOCK_AS_IMPLICIT_KEY: 'a second ": " on one line: quote the value, or begin a new line',
  MISSING_CHAR: "a comma, colon or closing character is missing",
  MULTIPLE_DOCS: "a second document begins here: one document a file",
  MULTILINE_IMPLICIT_KEY: "a key must stand on one line",
  UNEXPECTED_TOKEN: "this is not expected here",
};

function explain(source: SourceText, error: YAMLError): Diagnostic {
  const at = source.ref(error.pos[0], error.pos[1]);
  if (error.code === "TAB_AS_INDENT") {
    return finding("spec/tab", at, "a tab is used as indentation; YAML wants blanks", {
      help: "replace the tab by blanks",
      fix: source.line(at.line).replace(/\t/g, "  "),
    });
  }
  const said = words[error.code];
  const detail = error.message.charAt(0).toLowerCase() + error.message.slice(1);
  return finding("spec/yaml-syntax", at, said === undefined ? detail : `${said} (${detail})`);
}

/** The parser reports each further token of a line it lost its way in. */
function oncePerLine(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const seen = new Set<number>();
  return diagnostics.filter((diagnostic) => {
    if (seen.has(diagnostic.at.line)) return false;
    seen.add(diagnostic.at.line);
    return true;
  });
}
