import { isJsonObject, type Json } from "../model/json.ts";
import { resolveRef } from "./reference.ts";

/** Which schemas a value is checked by: a schema, and those that its references lead to. */
export class Reach {
  readonly #schemas: ReadonlyMap<string, Json>;
  readonly #direct = new Map<string, readonly string[]>();

  constructor(schemas: ReadonlyMap<string, Json>) {
    this.#schemas = schemas;
  }

  /** Names, the schema's own first. */
  of(name: string): readonly string[] {
    const found = new Set([name]);
    for (const one of found) for (const next of this.#directly(one)) found.add(next);
    return [...found];
  }

  #directly(name: string): readonly string[] {
    const known = this.#direct.get(name);
    if (known !== undefined) return known;
    const refs = new Set<string>();
    collectRefs(this.#schemas.get(name), refs);
    const direct = [...refs].flatMap((ref) => resolveRef(ref, name, this.#schemas)?.name ?? []);
    this.#direct.set(name, direct);
    return direct;
  }
}

/** Every text under `$ref`, also where it stands in an example: one too many does no harm. */
function collectRefs(value: Json | undefined, into: Set<string>): void {
  if (Array.isArray(value)) {
    for (const item of value as readonly Json[]) collectRefs(item, into);
  } else if (isJsonObject(value)) {
    for (const [key, member] of Object.entries(value)) {
      if (key === "$ref" && typeof member === "string") into.add(member);
      else collectRefs(member, into);
    }
  }
}
