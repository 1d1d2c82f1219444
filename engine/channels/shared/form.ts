import type { Json, JsonObject } from "../../model/json.ts";

type Branch = { [name: string]: Branch | Json };

const depthMax = 20;

/**
 * `application/x-www-form-urlencoded` as data: `a[b][0]=1` is `{ a: { b: ["1"] } }`, a name that
 * stands several times or ends in `[]` is a list. All values are texts. Undefined where one name
 * contradicts another (`a=1&a[b]=2`).
 */
export function parseForm(text: string): JsonObject | undefined {
  const root = emptyBranch();
  const pairs = new URLSearchParams(text);
  for (const [name, value] of pairs) {
    const names = namesOf(name);
    const repeats = !name.endsWith("]") && pairs.getAll(name).length > 1;
    if (!put(root, repeats ? [...names, ""] : names, value)) return undefined;
  }
  return withLists(root) as JsonObject;
}

function namesOf(name: string): readonly string[] {
  const [, first = name, rest = ""] = /^([^[]+)((?:\[[^[\]]*\])+)$/.exec(name) ?? [];
  return [first, ...[...rest.matchAll(/\[([^[\]]*)\]/g)].map(([, inner = ""]) => inner)];
}

/** Without a prototype, so that no name of the form means anything but itself. */
function emptyBranch(): Branch {
  return Object.create(null) as Branch;
}

function put(branch: Branch, names: readonly string[], value: string): boolean {
  if (names.length > depthMax) return false;
  let at = branch;
  for (const [index, given] of names.entries()) {
    const name = given === "" ? String(Object.keys(at).length) : given;
    const there = at[name];
    if (index === names.length - 1) {
      if (there !== undefined) return false;
      at[name] = value;
    } else if (there === undefined) {
      at = at[name] = emptyBranch();
    } else if (typeof there === "string") {
      return false;
    } else {
      at = there as Branch;
    }
  }
  return true;
}

/** Branches whose names are 0, 1, 2, … become lists. */
function withLists(value: Branch | Json): Json {
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).map(([name, item]): [string, Json] => [
    name,
    withLists(item),
  ]);
  const isList = entries.length > 0 && entries.every(([name], index) => name === String(index));
  return isList ? entries.map(([, item]) => item) : Object.fromEntries(entries);
}
