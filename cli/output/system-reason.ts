/** Words of the operating system, by its code. */
const reasons: Readonly<Record<string, string>> = {
  ENOENT: "no such file or folder",
  EACCES: "this user may not do that here",
  EPERM: "this user may not do that here",
  EROFS: "the file system is read-only",
  ENOTDIR: "a file stands where a folder is needed",
  EISDIR: "a folder stands where a file is needed",
  EEXIST: "something is there already",
  ENOSPC: "the disk is full",
};

const remedies: Readonly<Record<string, string>> = {
  ENOENT: "name one that is there",
  EACCES: "let the user that runs sluice read and write there, or name another place",
  EPERM: "let the user that runs sluice read and write there, or name another place",
  EROFS: "name a place on a disk that may be written",
  ENOTDIR: "name another place",
  EISDIR: "name a file",
  EEXIST: "name another place, or move away what is there",
  ENOSPC: "make room on the disk",
};

/** What the operating system refused, as people say it. */
export function systemReason(error: unknown): string {
  const code = codeOf(error);
  return reasons[code] ?? (error instanceof Error ? error.message : String(error));
}

/** What to do about it, where there is something. */
export function systemRemedy(error: unknown): string | undefined {
  return remedies[codeOf(error)];
}

function codeOf(error: unknown): string {
  const code = (error as { readonly code?: unknown } | undefined)?.code;
  return typeof code === "string" ? code : "";
}
