import type { Code } from "../errors/codes.ts";
import { didYouMean, listWords } from "../errors/did-you-mean.ts";
import { isJsonObject, type Json, type JsonObject } from "../model/json.ts";
import { formatNames } from "./formats.ts";
import { type KeywordForm, keywords, retired, schemaTypes } from "./keywords.ts";
import { pointerGet, pointerJoin } from "./pointer.ts";
import { beginsCircle } from "./ref-cycle.ts";
import { resolveRef } from "./reference.ts";

/** A flaw of a schema file, by JSON pointer; the caller knows the place in the text. */
export interface SchemaIssue {
  readonly code: Code;
  readonly pointer: string;
  readonly message: string;
  readonly help?: string;
}

interface Linting {
  readonly name: string;
  readonly schemas: ReadonlyMap<string, Json>;
  readonly issues: SchemaIssue[];
}

/**
 * Everything that would make a schema check less than its author means: unknown keywords, impossible
 * values, references and formats that lead nowhere. Compiling a schema is dear and happens at first
 * use; this is cheap and happens at load.
 */
export function lintSchema(
  name: string,
  schema: Json,
  schemas: ReadonlyMap<string, Json>,
): readonly SchemaIssue[] {
  const linting: Linting = { name, schemas, issues: [] };
  lint(linting, schema, "");
  return linting.issues;
}

function lint(linting: Linting, schema: Json, pointer: string): void {
  if (typeof schema === "boolean") return;
  if (!isJsonObject(schema)) {
    const message = `${describe(schema)} stands here; expected a schema, which is a map`;
    report(linting, pointer, message, switchHelp(schema) ?? typeHelp(schema));
    return;
  }
  for (const [keyword, value] of Object.entries(schema)) {
    if (keyword.startsWith("x-")) continue;
    const form = keywords.get(keyword);
    const here = pointerJoin(pointer, keyword);
    if (form === undefined) unknownKeyword(linting, { keyword, value }, here);
    else lintValue(linting, form, { keyword, value }, here);
  }
  unknownRequired(linting, schema, pointer);
}

function unknownKeyword(linting: Linting, { keyword, value }: Given, pointer: string): void {
  const replacement = Object.hasOwn(retired, keyword) ? retired[keyword] : undefined;
  linting.issues.push({
    code: "schema/unknown-keyword",
    pointer,
    message:
      replacement === undefined
        ? `unknown keyword "${keyword}"${didYouMean(keyword, keywords.keys())}`
        : `"${keyword}" is no keyword of JSON Schema 2020-12`,
    help:
      replacement !== undefined
        ? `use ${replacement}`
        : isJsonObject(value) && keywords.has(Object.keys(value)[0] ?? "")
          ? `a member of the data stands under properties: properties: { ${keyword}: … }`
          : "an annotation of your own begins with x-",
  });
}

function report(linting: Linting, pointer: string, message: string, help?: string): void {
  const more = help === undefined ? {} : { help };
  linting.issues.push({ code: "schema/keyword-value", pointer, message, ...more });
}

/** `no` is a text in YAML 1.2. */
function switchHelp(value: Json): string | undefined {
  if (typeof value !== "string") return undefined;
  if (/^(?:no|off)$/i.test(value)) return "write false";
  return /^(?:yes|on)$/i.test(value) ? "write true" : undefined;
}

/** `orderId: string`, which is short for nothing. */
function typeHelp(value: Json): string | undefined {
  if (typeof value !== "string") return undefined;
  if (schemaTypes.some((type) => type === value)) return `write { type: ${value} }`;
  return formatNames.includes(value) ? `write { type: string, format: ${value} }` : undefined;
}

interface Given {
  readonly keyword: string;
  readonly value: Json;
}

