import type { CodeEntry } from "./entry.ts";

/** What a JSON Schema file may do wrong. */
export const schemaCodes = {
  "schema/breaking-change": {
    severity: "error",
    meaning:
      "A schema changed so that somebody who reads or gives such values may break; found by `validate --against`.",
    remedy: "Change those that are named with it, or leave the schema and make its next version.",
    example: {
      wrong: "required: [invoiceId, dueOn]  # dueOn was not required",
      right: "required: [invoiceId]",
    },
  },
  "schema/compatible-change": {
    severity: "information",
    meaning:
      "A schema changed, and nobody here is hurt by it; found by `validate --against`, with those that use it.",
    remedy: "Nothing to do.",
    example: {
      wrong: "properties: { phone: { type: string } }  # phone is new",
      right: "properties: {}",
    },
  },
  "schema/unknown-keyword": {
    severity: "error",
    meaning: "A keyword that JSON Schema 2020-12 does not have: it would check nothing.",
    remedy: "Correct it; annotations of your own begin with `x-`.",
    example: { wrong: "propertys: {}", right: "properties: {}" },
  },
  "schema/keyword-value": {
    severity: "error",
    meaning: "A keyword's value that makes no sense.",
    remedy: "Give what the message says.",
    example: { wrong: "type: strng", right: "type: string" },
  },
  "schema/unknown-ref": {
    severity: "error",
    meaning: "A `$ref` that leads nowhere.",
    remedy: "Name a schema by its path under schemas/, or a place in this file (`#/$defs/…`).",
    example: { wrong: "$ref: canonical/mony@1", right: "$ref: canonical/money@1" },
  },
  "schema/unknown-format": {
    severity: "error",
    meaning: "A format that nothing checks.",
    remedy: "Use one of the formats named.",
    example: { wrong: "format: decimel", right: "format: decimal" },
  },
  "schema/unknown-required": {
    severity: "error",
    meaning: "A required property that the schema does not describe.",
    remedy: "Correct the name, or describe the property.",
    example: {
      wrong: "required: [totl]\nproperties: { total: { type: string } }",
      right: "required: [total]\nproperties: { total: { type: string } }",
    },
  },
  "schema/example": {
    severity: "error",
    meaning: "An example that breaks its own schema.",
    remedy: "Mend the example or the schema.",
    example: { wrong: "type: string\nexamples: [1]", right: 'type: string\nexamples: ["1"]' },
  },
} as const satisfies Record<string, CodeEntry>;
