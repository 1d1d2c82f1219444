/**
 * The few thrown classes. Findings about specs are values (`Diagnostic`), outcomes of partners are
 * values (`Failure`); an exception means that the caller cannot go on.
 */
export class FlowError extends Error {
  readonly code: string;
  readonly help: string | undefined;

  constructor(code: string, message: string, options: FlowErrorOptions = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.help = options.help;
  }
}

interface FlowErrorOptions {
  readonly help?: string;
  readonly cause?: unknown;
}

/** A spec with findings was asked to run. */
export class SpecError extends FlowError {}

/** Our own memory has a problem: full, busy, newer schema, in use by another process. */
export class StoreError extends FlowError {}

/** The human asked for something odd; the CLI prints message and help and exits with 2. */
export class UsageError extends FlowError {}

/** A programmer's mistake; state may be wrong, so the process stops. */
export class InvariantError extends FlowError {}
