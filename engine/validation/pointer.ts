import type { Json } from "../model/json.ts";

/** A JSON pointer (RFC 6901) with one segment more. */
export function pointerJoin(pointer: string, segment: string): string {
  return `${pointer}/${segment.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

export function pointerSegments(pointer: string): readonly string[] {
  if (pointer === "") return [];
  return pointer
    .slice(1)
    .split("/")
    .map((segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** The value a pointer leads to; `undefined` when it leads nowhere. */
export function pointerGet(value: Json, pointer: string): Json | undefined {
  let here: Json | undefined = value;
  for (const segment of pointerSegments(decodeURI(pointer))) {
    if (typeof here !== "object" || here === null) return undefined;
    here = Object.hasOwn(here, segment)
      ? (here as { readonly [key: string]: Json })[segment]
      : undefined;
  }
  return here;
}
