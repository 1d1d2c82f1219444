import type { Json } from "../../model/json.ts";
import { parse, toJson } from "./work.ts";

type Results = Readonly<Record<string, Json>>;

/** In a row's results: the paths whose own results, and those inside, count no more. */
const forgetsName = "";

/** What a row of the journal says of results; null when it says nothing. */
export function resultsText(results: Results, forgets: readonly string[] = []): string | null {
  if (forgets.length > 0) return toJson({ ...results, [forgetsName]: [...forgets] });
  for (const _ in results) return toJson(results);
  return null;
}

/** Takes in what a row says. The latest of a path counts. */
export function takeResults(
  known: Map<string, Json>,
  text: string,
  options: { readonly forgotten?: true } = {},
): void {
  const { [forgetsName]: forgets, ...results } = parse<Results>(text);
  for (const [path, value] of Object.entries(results)) known.set(path, value);
  if (options.forgotten !== true && Array.isArray(forgets))
    forgetResults(known, forgets as readonly string[]);
}

export function forgetResults(known: Map<string, Json>, forgets: readonly string[]): void {
  if (forgets.length === 0) return;
  const over = new Set(forgets);
  for (const path of known.keys()) if (isInside(path, over)) known.delete(path);
}

/** By path, whoever wrote first. */
export function inOrder(known: ReadonlyMap<string, Json>): Results {
  return Object.fromEntries([...known].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A path is inside of another that ends where one of its own steps begins. */
function isInside(path: string, over: ReadonlySet<string>): boolean {
  for (let dot = path.indexOf("."); dot !== -1; dot = path.indexOf(".", dot + 1)) {
    if (over.has(path.slice(0, dot))) return true;
  }
  return false;
}
