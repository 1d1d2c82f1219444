import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import {
  type Generation,
  openReader,
  StoreError,
  UsageError,
  workspaceSettings,
} from "../../engine/index.ts";
import { systemReason } from "../output/system-reason.ts";
import type { Terminal } from "../output/terminal.ts";
import { findWorkspace } from "./read.ts";
import { makeFolder } from "./make-folder.ts";

/** Every list of a store. */
export type Reader = Awaited<ReturnType<typeof openReader>>;

interface StoreOptions {
  readonly store?: string;
  /** Says nothing of where the store is; only what is wrong is said better where it is given. */
  readonly server?: string;
  readonly workspace?: string;
}

/**
 * Path of the database: `--store`, else `SLUICE_STORE`, else `store.path` of sluice.yaml, else
 * `.sluice/sluice.db` in the workspace. What is compiled already need not be read for it.
 */
export async function storePath(
  options: StoreOptions,
  terminal: Terminal,
  compiled?: Pick<Generation, "workspace">,
): Promise<string> {
  const given = options.store ?? terminal.env["SLUICE_STORE"];
  if (given === ":memory:") {
    throw new UsageError("cli/no-store", "a store in memory would lose what was accepted", {
      help: "name a file, such as --store /tmp/trial.db",
    });
  }
  if (given !== undefined) return resolve(terminal.cwd, given);
  const root = findWorkspace(options.workspace, terminal.cwd);
  const path =
    compiled === undefined
      ? (await workspaceSettings(readFileSync(join(root, "sluice.yaml"), "utf8"))).storePath
      : compiled.workspace.store?.path;
  return resolve(root, path ?? ".sluice/sluice.db");
}

/** Makes the folder that a store is to stand in. Throws `cli/store-folder` where it cannot be made. */
export function makeStoreFolder(path: string): void {
  const folder = dirname(path);
  try {
    makeFolder(folder);
  } catch (error) {
    throw new StoreError(
      "cli/store-folder",
      `the store's folder ${folder} cannot be made: ${systemReason(error)}`,
      {
        help: "let the user that runs sluice write there, or name another place with --store or SLUICE_STORE",
        cause: error,
      },
    );
  }
}

/** As `storePath`, of a store that is there. */
export async function existingStore(options: StoreOptions, terminal: Terminal): Promise<string> {
  const path = await storePath(options, terminal);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) {
    throw new UsageError("cli/no-store", `${path} is a folder, not a store`, {
      help: "name the database file in it; the workspace's own is .sluice/sluice.db",
    });
  }
  if (existsSync(path)) return path;
  throw new UsageError("cli/no-store", `there is no store at ${path}`, {
    help:
      options.server === undefined
        ? "`sluice run` makes it; name another with --store"
        : "lists, and what an id is, are read from the store's file also with --server: name it with --store; from another machine, ask /admin/v1 of that server (its openapi.json says what)",
  });
}

/** Opens the store for reading and closes it afterwards; never makes one. */
export async function withReader<T>(
  options: StoreOptions,
  terminal: Terminal,
  use: (reader: Reader) => Promise<T>,
): Promise<T> {
  const reader = await openReader(await existingStore(options, terminal));
  try {
    return await use(reader);
  } finally {
    reader.close();
  }
}

/** The options that another verb must be called with to find the same store, for the shell. */
export function sameOptions({ store, workspace }: StoreOptions): string {
  return [
    ...(store === undefined ? [] : ["--store", store]),
    ...(workspace === undefined ? [] : ["--workspace", workspace]),
  ]
    .map((word) => ` ${shellWord(word)}`)
    .join("");
}

/** A word that a POSIX shell takes as it is. */
export function shellWord(word: string): string {
  return /^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
