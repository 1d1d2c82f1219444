import { span, list, object, optional, record, reference, template, text } from "../model/field.ts";
import type { Template } from "../model/expression.ts";
import type { Json } from "../model/json.ts";
import type { StepPlan } from "../model/plan/step.ts";
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

type TaskStep = StepPlan<{ readonly team: string; readonly title?: Template }>;

function titleOf({ argument: { title }, id }: TaskStep, context: StepContext): string {
  return title === undefined ? id : textOf(context.evaluate(title));
}

/** The run goes its own way then; that nobody answered is for somebody to look into. */
function unanswered(step: TaskStep, context: StepContext): void {
  context.issue({
    class: "business",
    code: "task-unanswered",
    message: `${step.argument.team} did not answer in time: ${titleOf(step, context)}`,
    at: step.at,
    path: context.path,
  });
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
      within: span(
        "How long; then `on-timeout`. That nobody answered is an issue of the flow's owner, and climbs as any.",
      ),
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
    advance: (step, context) => {
      const isLate = context.event?.kind === "timer" && context.memo === "waiting";
      // Without an `on-timeout` the step's own failure says so.
      if (isLate && step.beside.onTimeout !== undefined) unanswered(step, context);
      return durableWait(step, context, {
        within: step.argument.within,
        open: () => {
          const { team, choices, among, show } = step.argument;
          context.task({
            path: context.path,
            team,
            title: titleOf(step, context),
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
      });
    },
    cancel: (step, context) => dropWait(step, context),
    blocks: (step) => timeoutBlock(step),
  },
});
