import { list } from "../model/field.ts";
import { steps } from "../model/plan/step.ts";
import { defineStep } from "./define-step.ts";

/** Branches at the same time. */
export const parallel = defineStep({
  kind: "parallel",
  docs: "Runs branches at the same time. When one fails, the others finish what was sent, then the failure goes on; nothing that was sent is cancelled. Branches do not see one another.",
  example:
    "- parallel:\n    - [ { call: erp.getCreditStatus, id: credit } ]\n    - [ { call: erp.getTaxSetup, id: tax } ]\n",
  argument: list(steps("One branch."), "Branches, each a list of steps.", 2),
  beside: {},
});
