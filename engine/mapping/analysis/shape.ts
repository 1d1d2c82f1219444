import type { SourceRef } from "../../errors/diagnostic.ts";
import type { MadeObject, Shape } from "../contract.ts";
import type { Json } from "../../model/json.ts";

/** The constant at a place. */
export const constantShape = (value: Json, at: SourceRef): Shape => ({
  kind: "constant",
  value,
  at,
});

/** One of several, each of which may be what a message gets. */
export function eitherShape(shapes: readonly (Shape | undefined)[]): Shape | undefined {
  const known = shapes.filter((shape) => shape !== undefined);
  if (known.length < 2) return known[0];
  return { kind: "either", of: known };
}

/** The same for each item of a list; for one item, JSONata gives it alone. */
export function manyShape(item: Shape | undefined): Shape | undefined {
  return item && { kind: "many", item };
}

/** `$merge([…])`: what is not known of its parts may have any member. */
export function mergedShape(list: Shape | undefined): Shape | undefined {
  if (list?.kind !== "list") return undefined;
  const parts = list.items.map((item) => (item === undefined ? [] : objectsOf(item)));
  const known = parts.flat();
  const [first] = known;
  if (first === undefined) return undefined;
  const isOpen = parts.some((one) => one.length === 0) || known.some((one) => one.isOpen);
  const members = new Map(known.flatMap((one) => [...one.members]));
  return { kind: "object", members, isOpen, at: first.at };
}

/** The objects that a value may be; none where it may be something else. */
function objectsOf(shape: Shape): readonly MadeObject[] {
  if (shape.kind === "object") return [shape];
  if (shape.kind !== "either") return [];
  const parts = shape.of.map(objectsOf);
  return parts.every((one) => one.length > 0) ? parts.flat() : [];
}

const makers = {
  number:
    "number count sum length abs floor ceil round power sqrt random max min average millis toMillis parseInteger toMinor",
  string:
    "string join uppercase lowercase trim pad substring substringBefore substringAfter replace formatNumber formatBase formatInteger now fromMillis type base64encode base64decode add sub mul div roundTo total fromMinor",
  boolean: "boolean exists not contains eq gt gte lt lte before after",
} as const;

const types = new Map(
  (["number", "string", "boolean"] as const).flatMap((type) =>
    makers[type].split(" ").map((name) => [name, type] as const),
  ),
);

/** What a built-in function gives, whatever it is given; nothing for nothing. */
export function calledShape(name: string, at: SourceRef): Shape | undefined {
  const type = types.get(name);
  return type && { kind: "type", type, by: `$${name}`, at };
}

const operators: Readonly<Record<string, "number" | "string" | "boolean">> = {
  "&": "string",
  "+": "number",
  "-": "number",
  "*": "number",
  "/": "number",
  "%": "number",
  "=": "boolean",
  "!=": "boolean",
  "<": "boolean",
  "<=": "boolean",
  ">": "boolean",
  ">=": "boolean",
  in: "boolean",
  and: "boolean",
  or: "boolean",
};

/** What an operator gives. */
export function operatorShape(operator: string, at: SourceRef): Shape | undefined {
  const type = operators[operator];
  return type && { kind: "type", type, by: `"${operator}"`, at };
}
