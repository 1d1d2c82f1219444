import { isJsonObject, type Json, type JsonObject } from "../../model/json.ts";
import type { SchemaPlan } from "../../model/plan/generation.ts";

/** A schema, and the document that its local references are read in. */
export interface Place {
  readonly schema: Json;
  readonly root: JsonObject;
}

type Schemas = ReadonlyMap<string, SchemaPlan>;

/** Follows `$ref`: within the document (`#/…`), to another schema, or into one (`name#/…`). */
function resolvePlace(place: Place, schemas: Schemas): Place | undefined {
  let current = place;
  // A chain of references longer than this is a cycle.
  for (let hops = 0; hops < 32; hops += 1) {
    if (!isJsonObject(current.schema)) return undefined;
    const reference = current.schema["$ref"];
    if (typeof reference !== "string") return current;
    const [document = "", pointer = ""] = reference.split("#");
    const root = document === "" ? current.root : schemas.get(document)?.schema;
    const schema = root === undefined ? undefined : atPointer(root, pointer);
    if (root === undefined || schema === undefined) return undefined;
    current = { schema, root };
  }
  return undefined;
}

function atPointer(root: JsonObject, pointer: string): Json | undefined {
  let value: Json | undefined = root;
  for (const token of pointer.split("/").slice(1)) {
    const name = token.replaceAll("~1", "/").replaceAll("~0", "~");
    value = isJsonObject(value)
      ? value[name]
      : Array.isArray(value)
        ? (value as readonly Json[])[Number(name)]
        : undefined;
  }
  return value;
}

/** The schemas that describe one value: the place itself and whatever it combines. */
export function describing(
  place: Place,
  schemas: Schemas,
): readonly (Place & { readonly schema: JsonObject })[] {
  const found: (Place & { readonly schema: JsonObject })[] = [];
  const visit = (next: Place) => {
    const resolved = resolvePlace(next, schemas);
    if (resolved === undefined || !isJsonObject(resolved.schema)) return;
    const { schema, root } = resolved;
    if (found.length > 100 || found.some((known) => known.schema === schema)) return;
    found.push({ schema, root });
    for (const keyword of ["allOf", "anyOf", "oneOf"]) {
      for (const part of partsOf(schema, keyword)) visit({ schema: part, root });
    }
  };
  visit(place);
  return found;
}

/** The place of a member of an object, if the schema names it. */
export function memberPlace(place: Place, name: string, schemas: Schemas): Place | undefined {
  for (const { schema, root } of describing(place, schemas)) {
    const properties = schema["properties"];
    const member =
      isJsonObject(properties) && Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (member !== undefined) return { schema: member, root };
    const additional = schema["additionalProperties"];
    if (isJsonObject(additional)) return { schema: additional, root };
  }
  return undefined;
}

/** The place of one item of an array, if the schema describes it: by its index in a tuple. */
export function itemPlace(place: Place, index: number, schemas: Schemas): Place | undefined {
  for (const { schema, root } of describing(place, schemas)) {
    const tuple = schema["prefixItems"];
    const own = Array.isArray(tuple) ? (tuple as readonly Json[])[index] : undefined;
    if (own !== undefined) return { schema: own, root };
    const items = schema["items"];
    if (isJsonObject(items)) return { schema: items, root };
  }
  return undefined;
}

/** Says array and nothing else but null; of alternatives all must, or a value may be another. */
function wantsArray(place: Place, schemas: Schemas, depth = 0): boolean {
  const resolved = resolvePlace(place, schemas);
  if (resolved === undefined || !isJsonObject(resolved.schema) || depth > 16) return false;
  const { schema, root } = resolved;
  const wants = (part: Json) => wantsArray({ schema: part, root }, schemas, depth + 1);
  const types = typesOf(schema);
  if (types.length === 1 && types[0] === "array") return true;
  if (partsOf(schema, "allOf").some(wants)) return true;
  return ["anyOf", "oneOf"].some((keyword) => {
    const parts = partsOf(schema, keyword).filter((part) => !isNullSchema(part));
    return parts.length > 0 && parts.every(wants);
  });
}

function typesOf(schema: JsonObject): readonly Json[] {
  const type = schema["type"] ?? [];
  const types: readonly Json[] = Array.isArray(type) ? (type as readonly Json[]) : [type];
  return types.filter((name) => name !== "null");
}

function partsOf(schema: JsonObject, keyword: string): readonly Json[] {
  const parts = schema[keyword];
  return Array.isArray(parts) ? (parts as readonly Json[]) : [];
}

function isNullSchema(schema: Json): boolean {
  return isJsonObject(schema) && schema["type"] === "null";
}

/**
 * Where the schema says array, a single value becomes a list of one and a required member that is
 * absent becomes an empty list: JSONata does not keep lists of one or none.
 */
export function coerceArrays(value: Json, plan: SchemaPlan, schemas: Schemas): Json {
  return coerce(value, { schema: plan.schema, root: plan.schema }, schemas);
}

function coerce(value: Json, place: Place, schemas: Schemas): Json {
  const shape = shapeOf(place, schemas);
  if (shape.wantsArray) {
    const list = Array.isArray(value)
      ? (value as readonly Json[])
      : value === null
        ? value
        : [value];
    if (!Array.isArray(list)) return list;
    return (list as readonly Json[]).map((item, index) => {
      const inner = itemPlace(place, index, schemas);
      return inner === undefined ? item : coerce(item, inner, schemas);
    });
  }
  if (!isJsonObject(value)) return value;
  const members = Object.entries(value).map(([name, member]): [string, Json] => {
    const inner = shape.members.get(name) ?? memberPlace(place, name, schemas);
    return [name, inner === undefined ? member : coerce(member, inner, schemas)];
  });
  for (const name of shape.lists) if (!Object.hasOwn(value, name)) members.push([name, []]);
  return Object.fromEntries(members);
}

/** What a place says of arrays. */
interface Shape {
  readonly wantsArray: boolean;
  /** Places of the members that it names. */
  readonly members: ReadonlyMap<string, Place>;
  /** Required members that are arrays. */
  readonly lists: readonly string[];
}

/** Found once for each place of a generation's schemas, which never change. */
const shapes = new WeakMap<Schemas, WeakMap<JsonObject, Shape>>();
const shapeless: Shape = { wantsArray: false, members: new Map(), lists: [] };

function shapeOf(place: Place, schemas: Schemas): Shape {
  const { schema } = place;
  if (!isJsonObject(schema)) return shapeless;
  const known = shapes.get(schemas) ?? new WeakMap<JsonObject, Shape>();
  shapes.set(schemas, known);
  const shape = known.get(schema) ?? findShape(place, schemas);
  known.set(schema, shape);
  return shape;
}

function findShape(place: Place, schemas: Schemas): Shape {
  const members = new Map<string, Place>();
  const required = new Set<string>();
  for (const { schema } of describing(place, schemas)) {
    const properties = schema["properties"];
    const names = schema["required"];
    for (const name of Object.keys(isJsonObject(properties) ? properties : {})) {
      const member = memberPlace(place, name, schemas);
      if (member !== undefined) members.set(name, member);
    }
    for (const name of Array.isArray(names) ? (names as readonly Json[]) : []) {
      if (typeof name === "string") required.add(name);
    }
  }
  const lists = [...required].filter((name) => {
    const inner = members.get(name) ?? memberPlace(place, name, schemas);
    return inner !== undefined && wantsArray(inner, schemas);
  });
  return { wantsArray: wantsArray(place, schemas), members, lists };
}
