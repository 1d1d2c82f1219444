import type { Field, Fields, Shape } from "../model/field.ts";
import type { Json, JsonObject } from "../model/json.ts";
import { adapterFields } from "../model/plan/adapter.ts";
import { flowFields } from "../model/plan/flow.ts";
import { commonFields } from "../model/plan/step.ts";
import { systemFields } from "../model/plan/system.ts";
import { testFields } from "../model/plan/flow-test.ts";
import { codesFields, mappingFields } from "../model/plan/mapping.ts";
import { workspaceFields } from "../model/plan/workspace.ts";
import type { StepDefinition } from "../steps/define-step.ts";
import { stepDefinitions } from "../steps/index.ts";

/** The fields of each kind of document, by its name. */
export const documentFields = {
  workspace: workspaceFields,
  flow: flowFields,
  system: systemFields,
  adapter: adapterFields,
  mapping: mappingFields,
  codes: codesFields,
  test: testFields,
} as const satisfies Record<string, Fields>;

/**
 * JSON Schemas for editors, by file name under `schemas/spec/`: completion, hover texts and the
 * first checks while typing. What needs the whole workspace is left to the compiler.
 */
export function editorSchemas(): Readonly<Record<string, JsonObject>> {
  return Object.fromEntries(
    Object.entries<Fields>(documentFields).map(([kind, fields]) => [
      `${kind}.schema.json`,
      {
        $schema: "https://json-schema.org/draft/2020-12/schema",
        title: `Sluice ${kind}`,
        ...objectSchema(fields),
        ...(kind === "flow" ? { $defs: { step: stepSchema(), steps: stepsSchema } } : {}),
      },
    ]),
  );
}

const stepsSchema: JsonObject = { type: "array", items: { $ref: "#/$defs/step" } };

function stepSchema(): JsonObject {
  return { anyOf: Object.values(stepDefinitions).map(stepKindSchema) };
}

function stepKindSchema(definition: StepDefinition): JsonObject {
  const { kind, docs, argument, beside } = definition;
  const own = { [kind]: argument, ...beside, ...commonFields };
  return { description: docs, ...objectSchema(own) };
}

function objectSchema(fields: Fields): JsonObject {
  const required = Object.entries(fields).flatMap(([key, { optional }]) => (optional ? [] : [key]));
  return {
    type: "object",
    properties: mapFields(fields),
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
  };
}

function mapFields(fields: Fields): JsonObject {
  return Object.fromEntries(Object.entries(fields).map(([key, one]) => [key, fieldSchema(one)]));
}

function fieldSchema({ shape, docs }: Field<unknown>): JsonObject {
  return { description: docs, ...shapeSchema(shape) };
}

function shapeSchema(shape: Shape): JsonObject {
  switch (shape.type) {
    case "text":
      return { type: "string", ...patternOf(shape.pattern) };
    case "choice":
      return { enum: shape.values };
    case "boolean":
      return { type: "boolean" };
    case "number":
      return numberSchema(shape);
    case "duration":
      return { type: "string", pattern: "^\\d+(\\.\\d+)?(ms|s|m|h|d|w|y)$" };
    case "expression":
      return { type: ["string", "number", "boolean"] };
    case "reference":
      return { type: "string" };
    case "template":
      return shape.single === true ? { type: ["string", "number", "boolean", "null"] } : {};
    case "json":
      return {};
    case "steps":
      return { $ref: "#/$defs/steps" };
    case "step":
      return { $ref: "#/$defs/step" };
    default:
      return compositeSchema(shape);
  }
}

type Composite = Extract<
  Shape,
  { type: "object" | "record" | "list" | "one-or-many" | "variant" | "either" }
>;

function compositeSchema(shape: Composite): JsonObject {
  switch (shape.type) {
    case "object":
      return objectSchema(shape.fields);
    case "record":
      return {
        type: "object",
        additionalProperties: fieldSchema(shape.values),
        ...(shape.key === undefined ? {} : { propertyNames: patternOf(shape.key) }),
      };
    case "list":
      return {
        type: "array",
        items: fieldSchema(shape.items),
        ...(shape.minimum === undefined ? {} : { minItems: shape.minimum }),
      };
    case "one-or-many": {
      const one = fieldSchema(shape.items);
      return { anyOf: [one, { type: "array", items: one }] };
    }
    case "variant":
      return variantSchema(shape);
    case "either":
      return { anyOf: shape.options.map(fieldSchema) };
  }
}

function variantSchema(shape: Extract<Shape, { type: "variant" }>): JsonObject {
  return {
    anyOf: Object.entries(shape.kinds).map(([key, { docs, value, fields }]) => ({
      description: docs,
      ...objectSchema({ [key]: value, ...fields, ...shape.shared }),
    })),
  };
}

function numberSchema(shape: Extract<Shape, { type: "number" }>): JsonObject {
  return {
    type: shape.integer ? "integer" : "number",
    ...(shape.minimum === undefined ? {} : { minimum: shape.minimum }),
    ...(shape.maximum === undefined ? {} : { maximum: shape.maximum }),
  };
}

function patternOf(pattern: RegExp | undefined): Readonly<Record<string, Json>> {
  return pattern === undefined ? {} : { pattern: pattern.source };
}
