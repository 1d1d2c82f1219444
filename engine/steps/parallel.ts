import { list } from "../model/field.ts";
import { steps } from "../model/plan/step.ts";
import { defineStep } from "./define-step.ts";
import { combine } from "./shared/combine.ts";
import type { Progress } from "./behaviour.ts";

/** Branches at the same time. */
export const parallel = defineStep({
  kind: "parallel",
  docs: "Runs branches at the same time. When one fails, the others finish what was sent, then the failure goes on; nothing that was sent is cancelled. Branches do not see one another.",
  example:
    "- parallel:\n    - [ { call: erp.getCreditStatus, id: credit } ]\n    - [ { call: erp.getTaxSetup, id: tax } ]\n",
  argument: list(steps("One branch."), "Branches, each a list of steps.", 2),
  beside: {},
  behaviour: {
    advance: ({ argument }, context) => {
      let draining = context.event?.kind !== "resume" && context.memo === "draining";
      const walk = () => {
        const branches: Progress[] = [];
        for (const steps of argument) {
          const progress = context.block(steps, { draining });
          branches.push(progress);
          if (progress.kind === "failed" || progress.kind === "stopped") draining = true;
        }
        return branches;
      };
      const wasDraining = draining;
      const first = walk();
      // A branch that failed last leaves waits in those before it that nobody needs any more.
      const branches = draining && !wasDraining ? walk() : first;
      context.record(draining ? "draining" : "open");
      return combine(branches);
    },
    blocks: ({ argument }) => argument.map((steps) => ({ steps })),
  },
});
