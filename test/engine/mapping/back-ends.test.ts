import jsonata from "jsonata";
import { expect, test } from "vitest";
import { compileTree } from "../../../engine/mapping/program.ts";
import { library } from "../../../engine/mapping/library/index.ts";
import { parse } from "../../../engine/mapping/syntax/parse.ts";
import { isFault } from "../../../engine/mapping/value/fault.ts";
import { toJson } from "../../../engine/mapping/value/result.ts";
import { damaged, seeded } from "./damage.ts";
import { context, plainText } from "./kit.ts";
import { randomDocument, randomExpression } from "./random-expression.ts";
import { subjects } from "./subjects.ts";

const seed = Number(process.env["SLUICE_SEED"] ?? 20_261_124);
const rounds = Number(process.env["SLUICE_ROUNDS"] ?? 150);
const inputs = 4;

/** The value as JSON, or the error with its place, in full. */
function outcome(work: () => unknown): string {
  try {
    return plainText(work());
  } catch (error) {
    if (isFault(error)) return `error ${JSON.stringify({ ...error, stack: undefined })}`;
    throw error;
  }
}

function compiled(text: string, strict: boolean, only: "closures" | "generated") {
  const parsed = parse(text);
  if ("fault" in parsed) return undefined;
  const isBound = (name: string): boolean => strict && name === "message";
  const tree = compileTree(parsed.ast, text, { strict, only, isBound });
  return "program" in tree ? tree.program : undefined;
}

function compare(text: string, strict: boolean, documents: readonly unknown[]): number {
  const [closures, generated] = [
    compiled(text, strict, "closures"),
    compiled(text, strict, "generated"),
  ];
  if (closures === undefined || generated === undefined) return 0;
  for (const input of documents) {
    const scope = { message: input };
    const expected = outcome(() => closures(input, scope, context));
    const actual = outcome(() => generated(input, scope, context));
    const repeat = `SLUICE_SEED=${seed} strict=${strict} ${JSON.stringify(input)} ${text}`;
    expect(actual, repeat).toBe(expected);
  }
  return documents.length;
}

test.each([false, true])("generated code gives what closures give (strict: %s)", (strict) => {
  const random = seeded(seed);
  let compared = 0;
  for (let round = 0; round < rounds; round += 1) {
    const text = randomExpression(random);
    const rooted = strict && random() < 0.7 ? `$message.(${text})` : text;
    const documents = Array.from({ length: inputs }, () => randomDocument(random));
    compared += compare(rooted, strict, documents);
  }
  expect(compared).toBeGreaterThan(rounds);
});

test.each(subjects)("generated code gives what closures give on damaged inputs", (subject) => {
  const random = seeded(seed);
  const documents = Array.from({ length: 40 }, () => damaged(subject.data, random, 0.1));
  expect(compare(subject.text, false, documents)).toBe(documents.length);
  expect(compare(subject.text, true, documents)).toBe(documents.length);
});

async function libraryOutcome(work: () => Promise<unknown>): Promise<string> {
  try {
    const value = await work();
    return outcome(() => toJson(value));
  } catch {
    return "error";
  }
}

test("random expressions give what the library gives", async () => {
  const random = seeded(seed + 1);
  for (let round = 0; round < rounds; round += 1) {
    const text = randomExpression(random);
    const program = compiled(text, false, "generated");
    if (program === undefined) continue;
    const reference = jsonata(text);
    for (const { name, checks, run } of library) {
      reference.registerFunction(name, (...args: unknown[]) => run(args), checks);
    }
    const input = randomDocument(random);
    const given: unknown = structuredClone(input);
    const actual = outcome(() => program(input, {}, context));
    const expected = await libraryOutcome(async () => (await reference.evaluate(given)) as unknown);
    // The library writes into its input at times, and then reads what it wrote.
    if (JSON.stringify(given) !== JSON.stringify(input)) continue;
    const repeat = `SLUICE_SEED=${seed} ${JSON.stringify(input)} ${text}`;
    expect(actual.startsWith("error ") ? "error" : actual, repeat).toBe(expected);
  }
});

test("a name of what a predicate leaves of a variable is read of what is left, also of nothing", () => {
  const rows = [
    { id: 5, kind: 1, to: 12 },
    { id: 6, kind: 2, to: 12 },
  ];
  // One row is an object, and what the second predicate leaves of it is none.
  for (const text of [
    "($r := rows[kind = 1]; $r[to != 12].id)",
    "($r := rows[kind = 1]; [$r[to = 12].id, $r.id, $r[to != 12].id])",
    "($r := rows[kind = 1]; $r[false].a.b)",
  ]) {
    expect(compare(text, false, [{ rows }, { rows: rows[0] }, {}])).toBe(3);
  }
});
