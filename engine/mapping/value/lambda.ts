import { Callable, isCallable } from "./callable.ts";
import { fail, place } from "./fault.ts";
import { spend } from "./run.ts";

/** A function's tail call: its caller makes it, so that recursion in tail position needs no stack. */
export class TailCall {
  readonly procedure: unknown;
  readonly arguments: unknown[];
  readonly position: number | undefined;
  readonly token: string | undefined;

  constructor(
    procedure: unknown,
    args: unknown[],
    position: number | undefined,
    token: string | undefined,
  ) {
    this.procedure = procedure;
    this.arguments = args;
    this.position = position;
    this.token = token;
  }
}

/**
 * A tail call that nobody has looked at: its procedure and arguments are evaluated by whoever makes
 * it, and never where a predicate does not keep it.
 */
export class DeferredCall {
  readonly make: () => TailCall;

  constructor(make: () => TailCall) {
    this.make = make;
  }
}

export type Body = (args: readonly unknown[], context: unknown) => unknown;

/** A function written in the expression. */
export class Lambda extends Callable {
  readonly _parameters: readonly string[];
  /** One call without the signature's checks; may give a tail call. */
  readonly _body: Body;
  /** One call with them. */
  readonly _once: Body;

  constructor(parameters: readonly string[], body: Body, once: Body = body) {
    super(parameters.length, (args, context) => settle(once(args, context), context));
    this._parameters = parameters;
    this._body = body;
    this._once = once;
  }
}

/** Fuel of one call of a function written in the expression. */
export const callCost = 8;

/** Makes tail calls until there is a value. */
export function settle(value: unknown, context: unknown): unknown {
  let result = value;
  while (result instanceof TailCall || result instanceof DeferredCall) {
    spend(callCost);
    const call: TailCall = result instanceof DeferredCall ? result.make() : result;
    const { position, token, procedure } = call;
    try {
      if (procedure instanceof Lambda) result = procedure._once(call.arguments, context);
      else if (isCallable(procedure)) result = procedure._call(call.arguments, context);
      else fail("T1006", { value: procedure });
    } catch (error) {
      throw place(error, position, token);
    }
  }
  return result;
}

/**
 * Functions among the arguments are called without the caller's context from here on, as the
 * reference does by wrapping them.
 */
export function detached(value: unknown): unknown {
  if (typeof value !== "object" || !isCallable(value) || value._detached) return value;
  return new Detached(value._arity, (args) => value._call(args, null));
}

class Detached extends Callable {
  override readonly _detached = true;
}