function lintValue(linting: Linting, form: KeywordForm, given: Given, pointer: string): void {
  const { value } = given;
  switch (form) {
    case "schema":
      lint(linting, value, pointer);
      return;
    case "schemas":
      if (!Array.isArray(value)) return wrong(linting, given, "a list of schemas", pointer);
      for (const [index, one] of (value as readonly Json[]).entries()) {
        lint(linting, one, pointerJoin(pointer, String(index)));
      }
      return;
    case "schema-map":
      if (!isJsonObject(value)) return wrong(linting, given, "a map of schemas", pointer);
      for (const [key, one] of Object.entries(value)) {
        lintMember(linting, given.keyword, { keyword: key, value: one }, pointerJoin(pointer, key));
      }
      return;
    case "ref":
      lintRef(linting, given, pointer);
      return;
    case "format":
      if (typeof value === "string" && !formatNames.includes(value)) {
        unknownFormat(linting, value, pointer);
      }
      return;
    case "types":
      lintTypes(linting, given, pointer);
      return;
    case "pattern":
      lintPattern(linting, given, pointer);
      return;
    default:
      lintPlain(linting, form, given, pointer);
  }
}

/** A member of a map of schemas; `required: [orderId]` among properties stands too deep. */
function lintMember(linting: Linting, of: string, member: Given, pointer: string): void {
  const { keyword, value } = member;
  const isSchema = isJsonObject(value) || typeof value === "boolean";
  const isSwitch = keyword === "additionalProperties" && typeof value === "boolean";
  if (of !== "properties" || !keywords.has(keyword) || (isSchema && !isSwitch)) {
    lint(linting, value, pointer);
    return;
  }
  const message = `"${keyword}" stands among the properties, and is a keyword`;
  report(linting, pointer, message, "indent it as properties: is, beside it");
}

const plainForms: Readonly<
  Record<string, readonly [expected: string, fits: (value: Json) => boolean]>
> = {
  string: ["a text", (value) => typeof value === "string"],
  strings: ["a list of texts", isStrings],
  "string-lists": [
    "lists of property names by property",
    (value) => isJsonObject(value) && Object.values(value).every(isStrings),
  ],
  count: ["a whole number of at least 0", (value) => Number.isInteger(value) && Number(value) >= 0],
  number: ["a number", (value) => typeof value === "number"],
  boolean: ["true or false", (value) => typeof value === "boolean"],
  list: ["a list", (value) => Array.isArray(value) && value.length > 0],
  examples: ["a list", Array.isArray],
};

function lintPlain(linting: Linting, form: KeywordForm, given: Given, pointer: string): void {
  const [expected, fits] = plainForms[form] ?? [];
  if (expected === undefined || fits === undefined || fits(given.value)) return;
  wrong(linting, given, expected, pointer);
}

function isStrings(value: Json): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

function wrong(linting: Linting, given: Given, expected: string, pointer: string): void {
  const message = `"${given.keyword}" is ${describe(given.value)}; expected ${expected}`;
  const isFlag = given.keyword === "required" && typeof given.value === "boolean";
  report(
    linting,
    pointer,
    message,
    isFlag
      ? "it stands beside properties, and lists names: required: [orderId]"
      : (switchHelp(given.value) ?? listHelp(given)),
  );
}

/** A list in the place of a map, or what was to be its only item. */
function listHelp({ keyword, value }: Given): string | undefined {
  if (keyword === "properties" && Array.isArray(value)) {
    return "each is a line of <name>: <schema>, without -";
  }
  const isAlone = /^(?:enum|required|examples)$/.test(keyword) && typeof value !== "object";
  return isAlone ? `write [${String(value)}]` : undefined;
}

function lintTypes(linting: Linting, given: Given, pointer: string): void {
  const types = (Array.isArray(given.value) ? given.value : [given.value]) as readonly Json[];
  for (const type of types) {
    if (schemaTypes.some((known) => known === type)) continue;
    const word = typeof type === "string" ? type : JSON.stringify(type);
    linting.issues.push({
      code: "schema/keyword-value",
      pointer,
      message: `"${word}" is no type${didYouMean(word, schemaTypes)}`,
      help: formatNames.includes(word)
        ? `it is a format of texts: type: string, format: ${word}`
        : `types are ${listWords(schemaTypes)}`,
    });
  }
}

