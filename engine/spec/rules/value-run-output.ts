import { didYouMean, listWords } from "../../errors/did-you-mean.ts";
import { entriesOf, valueOf } from "../yaml/node.ts";
import { allSteps, asKind } from "./blocks.ts";
import type { Report } from "./rule.ts";
import type { Workspace } from "./workspace.ts";

/** What is read of a flow that was run: its `output`, as far as it is written out. */
export function checkRunOutputs(workspace: Workspace, report: Report): void {
  for (const { plan, walk } of workspace.flows) {
    const run = new Map(
      allSteps(plan).flatMap(({ step }) => {
        const child = asKind(step, "run")?.argument;
        return step.named && child !== undefined ? [[step.id, child] as const] : [];
      }),
    );
    if (run.size === 0) continue;
    for (const { analysis } of walk.allSites().flatMap(({ uses }) => uses)) {
      for (const { root, segments, at, guarded } of analysis?.reads ?? []) {
        const [id = "", name] = segments;
        const child = workspace.flow(run.get(id) ?? "");
        if (root !== "steps" || name === undefined || child === undefined || guarded) continue;
        const output = valueOf(child.node, "output");
        const names = entriesOf(output).map(({ key }) => key);
        if (output === undefined) {
          report(at, `flow "${child.name}" has no output, and "${name}" of it is read`, {
            help: `add output: { ${name}: … } to ${child.nameAt.file}`,
          });
        } else if (output.kind === "map" && /^\w+$/.test(name) && !names.includes(name)) {
          report(
            at,
            `"${name}" is not in the output of flow "${child.name}"${didYouMean(name, names)}`,
            {
              help: `it has ${listWords(names)}`,
            },
          );
        }
      }
    }
  }
}
