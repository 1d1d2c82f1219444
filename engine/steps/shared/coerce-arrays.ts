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
 * absent becomes an empty list: JSONata does not keep lists of one or none. What needs no change is
 * shared with the value, not copied.
 */
export function coerceArrays(value: Json, plan: SchemaPlan, schemas: Schemas): Json {
  return coerce(value, { schema: plan.schema, root: plan.schema }, schemas);
}

function coerce(value: Json, place: Place, schemas: Schemas): Json {
  const shape = shapeOf(place, schemas);
  if (shape.isPlain) return value;
  if (shape.wantsArray) return coerceList(value, place, schemas);
  if (!isJsonObject(value)) return value;
  let changed: Record<string, Json> | undefined;
  for (const name in value) {
    // JSON has own members only.
    const member = value[name] as Json;
    const inner = shape.members.get(name) ?? memberPlace(place, name, schemas);
    const shaped = inner === undefined ? member : coerce(member, inner, schemas);
    if (shaped === member) continue;
    changed ??= { ...value };
    changed[name] = shaped;
  }
  for (const name of shape.lists) {
    if (Object.hasOwn(value, name)) continue;
    changed = { ...(changed ?? value), [name]: [] };
  }
  return changed ?? value;
}

function coerceList(value: Json, place: Place, schemas: Schemas): Json {
  if (value === null) return value;
  if (!isList(value)) return [coerceItem(value, 0, place, schemas)];
  let changed: Json[] | undefined;
  for (let index = 0; index < value.length; index += 1) {
    const item = value[index] ?? null;
    const shaped = coerceItem(item, index, place, schemas);
    if (shaped === item) continue;
    changed ??= [...value];
    changed[index] = shaped;
  }
  return changed ?? value;
}

function coerceItem(item: Json, index: number, place: Place, schemas: Schemas): Json {
  const { items } = shapeOf(place, schemas);
  const inner = items ?? itemPlace(place, index, schemas);
  return inner === undefined ? item : coerce(item, inner, schemas);
}

/** `Array.isArray` does not narrow a readonly array. */
function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/** What a place says of arrays. */
interface Shape {
  readonly wantsArray: boolean;
  /** Nothing in it, at any depth, is said to be an array: values stay as they are. */
  isPlain: boolean;
  /** The place of every item, where it does not depend on the index. */
  readonly items: Place | undefined;
  /** Places of the members that it names. */
  readonly members: ReadonlyMap<string, Place>;
  /** Required members that are arrays. */
  readonly lists: readonly string[];
}

/** Found once for each place of a generation's schemas, which never change. */
const shapes = new WeakMap<Schemas, WeakMap<JsonObject, Shape>>();
const shapeless: Shape = {
  wantsArray: false,
  isPlain: true,
  items: undefined,
  members: new Map(),
  lists: [],
};

function shapeOf(place: Place, schemas: Schemas): Shape {
  const { schema } = place;
  if (!isJsonObject(schema)) return shapeless;
  const known = shapes.get(schemas) ?? new WeakMap<JsonObject, Shape>();
  shapes.set(schemas, known);
  const before = known.get(schema);
  if (before !== undefined) return before;
  const shape = findShape(place, schemas);
  known.set(schema, shape);
  // Only now: a schema may hold itself, and is not plain while that is not known.
  shape.isPlain = isPlain(place, shape, schemas);
  return shape;
}

function isPlain(place: Place, shape: Shape, schemas: Schemas): boolean {
  if (shape.wantsArray || shape.lists.length > 0) return false;
  const isOpen = describing(place, schemas).some(({ schema }) =>
    isJsonObject(schema["additionalProperties"]),
  );
  return !isOpen && [...shape.members.values()].every((inner) => shapeOf(inner, schemas).isPlain);
}

function findShape(place: Place, schemas: Schemas): Shape {
  const members = new Map<string, Place>();
  const required = new Set<string>();
  const described = describing(place, schemas);
  const isTuple = described.some(({ schema }) => Array.isArray(schema["prefixItems"]));
  for (const { schema } of described) {
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
  return {
    wantsArray: wantsArray(place, schemas),
    isPlain: false,
    items: isTuple ? undefined : itemPlace(place, 0, schemas),
    members,
    lists,
  };
}
