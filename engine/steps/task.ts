import { span, list, object, optional, record, reference, template, text } from "../model/field.ts";
import type { Template } from "../model/expression.ts";
import type { Json } from "../model/json.ts";
import type { StepContext } from "./behaviour.ts";
import { defineStep } from "./define-step.ts";
import { dropWait, durableWait, timeoutBlock, whenLate } from "./shared/durable-wait.ts";
import { dateTimeText } from "../model/civil.ts";
import { textOf } from "./shared/truth.ts";

/** What each choice may pick from. */
function offered(
  among: Readonly<Record<string, Template>>,
  context: StepContext,
): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    Object.entries(among).map(([choice, template]) => {
      const value = context.evaluate(template) ?? [];
      const list: readonly Json[] = Array.isArray(value) ? (value as readonly Json[]) : [value];
      return [choice, list.map(textOf)];
    }),
  );
}

/** Waits for a person. */
export const task = defineStep({
  kind: "task",
  docs: "Asks a person, durably: the result is `{ choice, by, at, comment }`, with `pick` where the choice is one `among` several. Any other answer is refused, and the question stays open. Answered by `sluice approve`, `reject` or `choose`, or over the admin API.",
  example:
    '- task: { team: finance, within: 2d, choices: [approve, reject], title: "Approve order of ${ $message.data.total }" }\n  id: approval\n  lane: hold\n',
  argument: object(
    {
      team: reference("team", "Who is asked."),
      within: span("How long; then `on-timeout`, and the team's escalation hears of it."),
      choices: list(text("A choice."), "What may be answered.", 2),
      among: optional(
        record(
          template("The values, as a list of texts; one alone need not be picked."),
          "Of a choice that picks one of several: from which. The answer's is `pick`.",
        ),
      ),
      title: optional(template("The question.")),
      show: optional(template("What the person needs to see.")),
    },
    "Whom to ask what.",
  ),
  beside: whenLate,
  behaviour: {
    advance: (step, context) =>
      durableWait(step, context, {
        within: step.argument.within,
        open: () => {
          const { team, choices, among, title, show } = step.argument;
          context.task({
            path: context.path,
            team,
            title: title === undefined ? step.id : textOf(context.evaluate(title)),
            choices,
            ...(among === undefined ? {} : { among: offered(among, context) }),
            show: (show === undefined ? undefined : context.evaluate(show)) ?? null,
            due: context.now + step.argument.within,
          });
        },
        answer: (event) => {
          if (event.kind !== "chosen") return undefined;
          const { choice, by, comment, data, pick } = event;
          return {
            choice,
            by,
            at: dateTimeText(context.now),
            comment: comment ?? null,
            ...(data === undefined ? {} : { data }),
            ...(pick === undefined ? {} : { pick }),
          };
        },
      }),
    cancel: (step, context) => dropWait(step, context),
    blocks: (step) => timeoutBlock(step),
  },
});
