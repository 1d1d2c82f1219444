import {
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  statSync,
} from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { UsageError } from "../../engine/index.ts";

const folders = ["flows", "mappings", "schemas"];
/** Whatever the case: a name that is nearly right is told by the compiler, not passed over. */
const wanted = /\.(ya?ml|json|jsonata)(\.txt)?$/i;
/** Larger files are no specs; reading them would only stall the reload. */
const bytesMax = 4 * 1024 * 1024;
const filesMax = 20_000;

/** The texts of a workspace by path, with forward slashes, in sorted order. */
export interface WorkspaceText {
  readonly root: string;
  readonly files: Readonly<Record<string, string>>;
}

/** Finds the folder with `sluice.yaml`: the one given, or the nearest above `cwd`. */
export function findWorkspace(given: string | undefined, cwd: string): string {
  if (given !== undefined) {
    const root = resolve(cwd, given);
    if (existsSync(join(root, "sluice.yaml"))) return root;
    throw new UsageError("cli/no-workspace", `no sluice.yaml in ${root}`, {
      help:
        nearlyNamed(root) ??
        "name a folder that has one with --workspace, or make one with `sluice new <folder>`",
    });
  }
  for (let folder = cwd; ;) {
    if (existsSync(join(folder, "sluice.yaml"))) return folder;
    const parent = resolve(folder, "..");
    if (parent === folder) {
      throw new UsageError("cli/no-workspace", `no sluice.yaml in ${cwd} or above it`, {
        help:
          nearlyNamed(cwd) ??
          "change to a workspace, name one with --workspace, or make one with `sluice new <folder>`",
      });
    }
    folder = parent;
  }
}

/** `sluice.yml` and the like, which nobody reads. */
function nearlyNamed(folder: string): string | undefined {
  if (!existsSync(folder)) return undefined;
  const found = readdirSync(folder).find((name) => /^sluice\.ya?ml(\.txt)?$/i.test(name));
  return found === undefined ? undefined : `rename ${found} to sluice.yaml`;
}

/** Reads every spec of the workspace. A file that vanishes while it is read is as if never there. */
export function readWorkspace(root: string): WorkspaceText {
  const files: Record<string, string> = {};
  refuseMisnamed(root);
  refuseStrayTests(root);
  refuseOutside(root, join(root, "sluice.yaml"));
  const paths = ["sluice.yaml", ...folders.flatMap((folder) => walk(root, folder))].sort();
  for (const path of paths) {
    const text = readText(join(root, path));
    if (text !== undefined) files[path] = text;
  }
  return { root, files };
}

function readText(path: string): string | undefined {
  try {
    const found = statSync(path);
    if (!found.isFile() && !found.isDirectory()) {
      throw new UsageError("cli/unreadable-file", `${path} cannot be read: it is no regular file`, {
        help: "a workspace holds texts; move pipes, sockets and devices out of it",
      });
    }
    if (found.size > bytesMax) {
      throw new UsageError("cli/file-too-large", `${path} is larger than ${bytesMax} bytes`, {
        help: "specs are texts written by people; move data out of the workspace",
      });
    }
    // A byte order mark says how to read the bytes, and is no part of the text.
    return readFileSync(path, "utf8").replace(/^\uFEFF/, "");
  } catch (error) {
    if (isMissing(error)) return undefined;
    const reason =
      error instanceof Error && "code" in error ? reasons[String(error.code)] : undefined;
    if (reason === undefined) throw error;
    throw new UsageError("cli/unreadable-file", `${path} cannot be read: ${reason}`, {
      help: "a workspace holds texts that this user may read",
    });
  }
}

/** Why the system refuses to read a file, in words. */
const reasons: Readonly<Record<string, string>> = {
  EISDIR: "it is a folder",
  ELOOP: "it is a symbolic link that leads to itself",
  EACCES: "this user may not",
  EPERM: "this user may not",
};

/** A folder that is nearly one of ours would be passed over with all that is in it. */
function refuseMisnamed(root: string): void {
  const entries = readdirSync(root, { withFileTypes: true });
  const names = new Set(entries.map(({ name }) => name));
  for (const entry of entries) {
    const word = entry.name.toLowerCase();
    const meant = folders.find((folder) => folder === word || folder === `${word}s`);
    if (meant === undefined || meant === entry.name || !entry.isDirectory()) continue;
    // `flow/` beside `flows/` may be somebody's own.
    if (word !== meant && names.has(meant)) continue;
    throw new UsageError("cli/misnamed-folder", `${join(root, entry.name)} is not read`, {
      help: `name it ${meant}`,
    });
  }
}

/** Other tools have tests of such names, too. */
const isFlowTest = /^test: .*\n(?:[^]*\n)?flow: /m;

/** Tests in a folder of their own would never run, and all that do would pass. */
function refuseStrayTests(root: string): void {
  for (const folder of ["test", "tests"].map((name) => join(root, name))) {
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) continue;
    const names = readdirSync(folder).filter((name) => /\.test\.ya?ml$/.test(name));
    const stray = names.find((name) => isFlowTest.test(readText(join(folder, name)) ?? ""));
    if (stray === undefined) continue;
    throw new UsageError("cli/misplaced-test", `${join(folder, stray)} is not read`, {
      help: "tests stand beside their flows: move it below flows/",
    });
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

/** What somebody linked here is meant to be read. */
function refuseDangling(path: string): void {
  try {
    statSync(path);
  } catch (error) {
    // Gone meanwhile: it is as if it had never been there.
    if (!isMissing(error) || lstatSync(path, { throwIfNoEntry: false }) === undefined) return;
    const target = readlinkSync(path);
    throw new UsageError(
      "cli/unreadable-file",
      `${path} is a link to ${target}, which is not there`,
      {
        help: "mend the link, or remove it",
      },
    );
  }
}

/** What a link leads to is compiled, stored and shown: it must be the workspace's own. */
function refuseOutside(root: string, path: string): void {
  let real: string;
  try {
    real = realpathSync(path);
  } catch {
    // Leads nowhere or to itself: reading it says so.
    return;
  }
  const own = realpathSync(root);
  if (real === own || real.startsWith(`${own}${sep}`)) return;
  throw new UsageError("cli/link-outside", `${path} is a link out of the workspace, to ${real}`, {
    help: "a workspace holds its own texts: copy the file, or link within the workspace",
  });
}

/** Paths below `folder`; symbolic links are followed within the workspace, each folder once. */
function walk(root: string, folder: string): string[] {
  const found: string[] = [];
  const seen = new Set<string>();
  const visit = (directory: string): void => {
    let real: string;
    try {
      real = realpathSync(directory);
    } catch {
      return;
    }
    if (seen.has(real)) return;
    seen.add(real);
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      if (entry.name.startsWith(".")) continue;
      const path = join(directory, entry.name);
      if (entry.isSymbolicLink()) refuseDangling(path);
      if (entry.isSymbolicLink()) refuseOutside(root, path);
      const isFolder = entry.isDirectory() || (entry.isSymbolicLink() && isDirectory(path));
      if (isFolder) visit(path);
      else if (wanted.test(entry.name)) found.push(relative(root, path).split(sep).join("/"));
      if (found.length > filesMax) {
        throw new UsageError("cli/too-many-files", `more than ${filesMax} files under ${root}`, {
          help: "keep only specs under flows, mappings and schemas",
        });
      }
    }
  };
  if (!existsSync(join(root, folder))) return found;
  refuseOutside(root, join(root, folder));
  visit(join(root, folder));
  return found;
}

/** False for a link that leads to itself, too: reading it says so. */
function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
