/** A signature as jsonata's own parser compiled it: checks arguments and fills in the context. */
export interface Sign {
  readonly definition: string;
  validate(args: readonly unknown[], context: unknown): unknown[];
}

/**
 * Every function value: built-in, lambda, regex or partial application. The two marks are those of
 * the reference, whose own implementations look for them.
 */
export class Callable {
  readonly _jsonata_function = true;
  /** The same function whoever calls it: it takes nothing from its caller's context. */
  readonly _detached: boolean = false;
  readonly arity: number;
  /** `context` is what a signature with `-` takes for a missing argument. */
  readonly call: (args: readonly unknown[], context: unknown) => unknown;

  constructor(arity: number, call: (args: readonly unknown[], context: unknown) => unknown) {
    this.arity = arity;
    this.call = call;
  }
}

/** True for every function value. */
export function isCallable(value: unknown): value is Callable {
  return value instanceof Callable;
}
