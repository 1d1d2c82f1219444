import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import { finding } from "../../errors/codes.ts";
import type { Diagnostic, SourceRef } from "../../errors/diagnostic.ts";
import type { MapEntry, ScalarNode, ScalarStyle, Written, YamlNode } from "./node.ts";
import { isBalanced, quote, wholeExpression } from "./repair-line.ts";
import { scalarPlace } from "./scalar-place.ts";
import type { SourceText } from "./source-text.ts";

/** Aliases share nodes, but whoever walks the tree walks each use; honest documents stay far below. */
const expandedNodesMax = 50_000;
const depthMax = 100;
const reservedKeys = new Set(["__proto__", "constructor", "prototype"]);

interface Converting {
  readonly source: SourceText;
  readonly diagnostics: Diagnostic[];
  readonly anchors: Map<string, Sized>;
  nodes: number;
}

interface Sized {
  readonly node: YamlNode;
  /** Nodes below and with it, aliases expanded. */
  readonly size: number;
}

/** The parser's tree as ours, with findings for what YAML allows and nobody means. */
export function convert(
  document: Document.Parsed,
  source: SourceText,
): { readonly root?: YamlNode; readonly diagnostics: readonly Diagnostic[] } {
  const converting: Converting = { source, diagnostics: [], anchors: new Map(), nodes: 0 };
  const { contents } = document;
  if (contents === null) return { diagnostics: [] };
  const root = node(converting, contents, 0);
  return { root, diagnostics: converting.diagnostics };
}

function node(c: Converting, from: Node | null, depth: number): YamlNode {
  if (from === null) return nothing(c, 0);
  if (isAlias(from)) return alias(c, from);
  const inner = inBraces(from);
  if (inner !== undefined) return braces(c, from, inner);
  const before = c.nodes;
  c.nodes++;
  const made =
    depth > depthMax ? tooDeep(c, from) : isMap(from) ? map(c, from, depth) : other(c, from, depth);
  const anchor = isScalar(from) || isMap(from) || isSeq(from) ? from.anchor : undefined;
  if (anchor !== undefined) c.anchors.set(anchor, { node: made, size: c.nodes - before });
  return made;
}

function other(c: Converting, from: Node, depth: number): YamlNode {
  if (isSeq(from)) return list(c, from, depth);
  return isScalar(from) ? scalar(c, from) : nothing(c, from.range?.[0] ?? 0);
}

/** `{{ $message.id }}`, as templates of other tools have it: to YAML a map whose key is a map. */
function inBraces(from: Node): Node | undefined {
  if (!isMap(from) || from.flow !== true) return undefined;
  const [only, second] = from.items as readonly Pair<Node, Node | null>[];
  const isOne = only !== undefined && second === undefined && only.value === null;
  return isOne && isMap(only.key) && only.key.flow === true ? only.key : undefined;
}

function braces(c: Converting, from: Node, inner: Node): YamlNode {
  const [start = 0, end = 0] = inner.range ?? [];
  const text = c.source.text.slice(start + 1, end - 1).trim();
  const path = /^[A-Za-z][\w.]*$/.test(text) ? `$${text}` : text;
  c.diagnostics.push(
    finding("spec/misread-expression", rangeOf(c, from), `YAML takes "{{ ${text} }}" for a map`, {
      help: `write "\${ ${path} }" for its value, in quotes`,
    }),
  );
  return { ...nothing(c, from.range?.[0] ?? 0), broken: true };
}

function tooDeep(c: Converting, from: Node): YamlNode {
  c.diagnostics.push(
    finding(
      "spec/yaml-syntax",
      rangeOf(c, from),
      `nested more than ${depthMax} levels deep, which no flow needs`,
    ),
  );
  return { ...nothing(c, from.range?.[0] ?? 0), broken: true };
}

function alias(c: Converting, from: Alias): YamlNode {
  const target = c.anchors.get(from.source);
  const at = rangeOf(c, from);
  if (target === undefined) {
    c.diagnostics.push(
      finding("spec/alias", at, `"*${from.source}" names an anchor that does not stand before it`, {
        help: `an expression that begins with * must be quoted; an anchor is written &${from.source}`,
      }),
    );
    return { ...nothing(c, from.range?.[0] ?? 0), broken: true };
  }
  c.nodes += target.size;
  if (c.nodes > expandedNodesMax) {
    c.diagnostics.push(
      finding(
        "spec/alias",
        at,
        `aliases make more than ${expandedNodesMax} values of this file; write "*${from.source}" out or split the file`,
      ),
    );
    // One finding is enough, and what follows is cut the same way.
    c.nodes = Number.NEGATIVE_INFINITY;
  }
  if (c.nodes < 0) return { ...nothing(c, from.range?.[0] ?? 0), broken: true };
  return target.node;
}

