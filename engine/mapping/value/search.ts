import { spend } from "./run.ts";

/** Longer parts make the platform's own search slow on texts that repeat themselves. */
const longPart = 256;

/** Where a part begins in a text, from an offset on, or -1: in linear time whatever the two are. */
export function indexIn(text: string, part: string, from = 0): number {
  const found = part.length > longPart ? indexOfLong(text, part, from) : text.indexOf(part, from);
  const end = found === -1 ? text.length : found;
  if (end - from > 64) spend((end - from) >> 3);
  return found;
}

/** Knuth, Morris and Pratt: never looks back in the text. */
function indexOfLong(text: string, part: string, from: number): number {
  spend(text.length - from + part.length);
  const borders = new Int32Array(part.length);
  for (let i = 1, size = 0; i < part.length; i += 1) {
    size = extended(part, borders, size, part.charCodeAt(i));
    borders[i] = size;
  }
  for (let i = from, size = 0; i < text.length; i += 1) {
    size = extended(part, borders, size, text.charCodeAt(i));
    if (size === part.length) return i - size + 1;
  }
  return -1;
}

/** How much of the part has been seen after one more character. */
function extended(part: string, borders: Int32Array, seen: number, code: number): number {
  let size = seen;
  while (size > 0 && part.charCodeAt(size) !== code) size = borders[size - 1] ?? 0;
  return part.charCodeAt(size) === code ? size + 1 : size;
}
