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
import { isJsonObject, type Json } from "../model/json.ts";
import type { Expression, Template } from "../model/expression.ts";
import type { Failure } from "../errors/failure.ts";
import type { Block, StepPlan } from "../model/plan/step.ts";
import type { Progress, StepContext } from "./behaviour.ts";
import { combine } from "./shared/combine.ts";
import { itemSegment } from "./shared/item-segment.ts";
import { OwnFault } from "./shared/own-fault.ts";
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

interface Position {
  readonly items: readonly Json[];
  readonly keys: readonly string[];
  /** How each item ended, by key. */
  readonly ended: Record<string, "done" | "failed">;
  draining: boolean;
}

/** The recorded position, or the first one: items are read once, whatever happens to their source. */
function positionOf(step: SplitStep, context: StepContext): Position {
  const { memo } = context;
  if (isJsonObject(memo)) {
    const items = context.kept("#items");
    return {
      items: Array.isArray(items) ? (items as readonly Json[]) : [],
      keys: memo["keys"] as readonly string[],
      ended: { ...(memo["ended"] as Record<string, "done" | "failed">) },
      draining: memo["draining"] === true,
    };
  }
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
  context.keep("#items", items);
  return { items, keys, ended: {}, draining: false };
}

/** After a resume items are walked once more: some may have been undone meanwhile. */
function reopen(position: Position): void {
  position.draining = false;
  for (const [key, end] of Object.entries(position.ended)) {
    if (end === "done") delete position.ended[key];
  }
}

function walkItems(step: SplitStep, context: StepContext, position: Position): readonly Progress[] {
  const { argument } = step;
  const walked: Progress[] = [];
  let open = 0;
  for (const [index, key] of position.keys.entries()) {
    if (position.ended[key] !== undefined) continue;
    if (open >= (argument.concurrency ?? 1)) break;
    const segment = itemSegment(key);
    const progress = context.block(argument.steps, {
      under: `${context.path}${segment}`,
      roots: { item: position.items[index] ?? null },
      itemOf: context.id,
      draining: position.draining,
      ...(argument.collect === undefined ? {} : { collect: argument.collect }),
    });
    if (progress.kind === "open") open += 1;
    if (progress.kind === "done") {
      position.ended[key] = "done";
      if (progress.result !== undefined) context.keep(segment, progress.result);
    } else if (progress.kind === "failed" && argument.onFailure?.continue === true) {
      itemFailed(step, position, key, () => context.issue(progress.failure));
    } else {
      if (progress.kind === "failed" || progress.kind === "stopped") position.draining = true;
      walked.push(progress);
    }
  }
  return walked;
}

function itemFailed(step: SplitStep, position: Position, key: string, report: () => void): void {
  position.ended[key] = "failed";
  report();
  const { stopAbove } = step.argument.onFailure ?? {};
  if (stopAbove !== undefined && failedOf(position) > stopAbove * position.keys.length) {
    position.draining = true;
  }
}

const failedOf = (position: Position) =>
  Object.values(position.ended).filter((end) => end === "failed").length;

/** The failure of a split that stopped because too many of its items failed. */
function tooManyFailed(
  step: SplitStep,
  position: Position,
  context: StepContext,
): readonly Progress[] {
  const { stopAbove } = step.argument.onFailure ?? {};
  if (stopAbove === undefined || failedOf(position) <= stopAbove * position.keys.length) return [];
  const failure: Failure = {
    class: "business",
    code: "too-many-items-failed",
    message: `${failedOf(position)} of ${position.keys.length} items of "${step.id}" failed, and at most a share of ${stopAbove} may`,
    at: step.at,
    path: context.path,
  };
  return [{ kind: "failed", failure }];
}

function summary(step: SplitStep, position: Position, context: StepContext): Json {
  const failed = failedOf(position);
  const counts = { total: position.keys.length, done: position.keys.length - failed, failed };
  if (step.argument.collect === undefined) return counts;
  return { ...counts, results: position.keys.map((key) => context.kept(itemSegment(key)) ?? null) };
}

/** Splitter. */
export const split = defineStep({
  kind: "split",
  docs: "Splitter: runs steps once per item (`$item`). An item is known by its `key`, never by its place, so a replay meets the same effects. The result is `{ total, done, failed }`, and `results` with `collect`.",
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
      if (context.event?.kind === "resume") reopen(position);
      const wasDraining = position.draining;
      let walked = walkItems(step, context, position);
      // Waits of the items before the one that failed are not needed any more.
      if (position.draining && !wasDraining) walked = walkItems(step, context, position);
      context.record({ keys: position.keys, ended: position.ended, draining: position.draining });
      const progress = combine([...walked, ...tooManyFailed(step, position, context)]);
      return progress.kind === "done"
        ? { kind: "done", result: summary(step, position, context) }
        : progress;
    },
    blocks: ({ argument }) => [{ steps: argument.steps, perItem: true }],
  },
});
