import { didYouMean, listWords } from "../../errors/did-you-mean.ts";
import { allSteps, asKind } from "./blocks.ts";
import type { Rule } from "./rule.ts";

export const taskAmong: Rule = {
  code: "task/among",
  docs: "`among` says what a choice picks from; what is no choice is never picked.",
  wrong: 'choices: [link, create]\namong: { lnik: "${ $steps.found.ids }" }',
  right: 'choices: [link, create]\namong: { link: "${ $steps.found.ids }" }',
  check(workspace, report) {
    for (const { plan } of workspace.flows) {
      for (const { step } of allSteps(plan)) {
        const task = asKind(step, "task")?.argument;
        const choices = task?.choices ?? [];
        for (const name of Object.keys(task?.among ?? {})) {
          if (choices.includes(name)) continue;
          report(step.at, `"${name}" under among is no choice${didYouMean(name, choices)}`, {
            help: `the choices are ${listWords(choices)}`,
          });
        }
      }
    }
  },
};
