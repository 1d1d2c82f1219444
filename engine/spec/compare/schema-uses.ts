import type { SourceRef } from "../../errors/diagnostic.ts";
import type { PathRead } from "../../mapping/index.ts";
import type { MappingDocument } from "../documents/document.ts";
import { allSteps, asKind } from "../rules/blocks.ts";
import { readingUses, written } from "../rules/value-reads.ts";
import type { Workspace } from "../rules/workspace.ts";
import { entryOf, valueOf } from "../yaml/node.ts";

/** A place that gives or takes values of a schema. */
export interface Use {
  readonly at: SourceRef;
  readonly message: string;
}

/**
 * Who reads this path of a schema's values: mappings, flows and adapters, at the very place. Without a
 * path, whoever takes such values at all.
 */
export function readersOf(
  workspace: Workspace,
  schema: string,
  path: readonly string[] | undefined,
): readonly Use[] {
  const { contracts, mappings } = workspace.documents;
  const found: Use[] = [];
  for (const [name, contract] of contracts) {
    const mapping = mappings.get(name);
    if (!contract.walk.sound || contract.plan.from !== schema) continue;
    const reads = path === undefined || mapping === undefined ? [] : mappingReads(mapping, path);
    if (path === undefined) {
      const at = valueOf(contract.node, "from")?.at ?? contract.nameAt;
      found.push({ at, message: `mapping ${name} reads it` });
    }
    for (const { at } of reads) found.push({ at, message: `mapping ${name} reads it` });
  }
  for (const { use, target } of readingUses(workspace)) {
    for (const read of use.analysis?.reads ?? []) {
      const to = target(read);
      if (to?.schema !== schema || (path !== undefined && !meets(to.segments, path))) continue;
      const what = to.segments.length === 0 ? "it is read whole" : `${written(read)} reads it`;
      found.push({ at: read.at, message: what });
    }
  }
  return found;
}

function mappingReads(
  { analysis, at }: MappingDocument,
  path: readonly string[],
): readonly Pick<PathRead, "at">[] {
  const reads = (analysis?.reads ?? []).filter(
    ({ root, segments }) => (root === "input" || root === "context") && meets(segments, path),
  );
  if (reads.length > 0) return reads;
  const sources = (analysis?.lineage ?? []).flatMap((origin) => origin.sources);
  const wanted = plain(path).join(".");
  const isRead = sources.some((source) => {
    const given = plain(source.split(".")).join(".");
    return given === wanted || given.startsWith(`${wanted}.`) || wanted.startsWith(`${given}.`);
  });
  return isRead ? [{ at }] : [];
}

const plain = (segments: readonly string[]): readonly string[] =>
  segments.filter((one) => one !== "[]");

/** One leads to the other, or through it. */
function meets(read: readonly string[], path: readonly string[]): boolean {
  const [a, b] = [plain(read), plain(path)];
  for (const [index, name] of a.entries()) {
    if (name === "?" || index >= b.length) return true;
    if (b[index] !== name) return false;
  }
  return true;
}

/** Who makes values of a schema: mappings, calls that give them, events and outputs, callers of an API. */
export function writersOf(workspace: Workspace, schema: string): readonly Use[] {
  const found: Use[] = [];
  for (const [name, contract] of workspace.documents.contracts) {
    if (!contract.walk.sound || contract.plan.to !== schema) continue;
    const at = valueOf(contract.node, "to")?.at ?? contract.nameAt;
    found.push({ at, message: `mapping ${name} makes it` });
  }
  for (const flow of workspace.flows) {
    const { name, node, plan } = flow;
    const input = entryOf(node, "input");
    const isApi = (plan.trigger ?? []).some(({ kind }) => kind === "api");
    if (plan.input === schema && isApi && input !== undefined) {
      found.push({ at: input.keyAt, message: `callers of ${name} give it` });
    }
    for (const [event, data] of Object.entries(plan.emits ?? {})) {
      if ((typeof data === "string" ? data : data.data) !== schema) continue;
      const at = entryOf(valueOf(node, "emits"), event)?.keyAt ?? plan.at;
      found.push({ at, message: `flow ${name} emits it` });
    }
    for (const { step } of allSteps(plan)) {
      const call = asKind(step, "call");
      if (call === undefined || call.beside.map !== undefined) continue;
      if (workspace.operation(call.argument)?.input !== schema) continue;
      found.push({ at: step.at, message: `flow ${name} gives it to ${call.argument}` });
    }
  }
  return found;
}
