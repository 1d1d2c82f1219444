import { CommanderError } from "commander";
import { FlowError, StoreError, UsageError } from "../engine/index.ts";
import { createProgram } from "./program.ts";
import { systemReason, systemRemedy } from "./output/system-reason.ts";
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
  if (isSystemError(error)) {
    terminal.err(`sluice: ${systemErrorText(error)} [${error.code}]\n`);
    const remedy = "port" in error ? undefined : systemRemedy(error);
    if (remedy !== undefined) terminal.err(`  = help: ${remedy}\n`);
    return exitCodes.engine;
  }
  terminal.err(
    `sluice: this is a bug of ours: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  return exitCodes.bug;
}

/** What the operating system refused (a port in use, a folder that may not be written) is nobody's bug. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException & { code: string } {
  return (
    error instanceof Error &&
    "syscall" in error &&
    "code" in error &&
    typeof error.code === "string"
  );
}

function systemErrorText(
  error: NodeJS.ErrnoException & { address?: string; port?: number },
): string {
  const { code, path, address, port } = error;
  if (code === "EADDRINUSE" || (code === "EACCES" && port !== undefined)) {
    const place = `${address ?? ""}:${port ?? ""}`;
    return code === "EADDRINUSE"
      ? `another program listens at ${place} already; stop it, or name another port with --port, 0 for any free one`
      : `this user may not listen at ${place}; name a port above 1023 with --port`;
  }
  return path === undefined ? error.message : `${systemReason(error)}: ${path}`;
}
