/**
 * The candidate that was most likely meant: the only one that is a word of a longer name (`client` for
 * `client_id`); or at an edit distance of at most a third of the word, and never more than 3; otherwise
 * the only one that begins or ends as the word does (`order.paid` for `shop.order.paid`). Ties go to
 * the first candidate, so that the answer does not depend on luck.
 */
export function closest(word: string, candidates: Iterable<string>): string | undefined {
  const all = [...candidates];
  const same = all.find((candidate) => plain(candidate) === plain(word));
  return (
    same ?? slip(word, all) ?? onlyPart(word, all) ?? nearest(word, all) ?? onlyAkin(word, all)
  );
}

/** `date-tiem`: letters of a long word that changed places, or one or two too many or too few. */
function slip(word: string, candidates: readonly string[]): string | undefined {
  const near = word.length < 8 ? undefined : nearest(word, candidates);
  if (near === undefined || editDistance(word, near, 2) > 2) return undefined;
  return near.length !== word.length || letters(near) === letters(word) ? near : undefined;
}

const letters = (word: string): string => word.split("").toSorted().join("");

function onlyPart(word: string, candidates: readonly string[]): string | undefined {
  const parts = word.toLowerCase().split(/[-_]/);
  const named = candidates.filter((candidate) => parts.includes(candidate));
  return parts.length > 1 && named.length === 1 ? named[0] : undefined;
}

function onlyAkin(word: string, candidates: readonly string[]): string | undefined {
  const akin = candidates.filter((candidate) => {
    const [short, long] = word.length < candidate.length ? [word, candidate] : [candidate, word];
    return short.length >= 4 && (long.startsWith(short) || long.endsWith(short));
  });
  return akin.length === 1 ? akin[0] : undefined;
}

function nearest(word: string, candidates: readonly string[]): string | undefined {
  const limit = Math.min(3, Math.max(1, Math.floor(word.length / 3)));
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const candidate of candidates) {
    const distance = editDistance(word, candidate, bestDistance - 1);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** `SHA-256` as `sha256`: what people write otherwise without meaning anything else. */
const plain = (word: string): string => word.toLowerCase().replaceAll(/[-_ ]/g, "");

/** ` Did you mean "x"?`, or nothing. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const candidate = closest(word, candidates);
  if (candidate === undefined) return "";
  return `. Did you mean "${candidate}"?${lookAlike(word, candidate)}`;
}

/** What nobody sees: a letter of another alphabet, or a sign without width. */
function lookAlike(word: string, candidate: string): string {
  const sign = (word.match(/[^ -~]/gu) ?? []).find((one) => !candidate.includes(one));
  if (sign === undefined) return "";
  const code = `U+${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
  const isSeen = /[\p{L}\p{N}\p{P}\p{S}]/u.test(sign);
  return isSeen
    ? ` It is written with "${sign}" (${code})`
    : ` An invisible sign (${code}) stands in it`;
}

/**
 * What there is, for a name that leads nowhere: all of it where it is little, and otherwise what is
 * nearest to the name, by the words that both have and then by their letters.
 */
export function wordsNear(word: string, candidates: Iterable<string>): string {
  const all = [...candidates];
  if (all.length === 0) return "there is none yet";
  if (all.length <= listed) return `there ${all.length < 2 ? "is" : "are"} ${listWords(all)}`;
  const own = wordsIn(word);
  const parts = all.map(wordsIn);
  // A word that few have says more than one that all begin with.
  const weight = (part: string): number =>
    1 / parts.filter((others) => others.includes(part)).length;
  const ranked = all.map((one, index) => ({
    one,
    shared: (parts[index] ?? [])
      .filter((part) => own.includes(part))
      .reduce((sum, part) => sum + weight(part), 0),
    distance: editDistance(word, one, longestName),
  }));
  const near = ranked.toSorted((a, b) => b.shared - a.shared || a.distance - b.distance);
  return `the nearest of ${all.length} are ${listWords(near.slice(0, shown).map(({ one }) => one))}`;
}

const listed = 12;
const shown = 6;
const longestName = 60;

/** `crm.createOrder` as crm, create, order. */
const wordsIn = (name: string): readonly string[] =>
  name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((part) => part.length > 1);

/** A list for people: `a, b and c`; at most `most` of them. */
export function listWords(words: Iterable<string>, most = listed): string {
  const all = [...words];
  if (all.length === 0) return "none";
  if (all.length > most) return `${all.slice(0, most).join(", ")}, … (${all.length} in all)`;
  if (all.length === 1) return all[0] ?? "";
  return `${all.slice(0, -1).join(", ")} and ${all.at(-1)}`;
}

/**
 * Optimal string alignment distance (a swap of two neighbours counts once), given up above `limit`.
 * Words are names of people's things: short, so the plain table is the fastest.
 */
export function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(
        (previous[j] ?? 0) + 1,
        (current[j - 1] ?? 0) + 1,
        (previous[j - 1] ?? 0) + (same ? 0 : 1),
      );
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      current.push(cost);
      least = Math.min(least, cost);
    }
    if (least > limit) return limit + 1;
    before = previous;
    previous = current;
  }
  return previous[b.length] ?? limit + 1;
}
