import type { Rule } from "./rule.ts";

export const adapterBudget: Rule = {
  code: "adapter/budget",
  docs: "`reserve` keeps a part of a window for flows of high priority. All of it would leave nothing for the others.",
  wrong: "budget: [{ limit: 100, per: 1d, reserve: 100 }]",
  right: "budget: [{ limit: 100, per: 1d, reserve: 20 }]",
  check(workspace, report) {
    for (const { plan } of workspace.adapters) {
      for (const { limit, reserve = 0, at } of plan.budget ?? []) {
        if (reserve < limit) continue;
        report(
          at,
          `${reserve} of ${limit} requests are reserved: nothing is left for other flows`,
          {
            help: `reserve less than ${limit}`,
          },
        );
      }
    }
  },
};
