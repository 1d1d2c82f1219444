import type { Endpoint } from "./vendor-api.ts";

type Effect = "read" | "create" | "update" | "upsert" | "delete";

const methodsOf: Readonly<Record<Effect, readonly string[]>> = {
  read: ["get"],
  create: ["post"],
  update: ["patch", "put", "post"],
  upsert: ["put", "post", "patch"],
  delete: ["delete", "post"],
};
const verbs = new Set(
  "get find list create make add update change set adopt cancel delete remove ensure check record report link post".split(
    " ",
  ),
);

/** Words that vendors use for the same. */
const synonyms: Readonly<Record<string, string>> = { updated: "changed", modified: "changed" };

/** Nouns by which vendors call what the business calls otherwise. */
const alsoCalled: Readonly<Record<string, readonly string[]>> = {
  customer: ["organization", "organisation", "company"],
  contact: ["person", "people"],
  opportunity: ["deal"],
  case: ["ticket", "incident", "conversation"],
};

/** `getCreditStatus`, `credit-statuses` and `credit_status` have the same words. */
export const wordsOf = (name: string): readonly string[] =>
  name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "")
    .map((word) => word.replace(/ies$/, "y").replace(/(?<=[^s])s$/, ""))
    .map((word) => synonyms[word] ?? word);

/**
 * The endpoint that most likely plays an operation: by method, then by the words of its path and id. None
 * rather than a bad guess: a noun of the operation must be in it.
 */
export function endpointFor(
  operation: string,
  effect: Effect,
  endpoints: readonly Endpoint[],
): Endpoint | undefined {
  const nouns = wordsOf(operation).filter((word) => !verbs.has(word));
  let best: { readonly endpoint: Endpoint; readonly score: number } | undefined;
  for (const endpoint of endpoints) {
    const rank = methodsOf[effect].indexOf(endpoint.method);
    if (rank < 0) continue;
    const own = wordsOf(endpoint.path.replaceAll(/\{[^}]*\}/g, " "));
    const all = new Set([...own, ...wordsOf(endpoint.id ?? "")]);
    const found = nouns.filter((noun) => all.has(noun)).length;
    // Another word for it must be what the path is about: its last.
    const known = found + (byAnotherWord(nouns, all, own.at(-1)) ? 1 : 0);
    if (known === 0 || known < nouns.length - 1) continue;
    const hasId = endpoint.path.includes("{");
    const wantsId = effect !== "create" && !/^(find|list)/.test(operation);
    const isMet = effect === "upsert" || hasId === wantsId;
    const score = found * 10 + (known - found) * 6 - own.length * 2 - rank + (isMet ? 3 : 0);
    if (best === undefined || score > best.score) best = { endpoint, score };
  }
  return best?.endpoint;
}

function byAnotherWord(
  nouns: readonly string[],
  all: ReadonlySet<string>,
  about: string | undefined,
): boolean {
  return nouns.some((noun) => !all.has(noun) && alsoCalled[noun]?.includes(about ?? "") === true);
}

/** An endpoint that names none of the operation's own nouns: a person is to see whether it is the same. */
export function isOtherWord(operation: string, { id = "", path }: Endpoint): boolean {
  const all = new Set([...wordsOf(path.replaceAll(/\{[^}]*\}/g, " ")), ...wordsOf(id)]);
  return !wordsOf(operation).some((word) => !verbs.has(word) && all.has(word));
}

/** The property of the other side that has the same words; `id` stands for `<noun>Id`. */
export function counterpart(
  name: string,
  others: readonly string[],
  noun: string,
): string | undefined {
  const key = wordsOf(name).join(" ");
  const exact = others.find((other) => wordsOf(other).join(" ") === key);
  if (exact !== undefined) return exact;
  if (key === "id") return others.find((other) => wordsOf(other).join(" ") === `${noun} id`);
  return key === `${noun} id`
    ? others.find((other) => wordsOf(other).join(" ") === "id")
    : undefined;
}

const envelopes = new Set(
  "data d result record item object entity resource payload attribute property field model".split(
    " ",
  ),
);

/** A map that holds the thing itself: `data`, `attributes`, or the thing's own name. */
export function isEnvelope(name: string, noun: string): boolean {
  const words = wordsOf(name);
  const [only = ""] = words;
  return (words.length === 1 && envelopes.has(only)) || (noun !== "" && words.join(" ") === noun);
}
