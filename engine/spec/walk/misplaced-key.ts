import { listWords } from "../../errors/did-you-mean.ts";
import type { Fields, Shape } from "../../model/field.ts";
import { adapterFields } from "../../model/plan/adapter.ts";
import { operation } from "../../model/plan/operation.ts";
import { operationRequestFields, requestFields } from "../../model/plan/request.ts";
import { flowFields } from "../../model/plan/flow.ts";
import type { MapEntry } from "../yaml/node.ts";
import { commonFields } from "../../model/plan/step.ts";

/** Keys that people look for elsewhere, when none that stands below has them. */
const elsewhere: readonly (readonly [fields: Fields, where: string])[] = [
  [commonFields, "a step"],
  [flowFields, "the flow itself"],
  [adapterFields, "the adapter itself"],
];

/** Where a key belongs that stands at a wrong level; `undefined` for one that belongs nowhere near. */
export function misplacedKey(key: string, around: Fields): string | undefined {
  if (/^(?:then|else|otherwise)$/.test(key) && around["if"] !== undefined) {
    return "of two ways one is taken by a route: - route: [{ when: …, steps: […] }, { else: […] }]";
  }
  const under = Object.entries(around).filter(([, { shape }]) => keysOf(shape).includes(key));
  const names = under.map(([name]) => name);
  if (names.length > 0 && names.length <= 3) return `"${key}" stands under ${listWords(names)}`;
  if (keysOf(operation.shape).includes(key)) {
    if (around === requestFields) return `"${key}" stands beside "request", not in it`;
    if (around === operationRequestFields) return `"${key}" stands beside "requests", not in one`;
  }
  const [, where] =
    elsewhere.find(([fields]) => fields !== around && Object.hasOwn(fields, key)) ?? [];
  return where === undefined ? undefined : `"${key}" is a key of ${where}`;
}

/** `policies: { patient: { max: 9 } }`, where it stands under `retry`: a member of a map of such. */
export function misplacedMember({ key, value }: MapEntry, around: Fields): string | undefined {
  if (value.kind !== "map" || value.entries.length === 0) return undefined;
  const [home] =
    Object.entries(around).find(([, { shape }]) => {
      const inner = shape.type === "record" ? keysOf(shape.values.shape) : [];
      return value.entries.every((entry) => inner.includes(entry.key));
    }) ?? [];
  return home === undefined ? undefined : `"${key}" stands under ${home}: ${home}: { ${key}: … }`;
}

/** The keys that a value of the shape may have. */
export function keysOf(shape: Shape): readonly string[] {
  switch (shape.type) {
    case "object":
      return Object.keys(shape.fields);
    case "either":
      return shape.options.flatMap((option) => keysOf(option.shape));
    case "list":
    case "one-or-many":
      return keysOf(shape.items.shape);
    default:
      return [];
  }
}
