import { finding } from "../../errors/codes.ts";
import type { Diagnostic } from "../../errors/diagnostic.ts";
import type { YamlNode } from "./node.ts";
import type { SourceText } from "./source-text.ts";

/** Blanks that word processors and web pages put in the place of the plain one. */
const blanks = String.raw`\u00A0\u2000-\u200B\u202F\u205F\u3000\uFEFF`;

interface Slip {
  /** Finds the sign, as the group `sign`. */
  readonly pattern: RegExp;
  readonly message: (sign: string) => string;
  readonly right: string;
}

const slips: readonly Slip[] = [
  {
    pattern: new RegExp(`^(?: |- )*(?<sign>[${blanks}]+)`, "dm"),
    message: (sign) => `${named(sign)} stands here as indentation, and is none to YAML`,
    right: "a plain blank",
  },
  {
    pattern: new RegExp(`^ *(?:- +)*[\\w-]+:(?<sign>[${blanks}]+)`, "dm"),
    message: (sign) => `${named(sign)} follows the colon, where YAML wants a plain blank`,
    right: "a plain blank",
  },
  {
    pattern: /^ *(?:- +)*(?<sign>[\u2010-\u2015\u2022\u2212])\s/dm,
    message: (sign) => `${named(sign)} begins this line, and is no "-" to YAML`,
    right: '"-"',
  },
  {
    pattern: /^ *(?:- +)*[\w-]+(?<sign>[\uFF1A\uFE55\u2236])/dm,
    message: (sign) => `${named(sign)} follows the key, and is no ":" to YAML`,
    right: '":" and a blank',
  },
];

/** What looks like a sign of YAML and is another: whatever else the parser says of it misleads. */
export function strangeSign(source: SourceText): Diagnostic | undefined {
  for (const { pattern, message, right } of slips) {
    const found = pattern.exec(source.text);
    const [start, end] = found?.indices?.groups?.["sign"] ?? [];
    if (found === null || start === undefined || end === undefined) continue;
    const at = source.ref(start, end);
    const lines = source.text.match(new RegExp(pattern, "gm"))?.length ?? 1;
    const others = lines > 1 ? `; so do ${lines - 1} more of its lines` : "";
    return finding("spec/yaml-syntax", at, message(source.text.slice(start, end)) + others, {
      help: `write ${right} instead`,
    });
  }
  return undefined;
}

/** A strange blank as indentation makes a name of what follows it, and no error. */
export function hasStrangeKey(node: YamlNode | undefined, seen = new Set<YamlNode>()): boolean {
  // What an alias repeats is the same node: aliases of aliases would be walked without end.
  if (node === undefined || node.kind === "scalar" || seen.has(node)) return false;
  seen.add(node);
  if (node.kind === "list") return node.items.some((item) => hasStrangeKey(item, seen));
  return node.entries.some(({ key, value }) => isStrange.test(key) || hasStrangeKey(value, seen));
}

const isStrange = new RegExp(`^[${blanks}]`);

function named(sign: string): string {
  const code = `U+${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
  return isStrange.test(sign) ? `a strange blank (${code})` : `"${sign}" (${code})`;
}
