import { closest } from "../../errors/did-you-mean.ts";
import { NeedsFact } from "../../model/evaluation-error.ts";
import { factKey } from "../../model/expression.ts";
import type { FactRequest } from "../../model/expression.ts";
import type { Json } from "../../model/json.ts";
import { fail } from "../value/fault.ts";
import { running } from "../value/run.ts";
import { refuse, shown, text } from "./argument.ts";
import type { LibraryFunction } from "./entry.ts";

function codesOf(name: string, listName: unknown): ReadonlyMap<string, Json> {
  const list = text(listName, name, "the name of a code list");
  const { codes } = running().context;
  const known = codes.get(list);
  if (known !== undefined) return known;
  const nearest = closest(list, codes.keys());
  return unknown(
    `there is no code list ${shown(list)}${nearest === undefined ? "" : `. Did you mean "${nearest}"?`}`,
    "declare it in a document that begins with `codes:`",
  );
}

const keyOf = (value: unknown): string | undefined =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : undefined;

function code([listName, value]: readonly unknown[]): Json | undefined {
  if (value === undefined) return undefined;
  const known = codesOf("code", listName);
  const key = keyOf(value);
  const found = key === undefined ? undefined : known.get(key);
  if (found !== undefined) return found;
  const nearest = key === undefined ? undefined : closest(key, known.keys());
  return unknown(
    `code list ${shown(listName)} does not know ${shown(value)}${nearest === undefined ? "" : `. Did you mean "${nearest}"?`}`,
    `add ${shown(value)} to the list, or mend the value at its source`,
  );
}

function hasCode([listName, value]: readonly unknown[]): boolean | undefined {
  if (value === undefined) return undefined;
  const key = keyOf(value);
  return codesOf("hasCode", listName).has(key ?? "") && key !== undefined;
}

function unknown(message: string, help: string): never {
  return fail("unknown-code", { message, help });
}

/** A recorded read: known by now, or asked for. */
function fact(request: FactRequest): Json {
  const known = running().context.facts.get(factKey(request));
  if (known === undefined) throw new NeedsFact(request);
  return known;
}

function crosswalk(kind: "xref" | "canonical"): (args: readonly unknown[]) => Json | undefined {
  return ([entity, system, id]) => {
    if (entity === undefined || system === undefined || id === undefined) return undefined;
    return fact({
      kind,
      entity: text(entity, kind, "an entity"),
      system: text(system, kind, "a system"),
      id: idText(id, kind),
    });
  };
}

function idText(id: unknown, name: string): string {
  if (typeof id === "string" && id !== "") return id;
  if (typeof id === "number" && Number.isSafeInteger(id)) return String(id);
  return refuse(`$${name} takes an id as a text, and was given ${shown(id)}`);
}

function reference([table, key]: readonly unknown[]): Json | undefined {
  if (key === undefined) return undefined;
  const { adapter } = running().context;
  if (adapter === undefined) {
    return fail("no-adapter", {
      message: "$reference reads an adapter's table, and there is no adapter here",
      help: "use it in the adapter's own requests and mappings, or $code for a list of the workspace",
    });
  }
  const name = text(table, "reference", "a table");
  return fact({ kind: "reference", adapter, table: name, key: idText(key, "reference") });
}

/** Recorded reads and code lists. */
export const lookups: readonly LibraryFunction[] = [
  {
    name: "code",
    signature: "$code(list, value)",
    docs: "What a code list of the workspace says for a value. An unknown value is an error, never a default.",
    example: { expression: "$code('payment-terms', 'Net 30')", value: "N30" },
    arity: 2,
    checks: "<sx:x>",
    run: code,
  },
  {
    name: "hasCode",
    signature: "$hasCode(list, value)",
    docs: "True when a code list of the workspace knows a value: for flows that refuse what is not known, in their own words.",
    example: { expression: "$hasCode('payment-terms', 'Net 45')", value: false },
    arity: 2,
    checks: "<sx:b>",
    run: hasCode,
  },
  {
    name: "xref",
    signature: "$xref(entity, system, id)",
    docs: "The id that a system gave to the entity with this canonical id; null when it has none.",
    example: { expression: "$xref('customer', 'erp', 'C-1')", value: "4711" },
    arity: 3,
    checks: "<ssx:x>",
    run: crosswalk("xref"),
  },
  {
    name: "canonical",
    signature: "$canonical(entity, system, id)",
    docs: "The canonical id of the entity that a system knows by this id; null when it is not known.",
    example: { expression: "$canonical('customer', 'erp', '4711')", value: "C-1" },
    arity: 3,
    checks: "<ssx:x>",
    run: crosswalk("canonical"),
  },
  {
    name: "reference",
    signature: "$reference(table, key)",
    docs: "A row of a table that the adapter keeps of its vendor, such as tax codes.",
    example: { expression: "$reference('currency', 'EUR')", value: { id: 1 } },
    arity: 2,
    checks: "<sx:x>",
    run: reference,
  },
];
