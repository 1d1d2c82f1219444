import jsonata from "jsonata";
import { library } from "../../../engine/mapping/library/index.ts";
import { compileTree } from "../../../engine/mapping/program.ts";
import { parse } from "../../../engine/mapping/syntax/parse.ts";
import { isFault } from "../../../engine/mapping/value/fault.ts";
import { toJson } from "../../../engine/mapping/value/result.ts";
import { damaged, seeded } from "./damage.ts";
import { context, plainText } from "./kit.ts";
import { randomDocument, randomExpression } from "./random-expression.ts";

interface Difference {
  readonly text: string;
  readonly input: unknown;
  readonly ours: string;
  readonly theirs: string;
}

interface Outcome {
  readonly text: string;
  readonly code?: string;
  /** The library's only: it changed its input. */
  readonly wrote?: boolean;
}

/** Compares both back ends with the library on expressions and damaged documents at random. */
export async function fuzz(options: {
  readonly cases: number;
  readonly seed: number;
  /** Differences to stop after. */
  readonly most: number;
  /** Asked after each expression. */
  readonly isOver?: () => boolean;
}): Promise<{
  readonly compared: number;
  readonly rules: ReadonlyMap<string, number>;
  readonly differences: readonly Difference[];
}> {
  const random = seeded(options.seed);
  const rules = new Map<string, number>();
  const differences: Difference[] = [];
  let compared = 0;
  while (compared < options.cases && differences.length < options.most) {
    if (options.isOver?.() === true) break;
    const text = randomExpression(random);
    const document = randomDocument(random);
    const inputs = [document, damaged(document, random, 0.1), damaged(document, random, 0.3)];
    const programs = compiled(text);
    if (programs === undefined) continue;
    for (const input of inputs) {
      compared += 1;
      // The library writes into its input.
      const theirs = await byLibrary(text, input);
      for (const program of programs) {
        const ours = outcomeOf(() => program(input, {}, context));
        if (ours.text === theirs.text) continue;
        const rule = explained(ours, theirs, text);
        if (rule === undefined) {
          differences.push({ text, input, ours: ours.text, theirs: theirs.text });
          break;
        }
        rules.set(rule, (rules.get(rule) ?? 0) + 1);
      }
    }
  }
  return { compared, rules, differences };
}

/** One expression on one document: what each back end and the library give. */
export async function compareOnce(
  text: string,
  input: unknown,
): Promise<{ readonly outcomes: readonly string[]; readonly differences: readonly string[] }> {
  const theirs = (await byLibrary(text, input)).text;
  const ours = (compiled(text) ?? []).map((program) =>
    outcomeOf(() => program(input, {}, context)),
  );
  const outcomes = [...ours.map((one) => one.text), theirs];
  return { outcomes, differences: outcomes.filter((one) => one !== theirs) };
}

function compiled(text: string) {
  const parsed = parse(text);
  if ("fault" in parsed) return undefined;
  const programs = (["generated", "closures"] as const).flatMap((only) => {
    const tree = compileTree(parsed.ast, text, { strict: false, only, isBound: () => false });
    return "program" in tree ? [tree.program] : [];
  });
  return programs.length === 2 ? programs : undefined;
}

function outcomeOf(work: () => unknown): Outcome {
  try {
    return { text: plainText(work()) };
  } catch (error) {
    if (isFault(error)) return { text: `error ${error.code}`, code: error.code };
    throw error;
  }
}

async function byLibrary(text: string, input: unknown): Promise<Outcome> {
  // The library writes into its input.
  const given = structuredClone(input);
  const wrote = () => JSON.stringify(given) !== JSON.stringify(input);
  try {
    const program = jsonata(text);
    for (const { name, checks, run } of library) {
      program.registerFunction(name, (...args: unknown[]) => run(args), checks);
    }
    const value: unknown = await program.evaluate(given);
    return { ...outcomeOf(() => toJson(value)), wrote: wrote() || hasNothing(value) };
  } catch (error) {
    const code = isFault(error) ? error.code : `thrown ${String(error)}`;
    return { text: `error ${code}`, code, wrote: wrote() };
  }
}

/** True for a list with an item that is nothing: `x{…}` on an empty list of the library's own puts it in. */
function hasNothing(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const inner: readonly unknown[] = Object.values(value);
  return (Array.isArray(value) && value.includes(undefined)) || inner.some(hasNothing);
}

/** Why the outcomes may differ; anything else is a mistake of ours. */
function explained(ours: Outcome, theirs: Outcome, text: string): string | undefined {
  // `x{…}` on an empty list puts `undefined` into it, which whatever reads it later sees.
  if (theirs.wrote === true) return "jsonata wrote into a list";
  // A function of which arguments are fixed takes any others unchecked, and the library's may fall over.
  if (theirs.code?.startsWith("thrown") === true) return "jsonata crashed";
  // The library's copy of what stands to the left of `??` has no regular expression where one was.
  if (/\/[^/]+\/i?[,)][^]*\?[?:]/.test(text)) return "jsonata lost a pattern";
  // Of several errors within one object, list or call the library reports that of whichever promise
  // fails first; ours is the first in the order of the text.
  const isError = ours.code !== undefined && theirs.code !== undefined;
  return isError && /[{[(]/.test(text) ? "another error of several" : undefined;
}
