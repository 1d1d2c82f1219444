import type { Terminal } from "./output/terminal.ts";

/** Options every verb takes. */
export interface CommonOptions {
  readonly workspace?: string;
  readonly json?: boolean;
}

/**
 * What a verb's module exports: `arguments` as the command line gave them, `options` by their
 * camel-case names. Returns the exit code.
 */
export interface VerbModule<Options extends CommonOptions = CommonOptions> {
  run(input: VerbInput<Options>): Promise<number>;
}

export interface VerbInput<Options extends CommonOptions = CommonOptions> {
  readonly terminal: Terminal;
  readonly arguments: readonly string[];
  readonly options: Options;
}

/** How a verb stands on the command line. */
export interface VerbDeclaration {
  /** Name and arguments, as commander writes them: `preview <mapping> [input]`. */
  readonly usage: string;
  readonly summary: string;
  /** What it changes; `nothing` for verbs that only read. */
  readonly effect: string;
  readonly options?: readonly (readonly [flags: string, description: string])[];
  readonly examples?: readonly string[];
}
