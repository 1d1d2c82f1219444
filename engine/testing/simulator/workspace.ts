import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { createHash } from "node:crypto";
import type { Generation } from "../../model/plan/generation.ts";
import type { HttpRequest } from "../../model/request.ts";
import { compileWorkspace } from "../../spec/index.ts";

type Files = Readonly<Record<string, string>>;

export const digest = (text: string): string => createHash("sha256").update(text).digest("hex");

const folder = join(import.meta.dirname, "workspace");
const compiled = new Map<number, Generation>();
let texts: Files | undefined;

/** In odd rounds, waits of these flows are called otherwise. */
const renamed: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  "flows/process/opportunity-to-order.yaml": [
    ["id: approval", "id: consent"],
    ["$steps.approval", "$steps.consent"],
    ["id: activated", "id: active"],
  ],
  "flows/process/visit-to-erp.yaml": [["id: confirmed", "id: agreed"]],
};
/** Gone in every fourth round, counted from the third. */
const droppable = "  - run: customer-sync\n    id: customer\n    lane: hold\n";

/**
 * The simulation's workspace; each round is another generation that does the same in another way: its
 * requests say so, steps that runs wait at are called otherwise, and one is gone.
 */
export function generationOf(round: number): Generation {
  const known = compiled.get(round);
  if (known !== undefined) return known;
  texts ??= readTexts();
  const description = `description: "round ${round}"\n`;
  const files = Object.fromEntries(
    Object.entries(texts).map(([path, text]) => [path, asOf(round, path, text)]),
  );
  files["sluice.yaml"] += description;
  const generation = compile(files);
  if (generation === undefined) throw new RangeError("the simulation's workspace does not compile");
  compiled.set(round, generation);
  return generation;
}

/** True when a request was made by the generation: each says its round in a header. */
export function isMadeBy(hash: string, { headers }: Pick<HttpRequest, "headers">): boolean {
  for (const [round, generation] of compiled)
    if (generation.hash === hash) return headers["x-round"] === String(round);
  return false;
}

function asOf(round: number, path: string, text: string): string {
  const names = round % 2 === 1 ? (renamed[path] ?? []) : [];
  const renamedText = names.reduce((left, [from, to]) => left.replaceAll(from, to), text);
  const shortened = round % 4 === 2 ? renamedText.replace(droppable, "") : renamedText;
  return text.startsWith("adapter: ")
    ? `${shortened}request: { headers: { X-Round: "${round}" } }\n`
    : shortened;
}

export function compile(files: Files): Generation | undefined {
  for (const known of compiled.values())
    if (known.files["sluice.yaml"] === files["sluice.yaml"]) return known;
  return compileWorkspace(files, { digest }).generation;
}

function readTexts(): Files {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    paths.sort().map((path) => [relative(folder, path), readFileSync(path, "utf8")]),
  );
}
