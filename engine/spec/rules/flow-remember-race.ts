import type { SourceRef } from "../../errors/diagnostic.ts";
import { allSteps, asKind, everyStep } from "./blocks.ts";
import type { Rule } from "./rule.ts";

export const flowRememberRace: Rule = {
  code: "flow/remember-race",
  docs: "Branches end in any order, so two of them that remember one key leave whichever came last.",
  wrong:
    "- parallel:\n    - [ { remember: { seen: credit } } ]\n    - [ { remember: { seen: tax } } ]",
  right:
    "- parallel:\n    - [ { remember: { credit: true } } ]\n    - [ { remember: { tax: true } } ]",
  check(workspace, report) {
    for (const { plan } of workspace.flows) {
      for (const { step } of allSteps(plan)) {
        const seen = new Map<string, { readonly branch: number; readonly at: SourceRef }>();
        for (const [branch, block] of (asKind(step, "parallel")?.argument ?? []).entries()) {
          for (const { step: inner } of everyStep(block)) {
            for (const key of Object.keys(asKind(inner, "remember")?.argument ?? {})) {
              const first = seen.get(key);
              if (first === undefined) seen.set(key, { branch, at: inner.at });
              else if (first.branch !== branch) {
                report(inner.at, `two parallel branches remember "${key}"`, {
                  help: "remember it after the parallel, or under two keys",
                  related: [{ at: first.at, message: "the other branch does it here" }],
                });
              }
            }
          }
        }
      }
    }
  },
};
