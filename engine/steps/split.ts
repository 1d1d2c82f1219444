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
      steps: steps("Steps per item."),
    },
    "Items and what to do with each.",
  ),
  beside: {},
});