function list(c: Converting, from: YAMLSeq, depth: number): YamlNode {
  const items = from.items.map((item) => node(c, item as Node | null, depth + 1));
  return { kind: "list", items, at: rangeOf(c, from) };
}

function map(c: Converting, from: YAMLMap, depth: number): YamlNode {
  const entries: MapEntry[] = [];
  const seen = new Map<string, SourceRef>();
  const meant: MapEntry[] = [];
  for (const pair of from.items as readonly Pair<Node, Node | null>[]) {
    const keyAt = rangeOf(c, pair.key);
    const key = isScalar(pair.key) ? keyText(pair.key) : undefined;
    if (key === "<<") {
      c.diagnostics.push(
        finding("spec/alias", keyAt, '"<<" merges nothing: YAML 1.2 has no merge keys', {
          help: "write the keys out",
        }),
      );
      meant.push(...mergedEntries(c, pair.value));
      continue;
    }
    const value =
      pair.value === null ? nothing(c, endOf(pair.key)) : node(c, pair.value, depth + 1);
    if (key === undefined) {
      c.diagnostics.push(
        finding("spec/wrong-type", keyAt, "a key is a list or a map; keys are words", {
          help: "an expression that begins with { or [ must be quoted",
        }),
      );
      continue;
    }
    const first = seen.get(key);
    if (first !== undefined) {
      c.diagnostics.push(
        finding("spec/duplicate-key", keyAt, `"${key}" stands here a second time`, {
          help: "keep one of the two; YAML would silently take the last",
          related: [{ at: first, message: "it stands here first" }],
        }),
      );
      // Of two, one with nothing below it was meant to be the other.
      const same = entries.findIndex((entry) => entry.key === key);
      if (isEmpty(entries[same]?.value)) entries[same] = { key, keyAt: first, value };
      continue;
    }
    if (reservedKeys.has(key)) {
      c.diagnostics.push(
        finding("spec/reserved-key", keyAt, `"${key}" cannot be a key`, {
          help: "choose another name",
        }),
      );
      continue;
    }
    seen.set(key, keyAt);
    entries.push({ key, keyAt, value });
  }
  const at = mapPlace(c, from, entries);
  return { kind: "map", entries: [...entries, ...meant.filter(({ key }) => !seen.has(key))], at };
}

const isEmpty = (node: YamlNode | undefined): boolean =>
  node?.kind === "scalar" && node.value === null;

/** What `<<: *name` was to bring: that it is not there is no second mistake. */
function mergedEntries(c: Converting, from: Node | null): readonly MapEntry[] {
  if (isSeq(from)) return from.items.flatMap((item) => mergedEntries(c, item as Node | null));
  const target = isAlias(from) ? c.anchors.get(from.source)?.node : undefined;
  return target?.kind === "map" ? target.entries : [];
}

/** A block map is pointed at by its first key; the whole of a flow map fits a line. */
function mapPlace(c: Converting, from: YAMLMap, entries: readonly MapEntry[]): SourceRef {
  return from.flow === true ? rangeOf(c, from) : (entries[0]?.keyAt ?? rangeOf(c, from));
}

function keyText(key: Scalar): string {
  if (typeof key.value === "string") return key.value;
  return key.source ?? String(key.value);
}

const styles: Readonly<Record<string, ScalarStyle>> = {
  PLAIN: "plain",
  QUOTE_SINGLE: "single",
  QUOTE_DOUBLE: "double",
  BLOCK_LITERAL: "block",
  BLOCK_FOLDED: "block",
};

function scalar(c: Converting, from: Scalar): YamlNode {
  const style = styles[from.type ?? "PLAIN"] ?? "plain";
  const [start, end] = from.range ?? [0, 0];
  const at = rangeOf(c, from);
  const value = jsonScalar(from.value);
  const text =
    style === "plain" && typeof value !== "string" ? (from.source ?? "") : String(value ?? "");
  const written: Written = { start, end, style };
  const made: ScalarNode = {
    kind: "scalar",
    value,
    text,
    quoted: style !== "plain",
    at,
    place: scalarPlace(c.source, written, text),
    written,
  };
  if (style === "plain" && isTagged(from)) {
    const word = `${from.tag}${text === "" ? "" : ` ${text}`}`;
    c.diagnostics.push(
      finding(
        "spec/misread-expression",
        c.source.ref(c.source.text.lastIndexOf(from.tag ?? "", start), end),
        `YAML takes "${word}" for a tag, since it begins with !`,
        {
          help: "put it in quotes; in an expression, not is $not(…)",
        },
      ),
    );
    return { ...made, broken: true };
  }
  return style === "plain" && trap(c, made) ? { ...made, broken: true } : made;
}

