import type { Analysis, FunctionUse } from "../../mapping/index.ts";
import { formatFault } from "../../validation/index.ts";
import type { Report, Rule } from "./rule.ts";

export const valueLiteral: Rule = {
  code: "value/literal",
  docs: "Functions for decimals and times stop at what they cannot read, at the first message that comes there.",
  wrong: "if: \"$gte($message.data.total, '50.000,00')\"",
  right: "if: \"$gte($message.data.total, '50000.00')\"",
  check({ documents, flows, adapters }, report) {
    for (const { walk } of [...flows, ...adapters]) {
      for (const { analysis } of walk.allSites().flatMap(({ uses }) => uses)) {
        checkAnalysis(analysis, report);
      }
    }
    for (const { analysis } of documents.mappings.values()) checkAnalysis(analysis, report);
  },
};

/** How many of their first arguments are decimals, or times. */
const decimals: Readonly<Record<string, number>> = {
  add: 2,
  sub: 2,
  mul: 2,
  div: 2,
  roundTo: 1,
  money: 1,
  toMinor: 1,
  eq: 2,
  ne: 2,
  lt: 2,
  lte: 2,
  gt: 2,
  gte: 2,
};
const times: Readonly<Record<string, number>> = { before: 2, after: 2 };

function checkAnalysis(analysis: Analysis | undefined, report: Report): void {
  for (const use of analysis?.functions ?? []) {
    checkUse(use, decimals, ["a decimal", (text) => formatFault("decimal", text)], report);
    checkUse(use, times, ["a time", timeFault], report);
  }
}

const timeFault = (text: string): string | undefined =>
  formatFault("date", text) === undefined ? undefined : formatFault("date-time", text);

function checkUse(
  { name, at, constants, constantsAt }: FunctionUse,
  of: Readonly<Record<string, number>>,
  [what, fault]: readonly [string, (text: string) => string | undefined],
  report: Report,
): void {
  const count = Object.hasOwn(of, name) ? (of[name] ?? 0) : 0;
  for (const [index, value] of constants.slice(0, count).entries()) {
    if (typeof value !== "string" && typeof value !== "boolean") continue;
    const example = typeof value === "string" ? fault(value.replace(/^\+/, "")) : fault("");
    if (example === undefined) continue;
    const shown = typeof value === "string" ? `'${value}'` : String(value);
    report(constantsAt[index] ?? at, `${shown} is given to "$${name}", and is not ${what}`, {
      help: `write it such as '${example}'`,
    });
  }
}
