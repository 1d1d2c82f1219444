import { analyse } from "./analysis/analyse.ts";
import type { FieldOrigin } from "./contract.ts";
import { parse } from "./syntax/parse.ts";

/** Which input paths feed each field that a mapping makes; nothing for a text that is no JSONata. */
export function lineage(text: string): readonly FieldOrigin[] {
  const parsed = parse(text);
  if ("fault" in parsed) return [];
  const place = {
    file: "",
    ref: (offset: number, length: number) => ({ file: "", line: 1, column: offset + 1, length }),
  };
  const source = { id: "", text, place, mode: "mapping", roots: ["input"] } as const;
  return analyse(parsed.ast, source).analysis.lineage;
}
