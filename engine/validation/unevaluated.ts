import type { Ajv2020, ErrorObject, ValidateFunction } from "ajv/dist/2020.js";
import type { DataValidateFunction } from "ajv/dist/types/index.js";
import { isJsonObject, type Json, type JsonObject } from "../model/json.ts";
import { pointerJoin } from "./pointer.ts";

type Follow = (ref: string) => Json | undefined;
/** What of a value some schema looked at: names of an object's members, or places in a list. */
type Looked = Set<string | number>;

/**
 * `unevaluatedProperties` and `unevaluatedItems` as JSON Schema 2020-12 has them (core, 11.2 and 11.3). The
 * library's own lose sight where a schema has branches: a member that `properties` name is refused beside a
 * `dependentSchemas` or `if` that does not apply, and one that only a branch names which does not hold is let pass.
 */
export function replaceUnevaluated(ajv: Ajv2020, follow: Follow): void {
  const keywords = {
    unevaluatedProperties: { type: "object", of: propertiesOf, param: "unevaluatedProperty" },
    unevaluatedItems: { type: "array", of: itemsOf, param: "unevaluatedItem" },
  } as const;
  const branches = new Branches(ajv, follow);
  for (const [keyword, { type, of, param }] of Object.entries(keywords)) {
    ajv.removeKeyword(keyword);
    ajv.addKeyword({
      keyword,
      type,
      schemaType: ["boolean", "object"],
      errors: "full",
      compile: (rest: Json, parentSchema: JsonObject) => {
        const check: DataValidateFunction = (value: Json, place?: Place) => {
          const looked = branches.looked(parentSchema, value, of, keyword);
          const path = place?.instancePath ?? "";
          const said = { keyword, instancePath: path, schemaPath: `#/${keyword}` };
          const errors = placesOf(value)
            .filter((name) => !looked.has(name))
            .flatMap((name): Partial<ErrorObject>[] =>
              rest === false
                ? [{ ...said, params: { [param]: name }, schema: rest, parentSchema, data: value }]
                : branches
                    .errorsOf(rest, memberOf(value, name))
                    .map((error) => within(pointerJoin(path, String(name)), error)),
            );
          check.errors = errors;
          return errors.length === 0;
        };
        return check;
      },
    });
  }
}

/** Where in the whole value the checked one stands. */
type Place = Parameters<DataValidateFunction>[1];

function within(path: string, error: ErrorObject): ErrorObject {
  return { ...error, instancePath: `${path}${error.instancePath}` };
}

type Own = (schema: JsonObject, value: Json, branches: Branches) => Looked;

/** Goes through the schemas that stand for the same value, as far as they apply to it. */
class Branches {
  readonly #ajv: Ajv2020;
  readonly #follow: Follow;
  readonly #compiled = new WeakMap<JsonObject, ValidateFunction>();

  constructor(ajv: Ajv2020, follow: Follow) {
    this.#ajv = ajv;
    this.#follow = follow;
  }

  /** What is wrong with the value. */
  errorsOf(schema: Json, value: Json): readonly ErrorObject[] {
    if (!isJsonObject(schema)) return [];
    const known = this.#compiled.get(schema);
    const validate = known ?? this.#ajv.compile(schema);
    if (known === undefined) this.#compiled.set(schema, validate);
    return validate(value) ? [] : [...(validate.errors ?? [])];
  }

  holds(schema: Json, value: Json): boolean {
    return schema !== false && this.errorsOf(schema, value).length === 0;
  }

  /** `except`: the keyword that asks, which in the schema itself looks at nothing yet. */
  looked(schema: Json, value: Json, own: Own, except?: string): Looked {
    if (!isJsonObject(schema)) return new Set();
    const { [except ?? ""]: _, ...rest } = schema;
    const branches = this.applying(schema, value).map((branch) => this.looked(branch, value, own));
    return new Set([own(rest, value, this), ...branches].flatMap((looked) => [...looked]));
  }

  /**
   * Schemas beside this one that apply to the value. Where none of several holds, all of them: the value is
   * refused for that, and what they look at is no second mistake.
   */
  applying(schema: JsonObject, value: Json): readonly Json[] {
    const { $ref, allOf, anyOf, oneOf, if: condition, dependentSchemas } = schema;
    const target = typeof $ref === "string" ? this.#follow($ref) : undefined;
    const holding = [anyOf, oneOf].flatMap((options) => {
      const all = listOf(options);
      const some = all.filter((option) => this.holds(option, value));
      return some.length === 0 ? all : some;
    });
    return [
      ...(target === undefined ? [] : [target]),
      ...listOf(allOf),
      ...holding,
      ...(condition === undefined ? [] : this.#conditional(schema, condition, value)),
      ...Object.entries(isJsonObject(dependentSchemas) ? dependentSchemas : {}).flatMap(
        ([name, dependent]) =>
          isJsonObject(value) && Object.hasOwn(value, name) ? [dependent] : [],
      ),
    ];
  }

  #conditional(schema: JsonObject, condition: Json, value: Json): readonly Json[] {
    const { then: met = true, else: otherwise = true } = schema;
    return this.holds(condition, value) ? [condition, met] : [otherwise];
  }
}

function propertiesOf(schema: JsonObject, value: Json): Looked {
  if (!isJsonObject(value)) return new Set();
  const names = Object.keys(value);
  const { additionalProperties, unevaluatedProperties, properties, patternProperties } = schema;
  if (additionalProperties !== undefined || unevaluatedProperties !== undefined)
    return new Set(names);
  const known = isJsonObject(properties) ? properties : {};
  const patterns = isJsonObject(patternProperties) ? Object.keys(patternProperties) : [];
  const expressions = patterns.map((pattern) => new RegExp(pattern, "u"));
  return new Set(
    names.filter(
      (name) => Object.hasOwn(known, name) || expressions.some((pattern) => pattern.test(name)),
    ),
  );
}

function itemsOf(schema: JsonObject, value: Json, branches: Branches): Looked {
  if (!Array.isArray(value)) return new Set();
  const { items, unevaluatedItems, prefixItems, contains } = schema;
  const places = placesOf(value);
  if (items !== undefined || unevaluatedItems !== undefined) return new Set(places);
  const first = listOf(prefixItems).length;
  return new Set(
    places.filter(
      (place) =>
        Number(place) < first ||
        (contains !== undefined && branches.holds(contains, memberOf(value, place))),
    ),
  );
}

function placesOf(value: Json): readonly (string | number)[] {
  if (Array.isArray(value)) return [...(value as readonly Json[]).keys()];
  return isJsonObject(value) ? Object.keys(value) : [];
}

function memberOf(value: Json, place: string | number): Json {
  return (value as Readonly<Record<string | number, Json>>)[place] ?? null;
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}
