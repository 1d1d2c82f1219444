import { compileTexts } from "../cli/workspace/compile.ts";
import type { Compilation } from "../engine/spec/index.ts";

/** Where this run of the tests keeps what it compiled; nothing is kept where no run has set it up. */
export function cacheEnvironment(): Readonly<Record<string, string>> {
  const folder = process.env["SLUICE_TEST_CACHE"];
  return folder === undefined ? {} : { XDG_CACHE_HOME: folder };
}

/**
 * Compiles as the command line does: what another test of this run found in parts of the same texts is
 * not looked for again. `like` names workspaces that have most of their texts in common.
 */
export async function compiled(
  files: Readonly<Record<string, string>>,
  like = "the reference workspace",
): Promise<Compilation> {
  return compileTexts({ root: like, files }, { env: cacheEnvironment() }, {});
}
