import { execFileSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { UsageError } from "../../engine/index.ts";
import { findWorkspace, readWorkspace } from "./read.ts";

/** Texts to compare with: of another workspace's folder, or of this one at a git ref. */
export function textsAgainst(
  given: string,
  workspace: string | undefined,
  cwd: string,
): Readonly<Record<string, string>> {
  const folder = resolve(cwd, given);
  if (existsSync(folder) && statSync(folder).isDirectory()) {
    return readWorkspace(findWorkspace(folder, cwd)).files;
  }
  return textsAt(given, findWorkspace(workspace, cwd));
}

function textsAt(ref: string, root: string): Readonly<Record<string, string>> {
  const git = (args: readonly string[], input = ""): Buffer => {
    try {
      return execFileSync("git", ["-C", root, ...args], {
        input,
        stdio: ["pipe", "pipe", "pipe"],
        maxBuffer: 1 << 28,
      });
    } catch {
      throw new UsageError(
        "cli/bad-against",
        `${JSON.stringify(ref)} is neither a folder nor a git ref of ${root}`,
        { help: "name a folder with a sluice.yaml, or a branch, tag or commit such as main" },
      );
    }
  };
  const commit = git(["rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`])
    .toString("utf8")
    .trim();
  const listed = git([
    "ls-tree",
    "-r",
    "-z",
    "--name-only",
    commit,
    "--",
    "sluice.yaml",
    "schemas",
  ]);
  const paths = listed
    .toString("utf8")
    .split("\0")
    .filter((path) => /\.(ya?ml|json)$/.test(path) && !path.includes("\n"));
  // Paths of ls-tree are relative to the folder it ran in, those of cat-file by "./" too.
  const wanted = paths.map((path) => `${commit}:./${path}`).join("\n");
  return blobs(git(["cat-file", "--batch"], `${wanted}\n`), paths);
}

/** `cat-file --batch` answers `<id> blob <size>`, a line break, the bytes, a line break. */
function blobs(answer: Buffer, paths: readonly string[]): Readonly<Record<string, string>> {
  const files: Record<string, string> = {};
  let at = 0;
  for (const path of paths) {
    const end = answer.indexOf(10, at);
    const [, type, size] = answer.subarray(at, end).toString("utf8").split(" ");
    const length = Number(size);
    if (type !== "blob" || !Number.isInteger(length)) {
      at = end + 1;
      continue;
    }
    files[path] = answer.subarray(end + 1, end + 1 + length).toString("utf8");
    at = end + 1 + length + 1;
  }
  return files;
}
