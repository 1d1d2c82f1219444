import { CommanderError } from "commander";
import { FlowError, StoreError, UsageError } from "../engine/index.ts";
import { createProgram } from "./program.ts";
import { type Terminal, systemTerminal } from "./output/terminal.ts";

/** Exit codes: part of the interface, documented in `docs/cli.md`. */
const exitCodes = { good: 0, findings: 1, usage: 2, engine: 3, bug: 70 } as const;

/**
 * The whole CLI as a function of its arguments: returns the exit code, and writes only to
 * `terminal`, so that tests can call it in process.
 */
export async function main(
  argv: readonly string[],
  terminal: Terminal = systemTerminal(),
): Promise<number> {
  let code: number = exitCodes.good;
  const program = createProgram(terminal, (verbCode) => {
    code = verbCode;
  });
  try {
    await program.parseAsync([...argv], { from: "user" });
    return code;
  } catch (error) {
    return report(error, terminal);
  }
}

/** Turns whatever ended a verb into words and an exit code; no stack for operating errors. */
function report(error: unknown, terminal: Terminal): number {
  if (error instanceof CommanderError) {
    return error.exitCode === 0 ? exitCodes.good : exitCodes.usage;
  }
  if (error instanceof FlowError) {
    terminal.err(`sluice: ${error.message} [${error.code}]\n`);
    if (error.help !== undefined) terminal.err(`  = help: ${error.help}\n`);
    if (error instanceof UsageError) return exitCodes.usage;
    return error instanceof StoreError ? exitCodes.engine : exitCodes.findings;
  }
  terminal.err(
    `sluice: this is a bug of ours: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  return exitCodes.bug;
}
