import { isJsonObject, type Json } from "../model/json.ts";
import { pointerGet, pointerJoin } from "./pointer.ts";
import { resolveRef } from "./reference.ts";

type Schemas = ReadonlyMap<string, Json>;

interface Spot {
  readonly name: string;
  readonly pointer: string;
}

/** Keywords whose schemas hold for the same value: a circle of them alone never ends. */
const lists = ["allOf", "anyOf", "oneOf"];
const singles = ["not", "if", "then", "else"];

/**
 * True for the first schema of a circle that leads back to itself without going into a member or an
 * item: whoever checked a value by it would never be done.
 */
export function beginsCircle(name: string, pointer: string, schemas: Schemas): boolean {
  const start = { name, pointer };
  const circle = pathBack(start, start, schemas, new Set());
  const [first] = (circle ?? [])
    .filter((spot) => refOf(at(spot, schemas)) !== undefined)
    .map(keyOf)
    .toSorted();
  return first === keyOf(start);
}

function pathBack(
  spot: Spot,
  start: Spot,
  schemas: Schemas,
  seen: Set<string>,
): readonly Spot[] | undefined {
  for (const next of nextOf(spot, schemas)) {
    if (keyOf(next) === keyOf(start)) return [spot];
    if (seen.has(keyOf(next))) continue;
    seen.add(keyOf(next));
    const rest = pathBack(next, start, schemas, seen);
    if (rest !== undefined) return [spot, ...rest];
  }
  return undefined;
}

function nextOf({ name, pointer }: Spot, schemas: Schemas): readonly Spot[] {
  const schema = at({ name, pointer }, schemas);
  if (!isJsonObject(schema)) return [];
  const inside = (...segments: readonly string[]): Spot => ({
    name,
    pointer: segments.reduce(pointerJoin, pointer),
  });
  const ref = refOf(schema);
  const target = ref === undefined ? undefined : resolveRef(ref, name, schemas);
  return [
    ...(target === undefined ? [] : [{ name: target.name, pointer: target.fragment }]),
    ...lists.flatMap((key) => {
      const value = schema[key];
      return Array.isArray(value) ? value.map((_, index) => inside(key, String(index))) : [];
    }),
    ...singles.flatMap((key) => (schema[key] === undefined ? [] : [inside(key)])),
  ];
}

function at({ name, pointer }: Spot, schemas: Schemas): Json | undefined {
  const root = schemas.get(name);
  return root === undefined ? undefined : pointerGet(root, pointer);
}

function refOf(schema: Json | undefined): string | undefined {
  const ref = isJsonObject(schema) ? schema["$ref"] : undefined;
  return typeof ref === "string" ? ref : undefined;
}

const keyOf = ({ name, pointer }: Spot): string => `${name}#${pointer}`;
