import { Ajv2020, type DefinedError, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import type { SourceRef } from "../errors/diagnostic.ts";
import { isJsonObject, type Json, type JsonObject } from "../model/json.ts";
import type { SchemaBreach, SchemaPlan } from "../model/plan/generation.ts";
import { explainErrors } from "./breach.ts";
import { ownFormats } from "./formats.ts";
import { pointerGet } from "./pointer.ts";
import { resolveRef, schemaUri } from "./reference.ts";

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

class Checker {
  readonly #sources: ReadonlyMap<string, SchemaSource>;
  readonly #compiled = new Map<string, ValidateFunction>();
  readonly #loaded = new Map<string, JsonObject>();
  #ajv: Ajv2020 | undefined;

  constructor(sources: ReadonlyMap<string, SchemaSource>) {
    this.#sources = sources;
  }

  check(name: string, value: unknown): readonly SchemaBreach[] {
    const validate = this.#compile(name);
    if (validate(value)) return [];
    // The checker's own keywords are all the keywords our schemas may have.
    return explainErrors((validate.errors ?? []) as DefinedError[], (ref) => this.#follow(ref));
  }

  #follow(ref: string): Json | undefined {
    const [uri = "", fragment = ""] = ref.split("#");
    const schema = this.#loaded.get(uri);
    return schema === undefined ? undefined : pointerGet(schema, fragment);
  }

  #compile(name: string): ValidateFunction {
    const known = this.#compiled.get(name);
    if (known !== undefined) return known;
    this.#ajv ??= this.#load();
    const compiled = this.#ajv.compile({ $ref: schemaUri(name) });
    this.#compiled.set(name, compiled);
    return compiled;
  }

  #load(): Ajv2020 {
    const ajv = new Ajv2020({
      strict: false,
      allErrors: true,
      verbose: true,
      validateSchema: false,
      logger: false,
      // Half the time of compiling, and nothing that V8 would not do itself.
      code: { optimize: false },
    });
    addFormats.default(ajv);
    for (const [format, { test }] of Object.entries(ownFormats)) ajv.addFormat(format, test);
    for (const [name, { schema }] of this.#sources) {
      const absolute = withAbsoluteRefs(schema, name, this.#sources);
      this.#loaded.set(schemaUri(name), asObject(absolute));
      ajv.addSchema(asObject(absolute), schemaUri(name));
    }
    return ajv;
  }
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
