import {
  boolean,
  expression,
  integer,
  number,
  object,
  optional,
  template,
} from "../model/field.ts";
import { steps } from "../model/plan/step.ts";
import { defineStep } from "./define-step.ts";
import type { Json } from "../model/json.ts";
import type { Expression, Template } from "../model/expression.ts";
import type { Failure } from "../errors/failure.ts";
import type { Block, StepPlan } from "../model/plan/step.ts";
import type { Progress, StepContext } from "./behaviour.ts";
import { combine } from "./shared/combine.ts";
import { outside } from "./shared/index-ranges.ts";
import { itemSegment } from "./shared/item-segment.ts";
import { OwnFault } from "./shared/own-fault.ts";
import { SplitPosition } from "./shared/split-position.ts";
import { textOf } from "./shared/truth.ts";

interface SplitArgument {
  readonly from: Expression;
  readonly key: Expression;
  readonly concurrency?: number;
  readonly onFailure?: { readonly continue: boolean; readonly stopAbove?: number };
  readonly collect?: Template;
  readonly steps: Block;
}
type SplitStep = StepPlan<SplitArgument>;

/** The recorded position, or the first one. */
function positionOf(step: SplitStep, context: StepContext): SplitPosition {
  const recorded = SplitPosition.recorded(context);
  if (recorded !== undefined) return recorded;
  const from = context.evaluate(step.argument.from) ?? [];
  const items: readonly Json[] = Array.isArray(from)
    ? (from as readonly Json[])
    : from === null
      ? []
      : [from];
  const keys = items.map((item) => textOf(context.evaluate(step.argument.key, { item })));
  const seen = new Set<string>();
  const doubled = keys.find((key) => key === "" || seen.size === seen.add(key).size);
  if (doubled !== undefined) {
    throw new OwnFault(
      "split/key-not-unique",
      doubled === "" ? "an item has an empty key" : `two items have the key "${doubled}"`,
      step.argument.key.at,
      "an item is known by its key: name members that tell items apart",
    );
  }
  return SplitPosition.start(context, items, keys);
}

function walkItems(
  step: SplitStep,
  context: StepContext,
  position: SplitPosition,
): readonly Progress[] {
  const { argument } = step;
  const walked: Progress[] = [];
  let open = 0;
  for (const index of outside(position.ended, position.keys.length)) {
    if (open >= (argument.concurrency ?? 1)) break;
    const progress = context.block(argument.steps, {
      under: `${context.path}${itemSegment(position.keys[index] ?? "")}`,
      roots: { item: position.items[index] ?? null },
      itemOf: context.id,
      draining: position.draining,
      ...(argument.collect === undefined ? {} : { collect: argument.collect }),
    });
    if (progress.kind === "open") open += 1;
    if (progress.kind === "done") {
      position.itemDone(context, index);
      if (progress.result !== undefined) position.collect(context, index, progress.result);
    } else if (progress.kind === "failed" && argument.onFailure?.continue === true) {
      position.itemFailed(context, index);
      context.issue(progress.failure);
      if (isTooMany(step, position)) position.draining = true;
    } else {
      if (progress.kind === "failed" || progress.kind === "stopped") position.draining = true;
      walked.push(progress);
    }
  }
  return walked;
}

function isTooMany({ argument }: SplitStep, { failed, keys }: SplitPosition): boolean {
  const { stopAbove } = argument.onFailure ?? {};
  return stopAbove !== undefined && failed > stopAbove * keys.length;
}

/** The failure of a split that stopped because too many of its items failed. */
function tooManyFailed(
  step: SplitStep,
  position: SplitPosition,
  context: StepContext,
): readonly Progress[] {
  if (!isTooMany(step, position)) return [];
  const { stopAbove = 0 } = step.argument.onFailure ?? {};
  const failure: Failure = {
    class: "business",
    code: "too-many-items-failed",
    message: `${position.failed} of ${position.keys.length} items of "${step.id}" failed, and at most a share of ${stopAbove} may`,
    at: step.at,
    path: context.path,
  };
  return [{ kind: "failed", failure }];
}

function summary(step: SplitStep, position: SplitPosition, context: StepContext): Json {
  const { failed, keys } = position;
  const counts = { total: keys.length, done: keys.length - failed, failed };
  if (step.argument.collect === undefined) return counts;
  return { ...counts, results: position.collected(context) };
}

/** Splitter. */
export const split = defineStep({
  kind: "split",
  docs: "Splitter: runs steps once per item (`$item`). An item is known by its `key`, never by its place, so a replay meets the same effects. The result is `{ total, done, failed }`, and `results` with `collect`. Above 250 items, those that are over and have nothing to undo leave the run's state, and only its history knows their steps: ten thousand cost ten times a thousand.",
  example:
    '- split:\n    from: "$message.data.lines"\n    key: "$item.sku"\n    steps: [ { call: erp.reserve, with: { sku: "${ $item.sku }" } } ]\n  id: reserved\n',
  argument: object(
    {
      from: expression("The items: an array."),
      key: expression("Identity of an item, unique in the split.", ["item"]),
      concurrency: optional(integer("Items at the same time; 1 unless told.", 1, 1000)),
      "on-failure": optional(
        object(
          {
            continue: boolean("A failed item does not stop the others."),
            "stop-above": optional(
              number("Stops when more than this share (0 to 1) of the items failed.", 0),
            ),
          },
          "What a failed item does.",
        ),
      ),
      collect: optional(template("Kept per item, as `results`.", ["item", "steps"])),
      steps: steps("Steps per item.", ["item"]),
    },
    "Items and what to do with each.",
  ),
  beside: {},
  behaviour: {
    advance: (step, context) => {
      const position = positionOf(step, context);
      if (context.event?.kind === "resume") position.reopen();
      const wasDraining = position.draining;
      let walked = walkItems(step, context, position);
      // Waits of the items before the one that failed are not needed any more.
      if (position.draining && !wasDraining) walked = walkItems(step, context, position);
      position.record(context);
      const progress = combine([...walked, ...tooManyFailed(step, position, context)]);
      return progress.kind === "done"
        ? { kind: "done", result: summary(step, position, context) }
        : progress;
    },
    blocks: ({ argument }) => [{ steps: argument.steps, perItem: true }],
  },
});
