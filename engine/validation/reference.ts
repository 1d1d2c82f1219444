/** The URI under which ajv knows a schema: stable, absolute, and nothing it could ever fetch. */
export const schemaUri = (name: string): string => `sluice:/${name}`;

/** Where a `$ref` leads: a schema of the workspace and a fragment of it. */
export interface Target {
  readonly name: string;
  /** JSON pointer or anchor, without `#`; `` for the whole schema. */
  readonly fragment: string;
}

/**
 * Follows a `$ref` from the schema `from`. It names a schema by its path under `schemas/`
 * (`canonical/money@1`), by a path relative to its own folder (`./money@1`, `../vendor/x`), either
 * with or without extension, or a place in the same file (`#/$defs/line`).
 */
export function resolveRef(
  ref: string,
  from: string,
  names: { has(name: string): boolean },
): Target | undefined {
  const [path = "", fragment = ""] = ref.split("#", 2);
  if (path === "") return { name: from, fragment };
  const plain = path.replace(/^sluice:\//, "").replace(/\.(?:ya?ml|json)$/, "");
  const found = [plain, relative(plain, from)].find((name) => names.has(name));
  return found === undefined ? undefined : { name: found, fragment };
}

function relative(path: string, from: string): string {
  const folders = from.split("/").slice(0, -1);
  for (const part of path.split("/")) {
    if (part === "..") folders.pop();
    else if (part !== ".") folders.push(part);
  }
  return folders.join("/");
}
