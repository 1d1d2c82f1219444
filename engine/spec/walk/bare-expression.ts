import { builtin } from "../../mapping/index.ts";
import type { Root } from "../../model/expression.ts";
import { quote } from "../yaml/repair-line.ts";

/** What in a text was meant as an expression, and how it is written as one. */
interface Bare {
  readonly start: number;
  readonly length: number;
  readonly help: string;
}

/** The first expression of a text that has no `${ }`, where nobody can mean the text itself. */
export function bareIn(text: string, roots: readonly Root[]): Bare | undefined {
  return inBraces(text) ?? whole(text, roots) ?? inJson(text, roots) ?? path(text, roots);
}

/** `{{ message.id }}`, as other template languages have it. */
function inBraces(text: string): Bare | undefined {
  const [braces, inner] = /\{\{\s*\$?([\w.]+)\s*\}\}/.exec(text) ?? [];
  return braces === undefined || inner === undefined
    ? undefined
    : {
        start: text.indexOf(braces),
        length: braces.length,
        help: `write \${ $${inner} } for its value`,
      };
}

/** A call, or texts that are joined. */
function whole(text: string, roots: readonly Root[]): Bare | undefined {
  return isCall(text) || isJoined(text, roots)
    ? { start: 0, length: text.length, help: `write ${quote(`\${ ${text} }`)} for its value` }
    : undefined;
}

/** `{"id": $message.id}` in quotes as a whole. */
function inJson(text: string, roots: readonly Root[]): Bare | undefined {
  const found = /^\s*[{[][^]*?(?<path>\$(?<root>[a-z]+)(?:\.[A-Za-z_]\w*)+)/d.exec(text);
  const { path: member = "", root } = found?.groups ?? {};
  if (!isRoot(root, roots)) return undefined;
  const [start = 0] = found?.indices?.groups?.["path"] ?? [];
  const help = `write it in YAML, without quotes around the whole: { name: "\${ ${member} }" }`;
  return { start, length: member.length, help };
}

/** A path that stands alone, or in an address. Within another text it may be what is said. */
function path(text: string, roots: readonly Root[]): Bare | undefined {
  const [, before, member, root] =
    /^((?:[^$]|\$(?![a-z]))*?)(\$([a-z]+)(?:\.[A-Za-z_]\w*(?:\[\w*\])?)+)/.exec(text) ?? [];
  if (before === undefined || member === undefined || !isRoot(root, roots)) return undefined;
  if (before !== "" && !text.startsWith("/")) return undefined;
  const help =
    before === "" ? `write "\${ ${text} }" for its value` : `write \${ ${member} } for its value`;
  return { start: before.length, length: member.length, help };
}

/** `$uppercase($message.id)`, and what is made of it. */
function isCall(text: string): boolean {
  const [, name = "", rest = ""] = /^\$([a-z]\w*)\(([^]*)$/.exec(text) ?? [];
  return builtin(name) !== undefined && /\)\s*(?:[&=?*/+]\s[^]*)?$/.test(rest);
}

/** `'order ' & $message.id` */
function isJoined(text: string, roots: readonly Root[]): boolean {
  const [, root] = /^(?:"[^"]*"|'[^']*')\s*&\s*\$([a-z]+)\./.exec(text) ?? [];
  return isRoot(root, roots);
}

const isRoot = (name: string | undefined, roots: readonly Root[]): boolean =>
  roots.some((known) => known === name);
