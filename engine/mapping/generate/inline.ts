import { truthOf } from "./value.ts";
import { atom } from "./scope.ts";
import type { Atom } from "./scope.ts";

/** Functions that give a text or nothing. */
const textFunctions: ReadonlySet<string> = new Set(
  [
    "string substring substringBefore substringAfter lowercase uppercase trim pad join replace type",
    "formatNumber formatBase formatInteger base64encode base64decode fromMillis now",
    "add sub mul div roundTo total money fromMinor date instant startOf endOf addDays addMonths addDuration",
  ].flatMap((line) => line.split(" ")),
);

/** Functions that give a number or nothing. */
const numberFunctions: ReadonlySet<string> = new Set(
  [
    "sum count max min average length number floor ceil round abs sqrt power random toMillis millis",
    "parseInteger toMinor",
  ].flatMap((line) => line.split(" ")),
);

/** Functions that give true, false or nothing. */
const booleanFunctions: ReadonlySet<string> = new Set(
  [
    "boolean not exists contains startsWith endsWith gt gte lt lte eq ne before after hasCode",
  ].flatMap((line) => line.split(" ")),
);

/** What a function gives when it gives anything. */
export function typeOfCall(name: string): Atom["type"] {
  if (textFunctions.has(name)) return "text";
  if (numberFunctions.has(name)) return "number";
  return booleanFunctions.has(name) ? "boolean" : "any";
}

/** Functions that take a list for its items, and do not look at its marks. */
export const itemFunctions: ReadonlySet<string> = new Set(
  "sum count max min average join total exists boolean not".split(" "),
);

type Inline = (argument: Atom, full: string) => Atom;

/** The common case of functions of one argument, written out; `full` is the call for all others. */
const singles: Readonly<Record<string, Inline>> = {
  string: ({ code, type, defined }, full) =>
    type === "text"
      ? atom(code, "text", defined)
      : atom(
          `typeof ${code} === "string" ? ${code} : Number.isInteger(${code}) ? "" + ${code} : ${full}`,
          "text",
          defined,
        ),
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
