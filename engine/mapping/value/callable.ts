/** A signature as jsonata's own parser compiled it: checks arguments and fills in the context. */
export interface Sign {
  readonly definition: string;
  validate(args: readonly unknown[], context: unknown): unknown[];
}

/**
 * Every function value: built-in, lambda, regex or partial application. The first mark is that of the
 * reference, whose own implementations look for it. No member has a name that data is likely to have:
 * reading a key of data that a function has too takes a test of what it is read from.
 */
export class Callable {
  readonly _jsonata_function = true;
  /** The same function whoever calls it: it takes nothing from its caller's context. */
  readonly _detached: boolean = false;
  readonly _arity: number;
  /** `context` is what a signature with `-` takes for a missing argument. */
  readonly _call: (args: readonly unknown[], context: unknown) => unknown;

  constructor(arity: number, call: (args: readonly unknown[], context: unknown) => unknown) {
    this._arity = arity;
    this._call = call;
  }
}

/** True for every function value. */
export function isCallable(value: unknown): value is Callable {
  return value instanceof Callable;
}
