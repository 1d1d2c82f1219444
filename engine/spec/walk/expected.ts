import { listWords } from "../../errors/did-you-mean.ts";
import type { Shape } from "../../model/field.ts";

/** What would be right, as the end of a sentence: "expected …". */
export function expected(shape: Shape): string {
  switch (shape.type) {
    case "text":
      return shape.expected ?? "a text";
    case "choice":
      return `one of ${listWords(shape.values)}`;
    case "boolean":
      return "true or false";
    case "number":
      return range(shape);
    case "duration":
      return "a duration such as 500ms, 30s, 10m, 2h or 5d";
    case "expression":
      return "an expression in quotes";
    case "template":
      return shape.single === true ? "one value" : "a value";
    case "json":
      return "a value";
    case "reference":
      return `the name of ${article(shape.to)}`;
    case "steps":
      return "a list of steps";
    case "step":
      return "a step";
    case "object":
    case "record":
    case "variant":
      return "a map";
    case "list":
      return "a list";
    case "one-or-many":
      return `${expected(shape.items.shape)}, or a list of them`;
    case "either":
      return shape.options.map((option) => expected(option.shape)).join(", or ");
  }
}

function article(word: string): string {
  if (word === "codes") return "a code list";
  return `${/^[aeo]/.test(word) ? "an" : "a"} ${word}`;
}

function range(shape: Extract<Shape, { type: "number" }>): string {
  const what = shape.integer ? "a whole number" : "a number";
  if (shape.minimum !== undefined && shape.maximum !== undefined) {
    return `${what} from ${shape.minimum} to ${shape.maximum}`;
  }
  if (shape.minimum !== undefined) return `${what} of at least ${shape.minimum}`;
  return shape.maximum === undefined ? what : `${what} of at most ${shape.maximum}`;
}
