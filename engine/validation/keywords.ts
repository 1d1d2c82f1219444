/** How the value of a keyword must look. */
export type KeywordForm =
  | "schema"
  | "schemas"
  | "schema-map"
  | "string"
  | "strings"
  | "string-lists"
  | "pattern"
  | "format"
  | "types"
  | "count"
  | "number"
  | "boolean"
  | "list"
  | "examples"
  | "ref"
  | "any";

const byForm: Readonly<Record<KeywordForm, readonly string[]>> = {
  string: [
    "$schema",
    "$id",
    "$anchor",
    "$dynamicAnchor",
    "$comment",
    "title",
    "description",
    "owner",
    "contentEncoding",
    "contentMediaType",
  ],
  ref: ["$ref", "$dynamicRef"],
  "schema-map": ["$defs", "definitions", "dependentSchemas", "properties", "patternProperties"],
  any: ["$vocabulary", "default", "version", "const"],
  boolean: ["deprecated", "readOnly", "writeOnly", "uniqueItems"],
  examples: ["examples"],
  types: ["type"],
  list: ["enum"],
  number: ["multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum"],
  count: [
    "maxLength",
    "minLength",
    "maxItems",
    "minItems",
    "maxContains",
    "minContains",
    "maxProperties",
    "minProperties",
  ],
  pattern: ["pattern"],
  strings: ["required"],
  "string-lists": ["dependentRequired"],
  format: ["format"],
  schema: [
    "contentSchema",
    "not",
    "if",
    "then",
    "else",
    "items",
    "contains",
    "additionalProperties",
    "propertyNames",
    "unevaluatedItems",
    "unevaluatedProperties",
  ],
  schemas: ["allOf", "anyOf", "oneOf", "prefixItems"],
};

/** JSON Schema 2020-12, and the annotations that tools around it write without `x-`. */
export const keywords: ReadonlyMap<string, KeywordForm> = new Map(
  Object.entries(byForm).flatMap(([form, names]) =>
    // The keys of the table are forms.
    names.map((name): [string, KeywordForm] => [name, form as KeywordForm]),
  ),
);

export const schemaTypes = [
  "null",
  "boolean",
  "object",
  "array",
  "number",
  "integer",
  "string",
] as const;

/** Keywords of earlier drafts, with what 2020-12 has in their place. */
export const retired: Readonly<Record<string, string>> = {
  id: "$id",
  additionalItems: "items, with prefixItems for the first ones",
  dependencies: "dependentRequired or dependentSchemas",
  $recursiveRef: "$dynamicRef",
  nullable: 'type: ["string", "null"]',
  example: "examples, a list",
};
