import { didYouMean, listWords, UsageError } from "../../engine/index.ts";
import type { Terminal } from "../output/terminal.ts";
import { compileHere, type WorkspaceOptions } from "./compile.ts";

/**
 * An empty list of a flow that is not there is a slip of the pen, not an answer. Where the
 * workspace cannot be read, nobody knows, and the list stands.
 */
export async function expectKnownFlow(
  options: WorkspaceOptions & { readonly flow?: string },
  found: number,
  terminal: Terminal,
): Promise<void> {
  const { flow } = options;
  if (flow === undefined || found > 0) return;
  const flows = await flowsHere(options, terminal);
  if (flows === undefined || flows.includes(flow)) return;
  throw new UsageError(
    "cli/unknown-flow",
    `nothing is kept of a flow ${JSON.stringify(flow)}, and the workspace has none${didYouMean(flow, flows)}`,
    { help: `flows are ${listWords(flows)}` },
  );
}

async function flowsHere(
  options: WorkspaceOptions,
  terminal: Terminal,
): Promise<readonly string[] | undefined> {
  try {
    const { generation } = (await compileHere(options, terminal)).compilation;
    return generation === undefined ? undefined : [...generation.flows.keys()].sort();
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}
