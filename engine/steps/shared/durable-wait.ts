import { optional } from "../../model/field.ts";
import type { Json } from "../../model/json.ts";
import { type Block, type StepPlan, steps } from "../../model/plan/step.ts";
import type { InnerBlock, Progress, StepContext, StepEvent } from "../behaviour.ts";

type WaitingStep = StepPlan<unknown, { readonly onTimeout?: Block }>;

interface Wait {
  /** How long. */
  readonly within: number;
  /** Opens the wait: a listen or a task. */
  open(): void;
  /** The result, when this event is the answer. */
  answer(event: StepEvent): Json | undefined;
}

/** What both waits take beside themselves. */
export const whenLate = {
  "on-timeout": optional(
    steps("Run when the time is up; without them the step fails as business, timed-out."),
  ),
};

/** A wait for someone else, with an end: `on-timeout`, or a business failure. */
export function durableWait(step: WaitingStep, context: StepContext, wait: Wait): Progress {
  if (context.memo === "timed-out") return timedOut(step, context);
  if (context.memo === undefined) {
    wait.open();
    context.timer("within", context.now + wait.within);
    context.record("waiting");
    return { kind: "open" };
  }
  const { event } = context;
  if (event === undefined) return { kind: "open" };
  if (event.kind === "timer") {
    context.close();
    context.record("timed-out");
    return timedOut(step, context);
  }
  const result = wait.answer(event);
  if (result === undefined) {
    if (event.kind === "matched") context.decline(event.message.id);
    return { kind: "open" };
  }
  context.close();
  context.cancelTimer("within");
  return { kind: "done", result };
}

function timedOut(step: WaitingStep, context: StepContext): Progress {
  const { onTimeout } = step.beside;
  if (onTimeout !== undefined)
    return context.block(onTimeout, { under: `${context.path}.on-timeout` });
  return {
    kind: "failed",
    failure: {
      class: "business",
      code: "timed-out",
      message: `nothing came for "${step.id}" in time`,
      at: step.at,
      path: context.path,
    },
  };
}

/** Ends a wait that nobody needs any more; what `on-timeout` began is finished. */
export function dropWait(_: WaitingStep, context: StepContext): boolean {
  if (context.memo === "timed-out") return false;
  context.close();
  context.cancelTimer("within");
  return true;
}

export function timeoutBlock(step: WaitingStep): readonly InnerBlock[] {
  const { onTimeout } = step.beside;
  return onTimeout === undefined ? [] : [{ steps: onTimeout, under: "on-timeout" }];
}