function lintPattern(linting: Linting, given: Given, pointer: string): void {
  if (typeof given.value !== "string") {
    wrong(linting, given, "a regular expression in quotes", pointer);
    return;
  }
  try {
    // oxlint-disable-next-line no-new -- made only to see whether it can be
    new RegExp(given.value, "u");
  } catch {
    report(linting, pointer, `"${given.value}" is no regular expression`);
  }
}

function unknownFormat(linting: Linting, format: string, pointer: string): void {
  linting.issues.push({
    code: "schema/unknown-format",
    pointer,
    message: `unknown format "${format}"${didYouMean(format, formatNames)}`,
    help: `formats are ${listWords(formatNames, 40)}`,
  });
}

function lintRef(linting: Linting, given: Given, pointer: string): void {
  const { name, schemas } = linting;
  if (typeof given.value !== "string") {
    wrong(linting, given, "the name of a schema", pointer);
    return;
  }
  const target = resolveRef(given.value, name, schemas);
  const schema = target === undefined ? undefined : schemas.get(target.name);
  if (target !== undefined && schema !== undefined && hasFragment(schema, target.fragment)) {
    if (beginsCircle(name, pointer.replace(/\/\$ref$/, ""), schemas)) {
      linting.issues.push({
        code: "schema/unknown-ref",
        pointer,
        message: `"${given.value}" leads back here, and describes nothing on its way`,
        help: "let one of them say what it is: a type, or properties",
      });
    }
    return;
  }
  const [path = ""] = given.value.split("#");
  const inside = target !== undefined;
  linting.issues.push({
    code: "schema/unknown-ref",
    pointer,
    message: inside
      ? `"${given.value}" leads nowhere: "${target.name}" has no "#${target.fragment}"`
      : `"${given.value}" leads nowhere${didYouMean(path, schemas.keys())}`,
    help: given.value.includes("#/definitions/")
      ? `definitions are $defs: write ${given.value.replace("#/definitions/", "#/$defs/")}`
      : "name a schema by its path under schemas/, or a place in this file by #/$defs/…",
  });
}

function hasFragment(schema: Json, fragment: string): boolean {
  if (fragment === "") return true;
  if (fragment.startsWith("/")) return pointerGet(schema, fragment) !== undefined;
  return hasAnchor(schema, fragment);
}

function hasAnchor(schema: Json, anchor: string): boolean {
  if (typeof schema !== "object" || schema === null) return false;
  return Object.entries(schema).some(
    ([key, value]) =>
      ((key === "$anchor" || key === "$dynamicAnchor") && value === anchor) ||
      hasAnchor(value, anchor),
  );
}

/** Keywords that may describe a property in another place than `properties` beside them. */
const describers = [
  "$ref",
  "$dynamicRef",
  "allOf",
  "anyOf",
  "oneOf",
  "if",
  "dependentSchemas",
  "patternProperties",
];

/** `required` names a property that nothing describes: most likely a slip of the pen. */
function unknownRequired(linting: Linting, schema: JsonObject, pointer: string): void {
  const { required, properties, additionalProperties } = schema;
  if (!Array.isArray(required) || !isJsonObject(properties)) return;
  if (isJsonObject(additionalProperties)) return;
  if (describers.some((keyword) => Object.hasOwn(schema, keyword))) return;
  for (const [index, property] of (required as readonly Json[]).entries()) {
    if (typeof property !== "string" || Object.hasOwn(properties, property)) continue;
    linting.issues.push({
      code: "schema/unknown-required",
      pointer: pointerJoin(pointerJoin(pointer, "required"), String(index)),
      message: `"${property}" is required and not described${didYouMean(property, Object.keys(properties))}`,
      help: "correct the name, or describe it under properties",
    });
  }
}

function describe(value: Json): string {
  if (Array.isArray(value)) return "a list";
  if (value === null) return "nothing";
  if (typeof value === "object") return "a map";
  return typeof value === "string" ? `"${value}"` : String(value);
}
