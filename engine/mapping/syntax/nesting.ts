import { tokens } from "./token.ts";
import type { Token } from "./token.ts";

/**
 * JSONata's parser copies the left side of `??` and `?:`, so that what stands in brackets to the left of
 * one is there twice, and `((a ?? b) ?? c) ?? …` has a tree that doubles with each bracket.
 */
interface Bracket {
  readonly start: number;
  /** Nodes of what is finished here, and of what may become the left side of an operator. */
  finished: number;
  left: number;
  /** May be blanked: what is before it ends no operand, and takes whatever follows. */
  readonly isFree: boolean;
  /** The one operator between its parts, and whether there is nothing else but paths and calls. */
  operator: string | undefined;
  isChain: boolean;
}

/** How many nodes the tree of a text has, and the operator at which there are too many. */
interface Weight {
  readonly nodes: number;
  readonly worst: Token | undefined;
  /** Brackets that change nothing: `(a ?? b) ?? c` is `a ?? b ?? c`. */
  readonly needless: readonly number[];
}

/** Nodes that copies may add; a large mapping has some thousand in all. */
const copiesMost = 65_536;
/** From so many on brackets are looked at: where less is copied, the text is parsed as it is. */
const copiesSmall = 1024;
/** With fewer operators there is nothing to look for. */
const copiersFew = 8;

const defaults = new Set(["??", "?:"]);
/** Behind these an operand begins, and takes all that follows. */
const openers = new Set(["(", "[", "{", ",", ";", ":=", "?", ":", "??", "?:"]);

/**
 * A text that means the same and has a tree of bearable size: needless brackets are blanks, so that every
 * offset stays. Or the token at which the tree becomes too large.
 */
export function unnested(text: string): { readonly text: string } | { readonly tooLarge: Token } {
  if ((text.match(/\?[?:]/g) ?? []).length < copiersFew) return { text };
  const first = weigh(text);
  if (first.nodes <= copiesSmall + text.length) return { text };
  const characters = [...first.needless].reduce((list, at) => {
    list[at] = " ";
    return list;
  }, text.split(""));
  const flat = characters.join("");
  const { nodes, worst } = weigh(flat);
  if (worst !== undefined && nodes > copiesMost + text.length) return { tooLarge: worst };
  return { text: flat };
}

function weigh(text: string): Weight {
  const open: Bracket[] = [];
  const needless: number[] = [];
  let worst: Token | undefined;
  let at = bracket(0, true);
  const outer = at;
  const list = [...tokens(text)];
  const wordAt = (index: number): string | undefined => {
    const token = list[index];
    return token && text.slice(token.start, token.end);
  };
  list.forEach((token, index) => {
    const word = wordAt(index) ?? "";
    if (token.kind !== "operator") operand(word, at);
    else if ("([{".includes(word)) {
      const before = wordAt(index - 1);
      open.push(at);
      at = bracket(token.start, before === undefined || openers.has(before));
    } else if (")]}".includes(word)) {
      if (word === ")" && isNeedless(at, wordAt(index + 1))) needless.push(at.start, token.start);
      const nodes = at.finished + at.left + 1;
      at = open.pop() ?? outer;
      at.left += nodes;
    } else {
      operator(word, at);
      if (at.finished > copiesMost + text.length && defaults.has(word)) worst ??= token;
    }
  });
  const nodes = [...open, at].reduce((sum, { finished, left }) => sum + finished + left, 0);
  return { nodes, worst, needless };
}

function isNeedless(
  { isFree, isChain, operator: own }: Bracket,
  next: string | undefined,
): boolean {
  return isFree && isChain && own !== undefined && own === next;
}

function operand(word: string, at: Bracket): void {
  at.left += 1;
  // They may be names as well, which does not matter here.
  if (word === "and" || word === "or" || word === "in") at.isChain = false;
}

function bracket(start: number, isFree: boolean): Bracket {
  return { start, finished: 0, left: 0, isFree, operator: undefined, isChain: true };
}

function operator(word: string, at: Bracket): void {
  at.left += 1;
  if (defaults.has(word)) {
    if (at.operator !== undefined && at.operator !== word) at.isChain = false;
    at.operator ??= word;
    at.finished += 2 * at.left;
    at.left = 0;
  } else if (word === "," || word === ";") {
    at.finished += at.left;
    at.left = 0;
    at.isChain = false;
  } else if (word !== ".") at.isChain = false;
}
