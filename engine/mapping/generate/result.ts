import type { Atom, Scope } from "./scope.ts";

/**
 * A value as a part of the result: written down is what `toJson` would do with it. A text is counted by
 * its length, a number must be finite, and what may be a list or an object is looked at.
 */
export function counted(value: Atom, scope: Scope): Atom {
  if (value.counted === true) return value;
  const { source } = scope.program;
  const size = sizeOf(value);
  source.line("run.nodes--;");
  if (size !== undefined && (value.defined || isConstant(value))) {
    if (size !== "0") source.line(`run.characters -= ${size};`);
    return { ...value, counted: true };
  }
  const result = source.local(value.code);
  source.line(`if (${result} !== undefined) {`);
  const characters = source.name("s");
  source.line(`let ${characters} = 0;`);
  emitPart({ ...value, code: result }, characters, scope);
  source.line(`run.characters -= ${characters}; }`);
  return { ...value, code: result, counted: true };
}

/** The length of a text, as code; undefined where it takes a look to know what there is to count. */
export function sizeOf({ code, type }: Atom): string | undefined {
  switch (type) {
    case "text":
      return code.startsWith('"') ? String(textOf(code).length) : `${code}.length`;
    case "boolean":
      return "0";
    case "number":
      return code.startsWith("(") ? "0" : undefined;
    default:
      return code === "null" || code === "undefined" ? "0" : undefined;
  }
}

const textOf = (code: string): string => JSON.parse(code) as string;

function isConstant({ code }: Atom): boolean {
  return code === "undefined" || code === "null";
}

/**
 * Makes a part of the result of what is in a variable and not `undefined`; adds to `characters` how long
 * it is.
 */
export function emitPart({ code, type }: Atom, characters: string, { program }: Scope): void {
  const { source } = program;
  const size = sizeOf({ code, type, defined: true });
  if (size === "0") return;
  if (size !== undefined) source.line(`${characters} += ${size};`);
  else if (type === "number") source.line(`if (${code} - ${code} !== 0) run.nodes = -1;`);
  else {
    source.line(`if (typeof ${code} === "string") ${characters} += ${code}.length;`);
    const isPlain = `typeof ${code} === "number" ? ${code} - ${code} === 0 : ${code} === null || typeof ${code} === "boolean"`;
    source.line(`else if (!(${isPlain})) ${code} = part(${code}, run);`);
  }
}
