import { isJsonObject, type Json } from "../../model/json.ts";
import type { Generation } from "../../model/plan/generation.ts";
import { SchemaView } from "../../validation/index.ts";

const known = new WeakMap<Generation, Map<string, readonly string[]>>();

/** Properties of a schema where each system keeps what has no canonical home (`x-extension`), by system. */
export function extensionsOf(schema: string, generation: Generation): readonly string[] {
  const names = known.get(generation) ?? new Map<string, readonly string[]>();
  known.set(generation, names);
  const found = names.get(schema);
  if (found !== undefined) return found;
  const schemas = new Map([...generation.schemas].map(([name, plan]) => [name, plan.schema]));
  const view = SchemaView.of(schema, schemas);
  const marked = (view?.properties ?? []).filter(
    (name) => view?.property(name)?.annotation("x-extension") === true,
  );
  names.set(schema, marked);
  return marked;
}

/** The record as a system may see it: of what systems keep for themselves, its own alone. */
export function withoutForeignExtensions(record: Json, { schema, system, generation }: Seen): Json {
  if (schema === undefined || !isJsonObject(record)) return record;
  const foreign = extensionsOf(schema, generation).filter((name) => isJsonObject(record[name]));
  if (foreign.length === 0) return record;
  const own = foreign.map((name): [string, Json] => [name, ownPart(record[name], system)]);
  return { ...record, ...Object.fromEntries(own) };
}

interface Seen {
  readonly schema: string | undefined;
  readonly system: string;
  readonly generation: Generation;
}

function ownPart(extensions: Json | undefined, system: string): Json {
  const part = isJsonObject(extensions) ? extensions[system] : undefined;
  return part === undefined ? {} : { [system]: part };
}
