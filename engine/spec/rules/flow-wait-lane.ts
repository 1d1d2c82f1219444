import type { StepPlan } from "../../model/plan/step.ts";
import { allSteps, asKind } from "./blocks.ts";
import type { Rule } from "./rule.ts";

const fiveMinutes = 300_000;

export const flowWaitLane: Rule = {
  code: "flow/wait-without-lane",
  docs: "Messages of one key queue behind one another. A wait of hours holds all of them, which may be meant and may be a disaster: the author says which.",
  wrong: "- task: { team: finance, within: 2d, choices: [approve, reject] }",
  right: "- task: { team: finance, within: 2d, choices: [approve, reject] }\n  lane: hold",
  check(workspace, report) {
    for (const { plan } of workspace.flows) {
      // Without a key there is no queue, and nobody waits behind.
      if (plan.key === undefined || plan.key === "none") continue;
      for (const { step } of allSteps(plan)) {
        const longest = longestWait(step);
        if (!(longest > fiveMinutes) || step.common.lane !== undefined) continue;
        report(
          step.at,
          `this "${step.kind}" may last longer than 5 minutes and does not say what its lane does meanwhile`,
          {
            help: "add lane: hold (later messages of this key wait) or lane: release (they go on)",
          },
        );
      }
    }
  },
};

/** Milliseconds; unbounded for a wait until a computed time. */
function longestWait(step: StepPlan): number {
  const waiting = asKind(step, "wait")?.argument;
  if (waiting !== undefined) return waiting.kind === "for" ? waiting.value : Infinity;
  const asking = asKind(step, "task") ?? asKind(step, "listen");
  return asking?.argument.within ?? 0;
}
