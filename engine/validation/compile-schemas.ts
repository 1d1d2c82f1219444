import { Ajv2020, type DefinedError, type Options, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import type { SourceRef } from "../errors/diagnostic.ts";
import { isJsonObject, type Json, type JsonObject } from "../model/json.ts";
import type { SchemaBreach, SchemaPlan } from "../model/plan/generation.ts";
import { explainErrors } from "./breach.ts";
import { ownFormats } from "./formats.ts";
import { pointerGet } from "./pointer.ts";
import { resolveRef, schemaUri } from "./reference.ts";
import { replaceUnevaluated } from "./unevaluated.ts";

/** A schema as it stands in its file. */
export interface SchemaSource {
  readonly schema: Json;
  readonly at: SourceRef;
}

/**
 * The schemas of one generation, by name, sharing one checker. Each is compiled when it is first
 * used: compiling costs milliseconds and most runs of a command use few. Schemas are expected to
 * have passed `lintSchema`.
 */
export function compileSchemas(
  sources: ReadonlyMap<string, SchemaSource>,
): ReadonlyMap<string, SchemaPlan> {
  const checker = new Checker(sources);
  return new Map(
    [...sources].map(([name, { schema, at }]): [string, SchemaPlan] => [
      name,
      {
        name,
        schema: asObject(schema),
        at,
        check: (value) => checker.check(name, value),
      },
    ]),
  );
}

/** Nearly every value is as it should be: only of the others more must be known, by more code. */
class Checker {
  readonly #schemas: () => ReadonlyMap<string, JsonObject>;
  readonly #brief: Validators;
  readonly #whole: Validators;

  constructor(sources: ReadonlyMap<string, SchemaSource>) {
    let schemas: ReadonlyMap<string, JsonObject> | undefined;
    this.#schemas = () => (schemas ??= withUris(sources));
    this.#brief = new Validators(this.#schemas, { messages: false, inlineRefs: false });
    this.#whole = new Validators(this.#schemas, { allErrors: true, verbose: true });
  }

  check(name: string, value: unknown): readonly SchemaBreach[] {
    const uri = schemaUri(name);
    if (this.#brief.of(uri)(value)) return [];
    const validate = this.#whole.of(uri);
    if (validate(value)) return [];
    // The checker's own keywords are all the keywords our schemas may have.
    const errors = (validate.errors ?? []) as DefinedError[];
    return explainErrors(errors, (ref) => targetOf(this.#schemas(), ref));
  }
}

/** What an absolute `$ref` leads to. */
function targetOf(schemas: ReadonlyMap<string, JsonObject>, ref: string): Json | undefined {
  const [uri = "", fragment = ""] = ref.split("#");
  const schema = schemas.get(uri);
  return schema === undefined ? undefined : pointerGet(schema, fragment);
}

/** What checks values by schemas, made for each when it is first used. */
class Validators {
  readonly #schemas: () => ReadonlyMap<string, JsonObject>;
  readonly #options: Options;
  readonly #compiled = new Map<string, ValidateFunction>();
  #ajv: Ajv2020 | undefined;

  constructor(schemas: () => ReadonlyMap<string, JsonObject>, options: Options) {
    this.#schemas = schemas;
    this.#options = options;
  }

  of(uri: string): ValidateFunction {
    const known = this.#compiled.get(uri);
    if (known !== undefined) return known;
    this.#ajv ??= this.#load();
    const compiled = this.#ajv.getSchema(uri) ?? this.#ajv.compile({ $ref: uri });
    this.#compiled.set(uri, compiled);
    return compiled;
  }

  #load(): Ajv2020 {
    const ajv = new Ajv2020({
      strict: false,
      validateSchema: false,
      logger: false,
      // Half the time of compiling, and nothing that V8 would not do itself.
      code: { optimize: false },
      ...this.#options,
    });
    addFormats.default(ajv);
    const schemas = this.#schemas();
    replaceUnevaluated(ajv, (ref) => targetOf(schemas, ref));
    for (const [format, { test }] of Object.entries(ownFormats)) ajv.addFormat(format, test);
    for (const [uri, schema] of schemas) ajv.addSchema(schema, uri);
    return ajv;
  }
}

/** The schemas as the checker knows them. */
function withUris(sources: ReadonlyMap<string, SchemaSource>): ReadonlyMap<string, JsonObject> {
  return new Map(
    [...sources].map(([name, { schema }]) => [
      schemaUri(name),
      asObject(withAbsoluteRefs(schema, name, sources)),
    ]),
  );
}

/** `true` and `false` are schemas too. */
function asObject(schema: Json): JsonObject {
  if (isJsonObject(schema)) return schema;
  return schema === false ? { not: {} } : {};
}

/** The schema with every `$ref` as the checker knows it, and without an `$id` of its own. */
function withAbsoluteRefs(schema: Json, name: string, names: { has(name: string): boolean }): Json {
  if (Array.isArray(schema)) {
    return (schema as readonly Json[]).map((one) => withAbsoluteRefs(one, name, names));
  }
  if (!isJsonObject(schema)) return schema;
  const entries = Object.entries(schema).flatMap(([key, value]): [string, Json][] => {
    if (key === "$id" && typeof value === "string") return [];
    if (key !== "$ref" || typeof value !== "string") {
      return [[key, withAbsoluteRefs(value, name, names)]];
    }
    const target = resolveRef(value, name, names);
    if (target === undefined) return [[key, value]];
    return [[key, `${schemaUri(target.name)}#${target.fragment}`]];
  });
  return Object.fromEntries(entries);
}
