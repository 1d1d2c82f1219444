import { isJsonObject, type Json } from "../../model/json.ts";

/** Members that hold the name of something: `orderId`, `invoice_number`, `id`, `reference`. */
const naming = /(^|[a-z_-])(id|ids|number|no|reference|ref|key)$/i;
const depthMax = 4;
const idsMax = 24;

/** Ids worth finding in a value, at most 24: what the members that name things hold. */
export function idsIn(value: Json): ReadonlySet<string> {
  const found = new Set<string>();
  collect(value, "", 0, found);
  return found;
}

function collect(value: Json, name: string, depth: number, found: Set<string>): void {
  if (found.size >= idsMax || depth > depthMax) return;
  if (typeof value === "string" || typeof value === "number") {
    const id = String(value);
    if (naming.test(name) && isId(id)) found.add(id);
    return;
  }
  if (isList(value)) {
    for (const item of value.slice(0, idsMax)) collect(item, name, depth + 1, found);
  } else if (isJsonObject(value)) {
    for (const [key, member] of Object.entries(value)) collect(member, key, depth + 1, found);
  }
}

/** `Array.isArray` does not narrow a readonly array. */
function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/** One or two characters name too many things to be found by; long text is no id. */
function isId(text: string): boolean {
  return text.length >= 3 && text.length <= 80 && !/\s/.test(text);
}
