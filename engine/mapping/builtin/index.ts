import type { Callable } from "../value/callable.ts";
import { library } from "../library/index.ts";
import { Builtin } from "./builtin.ts";
import type { Implementation } from "./builtin.ts";
import { higher } from "./higher.ts";
import { objects } from "./objects.ts";
import { plain } from "./plain.ts";
import { focus, reference, referenceNames, signature } from "./reference.ts";
import { patterns } from "./regex.ts";
import { texts } from "./texts.ts";
import { time } from "./time.ts";

const own: Readonly<Record<string, Implementation>> = {
  ...higher,
  ...plain,
  ...objects,
  ...patterns,
  ...texts,
  ...time,
};

/** All functions by name: JSONata's, by our implementation or the reference's, and ours. */
const builtins = new Map<string, Builtin>([
  ...referenceNames.map((name): [string, Builtin] => {
    const { implementation, signature } = reference(name);
    const raw: Implementation = own[name] ?? ((args) => implementation.apply(focus, [...args]));
    return [name, new Builtin(name, implementation.length, signature, raw)];
  }),
  ...library.map((entry): [string, Builtin] => [
    entry.name,
    new Builtin(entry.name, entry.arity, signature(entry.checks), entry.run),
  ]),
]);

/** The built-in of this name. */
export function builtin(name: string): Builtin | undefined {
  return builtins.get(name);
}

/** Names of all built-ins, for suggestions. */
export const builtinNames: readonly string[] = [...builtins.keys()];

/** How many parameters a function that is not of the expression takes. */
export function builtinParameters(target: Callable): number {
  return target._arity;
}

/** Calls a built-in past its signature, which is what partial application does. */
export function withoutChecks(target: Callable, args: readonly unknown[]): unknown {
  return target instanceof Builtin ? target._raw(args) : target._call(args, undefined);
}
