/**
 * Why an evaluation stopped, inside this room: jsonata's code (`T2001`) or one of ours
 * (`absent-path`). Becomes an `ExpressionError` with a place at the room's door. Not an `Error`,
 * because nobody reads its stack and taking one costs more than most evaluations.
 */
export interface Fault {
  readonly code: string;
  /** Offset behind the offending token, as jsonata counts. */
  position?: number | undefined;
  token?: unknown;
  readonly value?: unknown;
  readonly value2?: unknown;
  readonly index?: number;
  readonly type?: string;
  readonly message?: string;
  readonly help?: string;
  /** The exact place, where it is known better than by `position`. */
  readonly span?: readonly [start: number, end: number];
}

/** Stops the evaluation. */
export function fail(code: string, more: Omit<Fault, "code"> = {}): never {
  // oxlint-disable-next-line typescript/only-throw-error -- a Fault has no stack by design
  throw { code, ...more } satisfies Fault;
}

/** True for what `fail` and the reference's own functions throw. */
export function isFault(error: unknown): error is Fault {
  return (
    typeof error === "object" && error !== null && "code" in error && typeof error.code === "string"
  );
}

/** The same error, with a place when it had none. */
export function place(error: unknown, position: number | undefined, token: unknown): unknown {
  if (isFault(error) && error.span === undefined) {
    error.position ??= position;
    error.token ??= token;
  }
  return error;
}
