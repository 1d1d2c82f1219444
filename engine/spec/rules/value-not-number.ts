import type { Comparison, PathRead } from "../../mapping/index.ts";
import type { Json } from "../../model/json.ts";
import { formatFault, isMiss } from "../../validation/index.ts";
import type { Report, Rule } from "./rule.ts";
import { analysesRead, type ReadingUse, written } from "./value-reads.ts";

export const valueNotNumber: Rule = {
  code: "value/not-number",
  docs: "JSONata computes with numbers alone: of a text + makes an error, and not a longer text as in other languages.",
  wrong: "key: \"$message.data.orderId + ':paid'\"",
  right: "key: \"$message.data.orderId & ':paid'\"",
  check(workspace, report) {
    for (const { analysis, target } of analysesRead(workspace)) {
      for (const comparison of analysis?.comparisons ?? []) check(comparison, target, report);
    }
  },
};

const computing = new Set(["+", "-", "*", "/"]);

function check(comparison: Comparison, target: ReadingUse["target"], report: Report): void {
  const { operator, at, left, right, leftConstant, rightConstant } = comparison;
  if (!computing.has(operator)) return;
  const sides = [sideOf(left, leftConstant, target), sideOf(right, rightConstant, target)];
  const text = sides.find((side) => side?.kind === "text");
  // Decimals are texts, and have a finding of their own.
  if (text === undefined || sides.some((side) => side?.kind === "decimal")) return;
  const isJoin = operator === "+" && sides.every((side) => side?.isNumber !== true);
  report(at, `"${operator}" takes numbers, and ${text.shown} is a text`, {
    help: isJoin
      ? "texts are joined by &"
      : `make a number of it: $number(${text.written.includes("[]") ? "…" : text.written})`,
  });
}

interface Side {
  readonly kind: "text" | "decimal" | "other";
  /** Stands for a number, whatever it is written as. */
  readonly isNumber: boolean;
  readonly shown: string;
  readonly written: string;
}

function sideOf(
  read: PathRead | undefined,
  constant: Json | undefined,
  target: ReadingUse["target"],
): Side | undefined {
  if (typeof constant === "string") {
    const shown = `'${constant}'`;
    const isNumber = formatFault("decimal", constant) === undefined;
    return { kind: "text", isNumber, shown, written: shown };
  }
  if (constant !== undefined) return { kind: "other", isNumber: true, shown: "", written: "" };
  const found = read === undefined ? undefined : target(read);
  const end = found?.view.follow(found.segments);
  if (read === undefined || end === undefined || isMiss(end)) return undefined;
  const { view } = end;
  const own = view.isArray ? view.items : view;
  const types = [...(own?.types ?? [])].filter((type) => type !== "null");
  const path = written(read);
  const isText = types.length > 0 && types.every((type) => type === "string");
  const kind = own?.format === "decimal" ? "decimal" : isText ? "text" : "other";
  return {
    kind,
    isNumber: kind === "other" && types.length > 0,
    shown: `"${path}"`,
    written: path,
  };
}
