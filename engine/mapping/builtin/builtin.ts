import { isDict } from "../value/basic.ts";
import { Callable, isCallable } from "../value/callable.ts";
import type { Sign } from "../value/callable.ts";
import { spend, spendText } from "../value/run.ts";
import { isList } from "../value/sequence.ts";
import { callCostOf, itemCostOf } from "./cost.ts";

/** A function on checked arguments. */
export type Implementation = (args: readonly unknown[]) => unknown;

/** A function that ships with the language: ours or JSONata's. */
export class Builtin extends Callable {
  /** The implementation itself, for partial application, which skips the checks. */
  readonly _raw: Implementation;
  /** How many arguments it takes; the context may stand for some of the least. */
  readonly _takes: { readonly least: number; readonly most: number };

  constructor(name: string, arity: number, sign: Sign, raw: Implementation) {
    const isPlain = plainCheck(sign.definition);
    const callCost = callCostOf(name);
    const itemCost = itemCostOf(name);
    super(arity, (args, context) => {
      const checked = isPlain(args) ? args : sign.validate(args, context);
      let cost = callCost;
      for (const argument of checked) {
        if (typeof argument === "string") cost += argument.length >> 6;
        else if (isList(argument)) cost += argument.length * itemCost;
      }
      spend(cost);
      const result = raw(checked);
      if (typeof result === "string") spendText(result.length);
      return result;
    });
    this._raw = raw;
    this._takes = argumentCount(sign.definition);
  }
}

/** Of a signature such as `<s-n?:s>`: `?` may be left out, `-` is taken of the context, `+` repeats. */
function argumentCount(definition: string): { readonly least: number; readonly most: number } {
  const [, inside = ""] = /^<(.*?)(?::[^:]*)?>$/.exec(definition) ?? [];
  const plain = inside.replaceAll(/<[^<>]*>/g, "").replaceAll(/\([^()]*\)/g, "x");
  const marks = [...plain.matchAll(/[a-z]([-?+]?)/g)].map(([, mark]) => mark);
  return {
    least: marks.filter((mark) => mark !== "?" && mark !== "-").length,
    most: marks.includes("+") ? Infinity : marks.length,
  };
}

const symbols = "snboaxjf";

/**
 * True for arguments that stand one to one for the signature's parameters, which is nearly always so:
 * the signature's own check, by regular expression, is left to the rest.
 */
function plainCheck(definition: string): (args: readonly unknown[]) => boolean {
  const shape = /^<((?:(?:[snboaxjf](?:<[ns]>)?|\([snboaf]+\))[-?]?)*)(?::.*)?>$/.exec(definition);
  if (shape?.[1] === undefined) return () => false;
  const parameters = [...shape[1].matchAll(/([snboaxjf]|\([snboaf]+\))(?:<([ns])>)?([-?]?)/g)];
  const checks = parameters.map(([, type = "x", item]) => check(type, item));
  const required = parameters.filter(([, , , mark]) => mark !== "?").length;
  return (args) => {
    if (args.length < required || args.length > checks.length) return false;
    for (let i = 0; i < args.length; i += 1) if (checks[i]?.(args[i]) !== true) return false;
    return true;
  };
}

function check(type: string, item: string | undefined): (value: unknown) => boolean {
  if (type.startsWith("(")) {
    const choices = Array.from(type.slice(1, -1)).map((choice) => check(choice, undefined));
    return (value) => value === undefined || choices.some((matches) => matches(value));
  }
  const matches = item === undefined ? undefined : check(item, undefined);
  const isMissing = (value: unknown): boolean => value === undefined && type !== "f";
  const isType: (value: unknown) => boolean = {
    s: (value: unknown) => typeof value === "string",
    n: (value: unknown) => typeof value === "number",
    b: (value: unknown) => typeof value === "boolean",
    o: (value: unknown) => isDict(value),
    a: (value: unknown) =>
      isList(value) &&
      (matches === undefined || value.every((one) => one !== undefined && matches(one))),
    x: () => true,
    j: (value: unknown) => !isCallable(value),
    f: (value: unknown) => isCallable(value),
  }[symbols.includes(type) ? (type as "s") : "x"];
  return (value) => isMissing(value) || isType(value);
}
