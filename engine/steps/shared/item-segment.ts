const escapes: Readonly<Record<string, string>> = {
  "%": "%25",
  ".": "%2E",
  "/": "%2F",
  "#": "%23",
  "?": "%3F",
  "~": "%7E",
  "[": "%5B",
  "]": "%5D",
};

/** An item's key as part of a path; characters that have a meaning in paths are escaped. */
export function itemSegment(key: string): string {
  return `[${key.replaceAll(/[%./#?~[\]]/g, (character) => escapes[character] ?? character)}]`;
}
