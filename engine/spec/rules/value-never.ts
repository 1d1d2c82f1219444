import { didYouMean, listWords } from "../../errors/did-you-mean.ts";
import type { Analysis, Comparison, PathRead } from "../../mapping/index.ts";
import type { Json } from "../../model/json.ts";
import { isMiss, type SchemaView } from "../../validation/index.ts";
import type { Report, Rule } from "./rule.ts";
import { typeWords } from "./type-words.ts";
import { analysesRead, type ReadTarget, written } from "./value-reads.ts";

export const valueNeverEqual: Rule = {
  code: "value/never-equal",
  docs: "A value is compared with one that it never has: another word than its schema allows, or a text where it is a number. The condition is the same for every message.",
  wrong: "when: \"$response.status = '404'\"",
  right: 'when: "$response.status = 404"',
  check(workspace, report) {
    for (const { analysis, target } of analysesRead(workspace)) {
      checkAnalysis(analysis, target, report);
    }
  },
};

type Target = (read: PathRead | undefined) => ReadTarget | undefined;

function checkAnalysis(analysis: Analysis | undefined, target: Target, report: Report): void {
  for (const comparison of analysis?.comparisons ?? []) {
    const { read, constants } = operands(comparison);
    const found = target(read);
    const end = found?.view.follow(found.segments);
    if (read === undefined || found === undefined || end === undefined || isMiss(end)) continue;
    for (const constant of constants) {
      checkConstant({ read, schema: found.schema, view: end.view, constant }, report);
    }
  }
}

/** The path of an equality, and the values that it is compared with. */
function operands({ operator, left, right, leftConstant, rightConstant }: Comparison): {
  readonly read?: PathRead | undefined;
  readonly constants: readonly Json[];
} {
  if (operator !== "=" && operator !== "!=" && operator !== "in") return { constants: [] };
  if (left !== undefined && rightConstant !== undefined) {
    const isList = operator === "in" && Array.isArray(rightConstant);
    return { read: left, constants: isList ? (rightConstant as readonly Json[]) : [rightConstant] };
  }
  if (right === undefined || leftConstant === undefined) return { constants: [] };
  return { read: right, constants: [leftConstant] };
}

interface Compared {
  readonly read: PathRead;
  readonly schema: string;
  readonly view: SchemaView;
  readonly constant: Json;
}

function checkConstant({ read, schema, view, constant }: Compared, report: Report): void {
  // Whether a value is there at all is asked by `= null`; decimals and times have a finding of their own.
  if (typeof constant === "object") return;
  const own = view.isArray ? view.items : view;
  if (own === undefined || own.format === "decimal" || own.format === "date-time") return;
  const path = `"${written(read)}"`;
  const shown = typeof constant === "string" ? `the text "${constant}"` : String(constant);
  const { allowed, types } = own;
  if (allowed !== undefined && !allowed.includes(constant)) {
    const known = allowed.filter((value) => value !== null).map(String);
    const guess = typeof constant === "string" ? didYouMean(constant, known) : "";
    report(read.at, `${path} is never ${shown}${guess}`, {
      help: `${schema} allows ${listWords(known)}`,
    });
    return;
  }
  const kind = typeof constant;
  if (types.size === 0 || types.has(kind) || (kind === "number" && types.has("integer"))) return;
  const kinds = listWords(
    [...types].flatMap((type) => (type === "null" ? [] : (typeWords[type] ?? []))),
  );
  report(read.at, `${path} is never ${shown}: it is ${kinds}`, { help: sameKind(constant, types) });
}

/** The constant as one of the types, where it can be written so. */
function sameKind(constant: string | number | boolean, types: ReadonlySet<string>): string {
  const text = String(constant);
  if (types.has("string")) return `write '${text}'`;
  const isNumber = types.has("number") || types.has("integer");
  if (isNumber && text.trim() !== "" && Number.isFinite(Number(text))) return `write ${text}`;
  if (types.has("boolean") && /^(?:true|false)$/.test(text)) return `write ${text}`;
  return "compare it with what it may be";
}
