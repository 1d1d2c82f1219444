import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { createHash } from "node:crypto";
import type { Generation } from "../../model/plan/generation.ts";
import { compileWorkspace } from "../../spec/index.ts";

type Files = Readonly<Record<string, string>>;

export const digest = (text: string): string => createHash("sha256").update(text).digest("hex");

const folder = join(import.meta.dirname, "workspace");
const compiled = new Map<number, Generation>();
let texts: Files | undefined;

/** The simulation's workspace; each round is another generation that does the same. */
export function generationOf(round: number): Generation {
  const known = compiled.get(round);
  if (known !== undefined) return known;
  texts ??= readTexts();
  const description = `description: "round ${round}"\n`;
  const files = { ...texts, "sluice.yaml": `${texts["sluice.yaml"] ?? ""}${description}` };
  const generation = compile(files);
  if (generation === undefined) throw new RangeError("the simulation's workspace does not compile");
  compiled.set(round, generation);
  return generation;
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
