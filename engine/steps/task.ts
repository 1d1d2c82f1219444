import { duration, list, object, optional, reference, template, text } from "../model/field.ts";
import { steps } from "../model/plan/step.ts";
import { defineStep } from "./define-step.ts";
import { dropWait, durableWait, timeoutBlock } from "./shared/durable-wait.ts";
import { dateTimeText } from "./shared/instant.ts";
import { textOf } from "./shared/truth.ts";

/** Waits for a person. */
export const task = defineStep({
  kind: "task",
  docs: "Asks a person, durably: the result is `{ choice, by, at, comment }`. Answered by `sluice approve`, or over the admin API.",
  example:
    '- task: { team: finance, within: 2d, choices: [approve, reject], title: "Approve order of ${ $message.data.total }" }\n  id: approval\n  lane: hold\n',
  argument: object(
    {
      team: reference("team", "Who is asked."),
      within: duration("How long; then `on-timeout`, and the team's escalation hears of it."),
      choices: list(text("A choice."), "What may be answered.", 2),
      title: optional(template("The question.")),
      show: optional(template("What the person needs to see.")),
    },
    "Whom to ask what.",
  ),
  beside: {
    "on-timeout": optional(
      steps("Run when the time is up; without them the step fails as business, timed-out."),
    ),
  },
  behaviour: {
    advance: (step, context) =>
      durableWait(step, context, {
        within: step.argument.within,
        open: () => {
          const { team, choices, title, show } = step.argument;
          context.task({
            path: context.path,
            team,
            title: title === undefined ? step.id : textOf(context.evaluate(title)),
            choices,
            show: (show === undefined ? undefined : context.evaluate(show)) ?? null,
            due: context.now + step.argument.within,
          });
        },
        answer: (event) => {
          if (event.kind !== "chosen") return undefined;
          const { choice, by, comment, data } = event;
          return {
            choice,
            by,
            at: dateTimeText(context.now),
            comment: comment ?? null,
            ...(data === undefined ? {} : { data }),
          };
        },
      }),
    cancel: (step, context) => dropWait(step, context),
    blocks: (step) => timeoutBlock(step),
  },
});
