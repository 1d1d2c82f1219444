import { truthOf } from "./value.ts";
import { atom } from "./scope.ts";
import type { Atom } from "./scope.ts";

/** Functions that give a text or nothing. */
export const textFunctions: ReadonlySet<string> = new Set(
  [
    "string substring substringBefore substringAfter lowercase uppercase trim pad join replace type",
    "formatNumber formatBase formatInteger base64encode base64decode fromMillis now",
    "add sub mul div roundTo total money fromMinor date startOf endOf addDays addMonths addDuration",
  ].flatMap((line) => line.split(" ")),
);

type Inline = (argument: Atom, full: string) => Atom;

/** The common case of functions of one argument, written out; `full` is the call for all others. */
const singles: Readonly<Record<string, Inline>> = {
  string: ({ code, type, defined }, full) =>
    type === "text"
      ? atom(code, "text", defined)
      : atom(`typeof ${code} === "string" ? ${code} : ${full}`, "text", defined),
  count: ({ code }, full) => atom(`A(${code}) ? ${code}.length : ${full}`, "number"),
  exists: ({ code }) => atom(`${code} !== undefined`, "boolean", true),
  not: (argument) =>
    argument.defined
      ? atom(`!(${truthOf(argument)})`, "boolean", true)
      : atom(`${argument.code} === undefined ? undefined : !(${truthOf(argument)})`, "boolean"),
  boolean: (argument) =>
    argument.defined
      ? atom(truthOf(argument), "boolean", true)
      : atom(`${argument.code} === undefined ? undefined : ${truthOf(argument)}`, "boolean"),
  lowercase: ({ code }, full) => short(code, `${code}.toLowerCase()`, full),
  uppercase: ({ code }, full) => short(code, `${code}.toUpperCase()`, full),
  optional: (argument) => argument,
};

function short(code: string, result: string, full: string): Atom {
  return atom(`typeof ${code} === "string" && ${code}.length < 64 ? ${result} : ${full}`, "text");
}

/** Code of a call that is done on the spot, if it can be. */
export function inlined(name: string, args: readonly Atom[], full: string): Atom | undefined {
  const [only] = args;
  const inline = Object.hasOwn(singles, name) ? singles[name] : undefined;
  return args.length === 1 && only !== undefined ? inline?.(only, full) : undefined;
}
