import { type Document, parseDocument, type YAMLError } from "yaml";
import { finding } from "../../errors/codes.ts";
import { compareDiagnostics, type Diagnostic } from "../../errors/diagnostic.ts";
import { convert } from "./convert.ts";
import { explain, isTooDeep, mergeConflict } from "./explain-error.ts";
import type { YamlNode } from "./node.ts";
import { realign } from "./realign.ts";
import { type Repair, repairLine } from "./repair-line.ts";
import { SourceText } from "./source-text.ts";
import { hasStrangeKey, strangeSign } from "./strange-sign.ts";

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
  if (first === undefined || first.errors.some(isTooDeep)) {
    return tooDeep(new SourceText(file, text));
  }
  const original = new SourceText(file, text);
  if (first.errors.length === 0) {
    const parsed = finish(first, original, []);
    const sign = hasStrangeKey(parsed.root) ? strangeSign(original) : undefined;
    return sign === undefined ? parsed : { broken: true, diagnostics: [sign] };
  }
  const cause = mergeConflict(original) ?? strangeSign(original);
  if (cause !== undefined) return { broken: true, diagnostics: [cause] };
  const mended = mend(original, first);
  const repairs = mended.repairs.map((repair) => misread(original, repair));
  const mendedSource = new SourceText(file, mended.text);
  if (mended.document.errors.length === 0) return finish(mended.document, mendedSource, repairs);
  return { broken: true, diagnostics: [...repairs, ...mistakes(mendedSource, mended.document)] };
}

/** Lines that are taken for wrongly indented in one file, at most; each costs a reading of the file. */
const realignedMost = 5;

function mistakes(source: SourceText, document: Document.Parsed): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  let [here, current] = [source, document];
  while (found.length < realignedMost) {
    const better = realign(here, current, read);
    if (better === undefined) break;
    found.push(better.diagnostic);
    [here, current] = [new SourceText(source.file, better.text), better.document];
  }
  const rest = untilLost(current.errors).map((error) => explain(here, error));
  const others = oncePerMistake(rest).filter(
    ({ at }) => !found.some(({ at: { line } }) => at.line >= line && at.line <= line + linesLost),
  );
  return [...found, ...others];
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
    current.document.errors.flatMap((error) => {
      const { line } = counter.ref(error.pos[0], error.pos[0]);
      // A comment that was none hides the end of its line: the parser stumbles over the next.
      return [line, line - 1];
    }),
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
  const [, mark] = /^([|>])[-+0-9]* /.exec(repair.token) ?? [];
  const quotes = repair.token.charAt(0);
  const [message, help] =
    mark !== undefined
      ? [`after "${mark}" YAML wants the text on the next line`, `quotes do without "${mark}"`]
      : repair.endsEarly === true
        ? [
            `to YAML the text ends at the second ${quotes} of ${repair.token}`,
            `write texts within ${quotes}…${quotes} in the other quotes`,
          ]
        : [
            `YAML misreads ${quoted(repair.token)} when it is not quoted`,
            "put the expression in quotes",
          ];
  return finding("spec/misread-expression", at, message, {
    help,
    fix: repair.line.trim(),
  });
}

function quoted(token: string): string {
  const shown = token.length > 60 ? `${token.slice(0, 59)}…` : token;
  return token.startsWith('"') ? shown : `"${shown}"`;
}

/** Outside every value, the parser does not find its way again: the rest says nothing. */
function untilLost(errors: readonly YAMLError[]): readonly YAMLError[] {
  const lost = errors.findIndex(({ message }) => message.includes("in YAML stream"));
  return lost < 0 ? errors : errors.slice(0, lost + 1);
}

/** Where the parser finds its way again, after a mistake. */
const linesLost = 3;

/**
 * One mistake each: after one the parser reports what follows, too, until it finds its way again.
 * Tabs hide everything else.
 */
function oncePerMistake(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const tab = diagnostics.find(({ code }) => code === "spec/tab");
  if (tab !== undefined) return [tab];
  const kept: Diagnostic[] = [];
  for (const diagnostic of diagnostics.toSorted(compareDiagnostics)) {
    const last = kept.at(-1);
    if (last === undefined || diagnostic.at.line > last.at.line + linesLost) kept.push(diagnostic);
  }
  return kept;
}
