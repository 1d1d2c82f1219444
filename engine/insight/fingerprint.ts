import type { Failure } from "../errors/failure.ts";
import { isJsonObject, type Json } from "../model/json.ts";

/** Shorter values stand in every text. */
const valueMin = 4;
const titleMax = 200;

/**
 * What makes two failures one cause: flow, step, class, code, system, and the words without what
 * differs from record to record. `digest` gives hex; 16 bytes of it are the fingerprint.
 */
export function fingerprintOf(
  failure: Failure,
  where: { readonly flow: string; readonly title: string; readonly path: string },
  digest: (text: string) => string,
): string {
  const parts = [
    where.flow,
    stepOf(where.path),
    failure.class,
    failure.code,
    failure.system ?? "",
    where.title,
  ];
  return digest(JSON.stringify(parts)).slice(0, 32);
}

/** `steps.lines[SKU-7].post/find~1` → `steps.lines[].post`: no item, no request, no round. */
export function stepOf(path: string): string {
  return path.replaceAll(/\[[^\]]*\]/g, "[]").replace(/[/~].*$/s, "");
}

/**
 * The message without its variable parts: values of the record itself, then whatever is a number, a
 * date, an address or quoted. Words in backticks are a spec's own and stay.
 */
export function withoutVariables(message: string, data: Json): string {
  let text = message;
  for (const value of namesIn(data)) text = text.replaceAll(value, "…");
  return text
    .replaceAll(/[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g, "…")
    .replaceAll(/"[^"]{0,400}"|“[^”]{0,400}”|(?<!\w)'[^']{0,400}'(?!\w)/g, "…")
    .replaceAll(/(?:answered )?[\w:.@+-]*\d[\w:.@+-]*/g, variablePart)
    .replaceAll(/…(?:[\s,;:/-]*…)+/g, "…")
    .slice(0, titleMax);
}

/** Stays what it is where it says the same of every record: `order@1`, `http-503`, `answered 503`. */
function variablePart(word: string): string {
  return /^(?:[a-z-]+@\d{1,2}|http-\d{3}|answered \d{3})$/.test(word) ? word : "…";
}

/** Values of the record that name it: with a digit, a capital or a blank, the longest first. */
function namesIn(data: Json): readonly string[] {
  const found = new Set<string>();
  const look = (value: Json): void => {
    if (found.size >= 200) return;
    if (typeof value === "string") {
      if (value.length >= valueMin && /[\d\sA-ZÀ-Þ]/.test(value)) found.add(value);
    } else if (Array.isArray(value)) {
      for (const item of value as readonly Json[]) look(item);
    } else if (isJsonObject(value)) {
      for (const member of Object.values(value)) look(member);
    }
  };
  look(data);
  return [...found].sort((a, b) => b.length - a.length);
}
