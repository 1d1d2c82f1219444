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
    if (!naming.test(name)) return;
    const id = String(value);
    if (isId(id)) found.add(id);
    return;
  }
  // Every value of every message passes here: no list of entries is made of it.
  if (isList(value)) {
    const most = Math.min(value.length, idsMax);
    for (let at = 0; at < most; at += 1) collect(value[at] ?? null, name, depth + 1, found);
  } else if (isJsonObject(value)) {
    for (const key in value) collect(value[key] ?? null, key, depth + 1, found);
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
