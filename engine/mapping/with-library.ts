import jsonata from "jsonata";
import type { EvaluationContext, Expression, Scope } from "../model/expression.ts";
import type { Json } from "../model/json.ts";
import { ExpressionError } from "../model/evaluation-error.ts";
import { builtin } from "./builtin/index.ts";
import { compileRegex } from "./builtin/pattern.ts";
import { explain } from "./explain.ts";
import { library } from "./library/index.ts";
import { fail, isFault } from "./value/fault.ts";
import { toJson } from "./value/result.ts";
import { enter, newRun } from "./value/run.ts";
import { copy } from "./value/text.ts";

/** The library's own guards: wall-clock ends only what fuel would have ended elsewhere. */
const guards = { timeout: 1000, stack: 500, sequence: 100_000 };
/** Built-ins that are unbounded or not repeatable in the library. */
const replaced = [
  "now",
  "millis",
  "random",
  "shuffle",
  "toMillis",
  "fromMillis",
  "pad",
  "join",
  "eval",
];

/**
 * Evaluates what the compiler does not cover, with the library itself: for the runtime, which
 * records the value as a fact. The data is copied first, since the library writes into its input.
 */
export async function evaluateWithLibrary(
  expression: Expression,
  scope: Scope,
  context: EvaluationContext,
): Promise<Json | undefined> {
  const options = { ...guards, RegexEngine: LinearRegex as unknown as RegExpConstructor };
  const bindings = copy(scope, new Set()) as Record<string, unknown>;
  const { input } = bindings;
  const state = newRun(input, scope, context);
  try {
    const program = jsonata(expression.text, options);
    for (const name of [...replaced, ...library.map((entry) => entry.name)]) {
      program.registerFunction(
        name,
        function registered(this: { input: unknown }, ...args: unknown[]) {
          return enter(state, () => builtin(name)?._call(args, this.input));
        },
      );
    }
    return toJson(await program.evaluate(input, bindings));
  } catch (error) {
    if (!isFault(error) || error instanceof ExpressionError) throw error;
    const { code, message, help } = explain(error);
    throw new ExpressionError(code, message, expression.at, help);
  }
}

/** A regular expression in linear time, as far as the library uses one. */
class LinearRegex {
  lastIndex = 0;
  readonly #find: (text: string, from: number) => { index: number; groups: unknown[] } | undefined;

  constructor(source: RegExp) {
    const compiled = compileRegex(source);
    if (typeof compiled === "string") fail("bad-pattern", { message: compiled });
    this.#find = (text, from) => {
      const matcher = compiled.matcher(text);
      if (!matcher.find(from)) return undefined;
      const groups = Array.from(
        { length: matcher.groupCount() + 1 },
        (_, index): unknown => matcher.group(index) ?? undefined,
      );
      return { index: matcher.start(), groups };
    };
  }

  exec(text: string): unknown[] | null {
    const found = this.#find(text, this.lastIndex);
    if (found === undefined) return null;
    const [whole] = found.groups;
    this.lastIndex = found.index + (typeof whole === "string" ? whole.length : 0);
    return Object.assign(found.groups, { index: found.index });
  }
}
