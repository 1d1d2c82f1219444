import { existsSync } from "node:fs";
import {
  type Compilation,
  type Diagnostic,
  formatFindings,
  openReader,
} from "../../engine/index.ts";
import type { Terminal } from "../output/terminal.ts";
import { timeText } from "../output/time.ts";
import { count } from "../output/words.ts";
import { compileHere, compileTexts, withOverrides, type WorkspaceOptions } from "./compile.ts";
import { storePath } from "./store.ts";

interface StartOptions extends WorkspaceOptions {
  readonly store?: string;
  readonly lastGood?: boolean;
}

/** What an engine is started on. */
export interface Start {
  readonly compilation: Compilation;
  /** The files have errors: these are the texts that ran last. */
  readonly isOlder: boolean;
}

/**
 * The workspace; or, where it has errors and `--last-good` is given, the texts that ran last: then
 * the reload shows the errors. Undefined, and every error shown, where nothing may start.
 */
export async function toStartOn(
  options: StartOptions,
  terminal: Terminal,
): Promise<Start | undefined> {
  const { root, files, compilation } = await compileHere(options, terminal, { isHere: true });
  const errors = errorsOf(compilation);
  if (errors.length === 0) return { compilation, isOlder: false };
  const last = options.lastGood === true ? await lastGeneration(options, terminal) : undefined;
  if (last === undefined) {
    show(errors, files, terminal);
    terminal.err(
      `${count(errors.length, "error")}: nothing was started${await advice(options, terminal)}\n`,
    );
    return undefined;
  }
  const ran = `what ran last, generation ${last.hash.slice(0, 12)} of ${timeText(last.savedAt)}`;
  const lastFiles = withOverrides(last.files, options, terminal);
  const older = await compileTexts({ root, files: lastFiles }, terminal, { isHere: true });
  const olderErrors = errorsOf(older);
  if (olderErrors.length > 0) {
    show(errors, files, terminal);
    terminal.err(`And in ${ran}:\n\n`);
    show(olderErrors, lastFiles, terminal);
    terminal.err(`${count(olderErrors.length, "error")} there, too: nothing was started\n`);
    return undefined;
  }
  terminal.err(`${count(errors.length, "error")}: starts on ${ran}, until the files are sound\n`);
  return { compilation: older, isOlder: true };
}

const errorsOf = ({ diagnostics }: Compilation): readonly Diagnostic[] =>
  diagnostics.filter(({ severity }) => severity === "error");

function show(
  errors: readonly Diagnostic[],
  files: Readonly<Record<string, string>>,
  terminal: Terminal,
): void {
  terminal.err(`${formatFindings(errors, "human", { files, color: terminal.color })}\n\n`);
}

async function advice(options: StartOptions, terminal: Terminal): Promise<string> {
  if (options.lastGood === true) return "; the store has no texts that ran before";
  return existsSync(await storePath(options, terminal))
    ? "; `--last-good` starts on what ran last, until the files are sound"
    : "";
}

async function lastGeneration(options: StartOptions, terminal: Terminal) {
  const path = await storePath(options, terminal);
  if (!existsSync(path)) return undefined;
  const reader = await openReader(path);
  try {
    return await reader.lastGeneration();
  } finally {
    reader.close();
  }
}
