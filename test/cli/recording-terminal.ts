import { resolve } from "node:path";
import type { Terminal } from "../../cli/output/terminal.ts";
import { cacheEnvironment } from "../compiled.ts";

export interface RecordingTerminal extends Terminal {
  /** What was written to standard output so far. */
  output(): string;
  errors(): string;
  /** Ends `stopped()`, as Ctrl-C does. */
  stop(): void;
}

/**
 * A terminal that remembers, for calling `main` in process. Unless `env` names another cache folder, what
 * other tests of this run compiled is not compiled again.
 */
export function recordingTerminal(
  given: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): RecordingTerminal {
  let output = "";
  let errors = "";
  const { promise, resolve: stop } = Promise.withResolvers<void>();
  return {
    out: (text) => {
      output += text;
    },
    err: (text) => {
      errors += text;
    },
    color: false,
    width: 100,
    env: { ...cacheEnvironment(), ...given.env },
    cwd: resolve(given.cwd ?? "."),
    stopped: async () => {
      await promise;
    },
    output: () => output,
    errors: () => errors,
    stop,
  };
}
