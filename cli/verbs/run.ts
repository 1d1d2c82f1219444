import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { watch } from "chokidar";
import {
  type Diagnostic,
  formatFindings,
  loadSystem,
  serve,
  UsageError,
} from "../../engine/index.ts";
import { styles, type Terminal } from "../output/terminal.ts";
import type { CommonOptions, VerbInput } from "../verb.ts";
import { workspaceFiles, type WorkspaceOptions } from "../workspace/compile.ts";
import { removeAddress, writeAddress } from "../workspace/engine-address.ts";
import { findWorkspace } from "../workspace/read.ts";
import { toStartOn } from "../workspace/start.ts";
import { makeStoreFolder, storePath } from "../workspace/store.ts";

const adminToken = "SLUICE_ADMIN_TOKEN";

interface Options extends CommonOptions, WorkspaceOptions {
  readonly store?: string;
  readonly watch?: boolean;
  readonly lastGood?: boolean;
  readonly port?: string;
  readonly backlog?: string;
}

export async function run({ terminal, options }: VerbInput<Options>): Promise<number> {
  const root = findWorkspace(options.workspace, terminal.cwd);
  const port = options.port === undefined ? undefined : portOption(options.port);
  const limits =
    options.backlog === undefined ? undefined : { backlog: backlogOption(options.backlog) };
  const compiled = await toStartOn(options, terminal);
  if (compiled === undefined) return 1;
  const path = await storePath(options, terminal, compiled.compilation.generation);
  makeStoreFolder(path);
  const { SystemClock, SystemSecrets, createLog } = await loadSystem();
  const log = createLog({
    clock: new SystemClock(),
    write: (line) => {
      terminal.out(`${line}\n`);
    },
    format: options.json === true ? "json" : "pretty",
    color: terminal.color,
  });
  const secrets = new SystemSecrets(terminal.env, terminal.env["SLUICE_SECRETS_DIR"]);
  const isGiven = secrets.secret(adminToken) !== undefined;
  // Without a token of the operator's, one of this run lets this user's command line in.
  const token = randomBytes(24).toString("base64url");
  const serving = await serve({
    read: async () => workspaceFiles(root, options, terminal),
    compiled: compiled.compilation,
    storePath: path,
    secrets: {
      env: (name) => secrets.env(name),
      secret: (name) => secrets.secret(name) ?? (name === adminToken ? token : undefined),
    },
    log,
    moved: (url) => {
      writeAddress(path, { url, ...(isGiven ? {} : { token }) });
      if (options.json !== true)
        terminal.out(`serves at ${styles(terminal).name(url)} from now on\n`);
    },
    reloaded: (findings, files) => {
      if (options.json !== true) showFindings(findings, files, terminal);
    },
    ...(port === undefined ? {} : { port }),
    ...(limits === undefined ? {} : { limits }),
  });
  writeAddress(path, { url: serving.url, ...(isGiven ? {} : { token }) });
  const watcher =
    options.watch === true ? watchWorkspace(root, () => serving.reload.hint()) : undefined;
  // The files say something else than what runs: told as any other reload that is refused.
  if (compiled.isOlder) void serving.reload.check();
  try {
    // Listened for first: whoever reads that it serves may end it at once, and in order.
    const stopped = terminal.stopped();
    terminal.out(readyText(serving.url, root, options, terminal));
    await stopped;
    if (options.json !== true) {
      terminal.out(
        "stopping: requests in flight may finish; Ctrl-C again ends at once, and loses nothing\n",
      );
    }
  } finally {
    await watcher?.close();
    removeAddress(path);
    await serving.stop();
  }
  if (options.json !== true) terminal.out("stopped; everything accepted is on disk\n");
  return 0;
}

/** What a reload found, as `validate` shows it. */
function showFindings(
  findings: readonly Diagnostic[],
  files: Readonly<Record<string, string>>,
  terminal: Terminal,
): void {
  const errors = findings.filter(({ severity }) => severity === "error");
  if (errors.length === 0) return;
  terminal.out(`\n${formatFindings(errors, "human", { files, color: terminal.color })}\n\n`);
}

function readyText(url: string, root: string, options: Options, terminal: Terminal): string {
  if (options.json === true) return "";
  const style = styles(terminal);
  return `${style.strong("sluice")} serves ${root} at ${style.name(url)}${options.watch === true ? ", and follows its files" : ""}; stop with Ctrl-C\n`;
}

/** Hints only: what changed is read anew, whole, by the reload itself. */
function watchWorkspace(root: string, hint: () => void) {
  const watcher = watch(
    ["sluice.yaml", "flows", "mappings", "schemas"].map((name) => join(root, name)),
    { ignoreInitial: true, followSymlinks: true, atomic: false },
  );
  watcher.on("all", hint);
  // What changed before it stood was read by nobody.
  watcher.on("ready", hint);
  // The periodic reading goes on without the watcher.
  watcher.on("error", hint);
  return watcher;
}

function backlogOption(text: string): number {
  const backlog = Number(text);
  if (Number.isInteger(backlog) && backlog >= 1) return backlog;
  throw new UsageError(
    "cli/bad-backlog",
    `--backlog ${JSON.stringify(text)} is no number of runs`,
    {
      help: "give a whole number from 1 on: so many may be under way before messages are refused",
    },
  );
}

function portOption(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new UsageError("cli/bad-port", `--port ${JSON.stringify(text)} is no port`, {
    help: "give a number from 0 to 65535; 0 takes any free one",
  });
}
