import type { Analysis, Comparison, FunctionUse, PathRead } from "../../mapping/index.ts";
import { isMiss } from "../../validation/index.ts";
import type { Report, Rule } from "./rule.ts";
import { analysesRead, type ReadTarget, written } from "./value-reads.ts";

export const valueCompared: Rule = {
  code: "value/compared",
  docs: "Decimals are strings, so that no cent is lost: '9' < '10' is false for texts. Date-times compare by luck of their zone and fraction. The functions compare what is meant.",
  wrong: "if: \"$message.data.total > '50000'\"",
  right: "if: \"$gt($message.data.total, '50000')\"",
  check(workspace, report) {
    for (const { analysis, target } of analysesRead(workspace)) {
      checkAnalysis(analysis, target, report);
    }
  },
};

const decimalHelp: Readonly<Record<string, string>> = {
  "=": "$eq(a, b)",
  "!=": "$not($eq(a, b))",
  "<": "$lt(a, b)",
  "<=": "$lte(a, b)",
  ">": "$gt(a, b)",
  ">=": "$gte(a, b)",
  "+": "$add(a, b)",
  "-": "$sub(a, b)",
  "*": "$mul(a, b)",
  "/": "$div(a, b, scale)",
  in: "$eq for each",
  "^": "$sort(list, function($a, $b) { $gt($a.amount, $b.amount) })",
};

type Target = (read: PathRead | undefined) => ReadTarget | undefined;

function checkAnalysis(analysis: Analysis | undefined, target: Target, report: Report): void {
  for (const comparison of analysis?.comparisons ?? []) checkOne(comparison, target, report);
  for (const use of analysis?.functions ?? []) checkFunction(use, target, report);
}

/** Functions of JSONata that take numbers, and what does the same for decimals. */
const numeric: Readonly<Record<string, string>> = {
  sum: "$total(list)",
  average: "$div($total(list), $string($count(list)), scale)",
  max: "the first of $sort(list, function($a, $b) { $lt($a, $b) })",
  min: "the first of $sort(list, function($a, $b) { $gt($a, $b) })",
  round: "$roundTo(a, scale)",
};

function checkFunction({ name, at, paths }: FunctionUse, target: Target, report: Report): void {
  const instead = numeric[name];
  const [read] = paths;
  if (instead === undefined || read === undefined || formatOf(target(read)) !== "decimal") return;
  report(at, `"$${name}" takes numbers, and "${written(read)}" is a decimal`, {
    help: `write ${instead}`,
  });
}

function checkOne(comparison: Comparison, target: Target, report: Report): void {
  const { operator, at, left, right, leftConstant, rightConstant } = comparison;
  // Whether a value is there at all is asked by `= null`.
  if (leftConstant === null || rightConstant === null || operator === "in") return;
  for (const read of [left, right]) {
    const format = formatOf(target(read));
    if (read === undefined || format === undefined) continue;
    const path = written(read);
    const help =
      format === "decimal"
        ? `write ${decimalHelp[operator] ?? "a function for decimals"}`
        : "write $before(a, b) or $after(a, b)";
    const what =
      operator === "^" ? `items are ordered by "${path}"` : `"${operator}" is used on "${path}"`;
    report(at, `${what}, which is a ${format}`, { help });
    return;
  }
}

const special = new Set(["decimal", "date-time"]);

function formatOf(target: ReadTarget | undefined): string | undefined {
  const found = target?.view.follow(target.segments);
  if (found === undefined || isMiss(found)) return undefined;
  const { format } = found.view;
  return format !== undefined && special.has(format) ? format : undefined;
}