/** `!$message.ok`: a tag of somebody's own; YAML's own tags (`!!str`) are resolved. */
function isTagged({ tag }: Scalar): boolean {
  return tag !== undefined && tag.startsWith("!") && !tag.startsWith("!!");
}

function jsonScalar(value: unknown): string | number | boolean | null {
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  return typeof value === "bigint" ? Number(value) : null;
}

/**
 * What an unquoted scalar loses without a word: leading zeros, digits, what follows ` #`. True when
 * nothing can be said of what is left.
 */
function trap(c: Converting, made: ScalarNode): boolean {
  const { text, value, at } = made;
  if (typeof value === "number" && /^[-+]?0[0-9]/.test(text)) {
    c.diagnostics.push(
      finding(
        "spec/leading-zero",
        at,
        `${text} is read as the number ${value}: the zeros are lost`,
        {
          help: "quote it if it is a code, drop the zeros if it is a number",
          fix: requoted(c, made, text),
        },
      ),
    );
  } else if (typeof value === "number" && /^[-+]?\d+$/.test(text) && !Number.isSafeInteger(value)) {
    c.diagnostics.push(
      finding("spec/unsafe-integer", at, `${text} is beyond 2^53 and is read as ${value}`, {
        help: "quote it: a string keeps all digits",
        fix: requoted(c, made, text),
      }),
    );
  } else if (typeof value === "string" && (endsAtExpression(c, made) || text.includes("$"))) {
    return isBalanced(text) && !endsAtExpression(c, made)
      ? wrongQuotes(c, made)
      : cutShort(c, made);
  }
  return false;
}

/** `“$message.id”`: what word processors and chats make of quotes. */
function wrongQuotes(c: Converting, made: ScalarNode): boolean {
  const [, inner] = /^[“”„‟«‘’](.*?)[“”„‟»‘’]?$/.exec(made.text) ?? [];
  if (inner === undefined) return false;
  const mark = made.text.charAt(0);
  c.diagnostics.push(
    finding("spec/misread-expression", made.at, `${mark} is no quote to YAML`, {
      help: `put the text in straight quotes`,
      fix: `${c.source.line(made.at.line).slice(0, made.at.column - 1)}${quote(inner)}`.trim(),
    }),
  );
  return true;
}

/** `order #${ $message.id }`: nobody comments so. */
function endsAtExpression(c: Converting, { at }: ScalarNode): boolean {
  const rest = c.source.line(at.line).slice(at.column - 1 + at.length);
  return /^\s+#\$(?:\{|[a-z]\w*(?:[.\s,}]|$))/.test(rest);
}

/** `if: $a = "x #1"`: YAML takes ` #1"` for a comment. */
function cutShort(c: Converting, made: ScalarNode): boolean {
  const start = made.at.column - 1;
  const line = c.source.line(made.at.line);
  if (!/^\s+#/.test(line.slice(start + made.at.length))) return false;
  const whole = endsAtExpression(c, made)
    ? line.slice(start).trimEnd()
    : wholeExpression(line, start);
  c.diagnostics.push(
    finding(
      "spec/misread-expression",
      made.at,
      `YAML takes what follows "${made.text}" for a comment, since " #" begins one`,
      {
        help: "put the expression in quotes",
        fix: `${line.slice(0, start)}${quote(whole)}${line.slice(start + whole.length)}`.trim(),
      },
    ),
  );
  return true;
}

/** The line with the scalar in quotes. */
function requoted(c: Converting, made: ScalarNode, text: string): string {
  const line = c.source.line(made.at.line);
  const start = made.at.column - 1;
  return `${line.slice(0, start)}"${text}"${line.slice(start + text.length)}`.trim();
}

function nothing(c: Converting, offset: number): ScalarNode {
  const written: Written = { start: offset, end: offset, style: "nothing" };
  return {
    kind: "scalar",
    value: null,
    text: "",
    quoted: false,
    at: c.source.ref(offset, offset),
    place: scalarPlace(c.source, written, ""),
    written,
  };
}

function endOf(from: Node): number {
  return from.range?.[1] ?? 0;
}

function rangeOf(c: Converting, from: Node): SourceRef {
  const [start, end] = from.range ?? [0, 0];
  return c.source.ref(start, end);
}
