import { entryAt } from "../yaml/node.ts";
import { allSteps, asKind } from "./blocks.ts";
import type { Rule } from "./rule.ts";

export const effectCached: Rule = {
  code: "effect/cached-write",
  docs: "An answer that is taken from the cache is a call that was not made: for a write, a write that did not happen.",
  wrong: "- call: erp.createOrder\n  cache: { fresh: 60s }",
  right: "- call: erp.getOrder\n  cache: { fresh: 60s }",
  check(workspace, report) {
    for (const { plan, node, walk } of workspace.flows) {
      for (const { step } of allSteps(plan)) {
        const called = asKind(step, "call");
        if (called?.beside.cache === undefined) continue;
        const effect = workspace.operation(called.argument)?.effect;
        if (effect === undefined || effect === "read") continue;
        const entry = entryAt(node, `${walk.sites.get(step)?.pointer ?? ""}/cache`);
        const message = `"${called.argument}" writes (${effect}), and its answer is cached: within "fresh" nothing is written`;
        report(entry?.keyAt ?? step.at, message, { help: "remove cache; it is for reads" });
      }
    }
  },
};
