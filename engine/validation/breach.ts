import type { DefinedError } from "ajv/dist/2020.js";
import { didYouMean, listWords } from "../errors/did-you-mean.ts";
import { isJsonObject, type Json } from "../model/json.ts";
import type { SchemaBreach } from "../model/plan/generation.ts";
import { formatExample } from "./formats.ts";
import { pointerJoin } from "./pointer.ts";

/** More of them help nobody, and a hostile value could make millions. */
const breachesMax = 50;

/** Said by the parts of the same error, or by nothing a reader could act on. */
const silent = new Set(["if", "allOf", "$ref"]);

/** What a `$ref` of a loaded schema leads to. */
export type Follow = (ref: string) => Json | undefined;

/** What the checker found, in words for people. */
export function explainErrors(errors: readonly DefinedError[], follow: Follow): SchemaBreach[] {
  const spoken = errors.filter(({ keyword }) => !silent.has(keyword));
  const alternatives = spoken.filter(isAlternatives);
  const hidden = new Set(alternatives.flatMap((whole) => hiddenBy(whole, spoken, follow)));
  return spoken
    .filter((error) => !hidden.has(error))
    .map(explain)
    .slice(0, breachesMax);
}

const isAlternatives = ({ keyword }: DefinedError): boolean =>
  keyword === "anyOf" || keyword === "oneOf";

/**
 * Of failed alternatives either the whole is told or the parts, never both: the parts of the only
 * one that is not `null`, since that one was meant; otherwise that none fits.
 */
function hiddenBy(
  whole: DefinedError,
  errors: readonly DefinedError[],
  follow: Follow,
): readonly DefinedError[] {
  const options = Array.isArray(whole.schema) ? (whole.schema as readonly Json[]) : [];
  const inside = new Set<unknown>();
  for (const option of options) collect(option, follow, inside);
  const parts = errors.filter(
    (error) =>
      error !== whole &&
      error.instancePath.startsWith(whole.instancePath) &&
      inside.has(error.parentSchema),
  );
  const meant = options.filter((option) => !isJsonObject(option) || option["type"] !== "null");
  if (meant.length !== 1 || meant.length === options.length) return parts;
  return [whole, ...parts.filter(({ keyword, params }) => keyword === "type" && isNull(params))];
}

/** Every schema inside one, through references: errors name theirs, and their paths may be relative. */
function collect(schema: Json, follow: Follow, into: Set<unknown>): void {
  if (typeof schema !== "object" || schema === null || into.has(schema)) return;
  into.add(schema);
  for (const [key, value] of Object.entries(schema)) {
    collect(value, follow, into);
    if (key === "$ref" && typeof value === "string") collect(follow(value) ?? null, follow, into);
  }
}

const isNull = (params: object): boolean => "type" in params && params.type === "null";

function explain(error: DefinedError): SchemaBreach {
  const missing = error.keyword === "required" ? error.params.missingProperty : undefined;
  const pointer =
    missing === undefined ? error.instancePath : pointerJoin(error.instancePath, missing);
  return { pointer, message: sentence(error), keyword: error.keyword };
}

type ErrorOf<K, E = DefinedError> = E extends { keyword: infer Own }
  ? K extends Own
    ? E
    : never
  : never;

/** What is wrong with the value, by keyword; `given` is the value in words. */
const sentences: {
  readonly [K in DefinedError["keyword"]]?: (error: ErrorOf<K>, given: string) => string;
} = {
  required: ({ params }) => `"${params.missingProperty}" is missing`,
  type: ({ params }, given) => `${given} stands here; expected ${listWords([params.type].flat())}`,
  additionalProperties: ({ params, parentSchema }) =>
    unknown(params.additionalProperty, parentSchema),
  unevaluatedProperties: ({ params, parentSchema }) =>
    unknown(params.unevaluatedProperty, parentSchema),
  enum: ({ params }, given) =>
    `${given} is none of ${listWords(params.allowedValues.map((one) => JSON.stringify(one)))}`,
  const: ({ params }, given) =>
    `${given} stands here; expected ${JSON.stringify(params.allowedValue)}`,
  format: ({ params }, given) => `${given} is no ${params.format}${such(params.format)}`,
  pattern: ({ params }, given) => `${given} does not match ${params.pattern}`,
  minimum: outOfRange,
  maximum: outOfRange,
  exclusiveMinimum: outOfRange,
  exclusiveMaximum: outOfRange,
  minLength: ({ params }, given) => `${given} is shorter than ${params.limit} characters`,
  maxLength: ({ params }, given) => `${given} is longer than ${params.limit} characters`,
  minItems: ({ params }) => `the list has fewer than ${params.limit} items`,
  maxItems: ({ params }) => `the list has more than ${params.limit} items`,
  anyOf: (_, given) => `${given} fits none of the alternatives`,
  oneOf: ({ params }, given) =>
    `${given} fits ${params.passingSchemas === null ? "none" : "more than one"} of the alternatives`,
  uniqueItems: ({ params }) => `items ${params.j} and ${params.i} are equal; each may stand once`,
};

function outOfRange(
  { params }: { readonly params: { readonly comparison: string; readonly limit: number } },
  given: string,
): string {
  return `${given} is out of range; expected ${params.comparison} ${params.limit}`;
}

function sentence(error: DefinedError): string {
  // Keyword and error go together; the type of a table by keyword cannot say so.
  const say = sentences[error.keyword] as
    | ((error: DefinedError, given: string) => string)
    | undefined;
  const given = describe(error);
  return say?.(error, given) ?? `${given} ${error.message ?? "breaks the schema"}`;
}

function such(format: string): string {
  const example = formatExample(format);
  return example === undefined ? "" : ` such as ${example}`;
}

function unknown(property: string, parent: unknown): string {
  const properties = isJsonObject(parent) ? parent["properties"] : undefined;
  const known = isJsonObject(properties) ? Object.keys(properties) : [];
  return `unknown property "${property}"${didYouMean(property, known)}`;
}

/** The value, shortly; personal data is named and never shown. */
function describe(error: DefinedError): string {
  const value = error.data as Json;
  if (Array.isArray(value)) return "a list";
  if (isJsonObject(value)) return "a map";
  const { parentSchema } = error;
  if (isJsonObject(parentSchema) && parentSchema["x-pii"] === true) return `a ${typeof value}`;
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
