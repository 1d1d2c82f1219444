import type { Fields, Shape } from "../../model/field.ts";
import type { Root } from "../../model/expression.ts";
import type { MapNode, YamlNode } from "../yaml/node.ts";
import { toJson } from "../yaml/to-json.ts";
import { expressionValue, templateValue } from "./expression.ts";
import { fits, isOfKind } from "./fits.ts";
import { members, objectValue, recordValue, refuseUnknown, variantValue } from "./object.ts";
import {
  booleanValue,
  choiceValue,
  durationValue,
  numberValue,
  scalarOr,
  textValue,
  wrongType,
} from "./scalar.ts";
import { stepsValue, stepValue } from "./step.ts";
import { below, type Spot, type Walk, withRoots } from "./walk.ts";

type Of<Type extends Shape["type"]> = Extract<Shape, { type: Type }>;

/**
 * Compiles a whole document by its fields. The result has the type that the fields give, provided
 * that `walk.sound` is still true afterwards.
 */
export function compileDocument(
  fields: Fields,
  node: MapNode,
  walk: Walk,
  roots: readonly Root[],
): Record<string, unknown> {
  const spot: Spot = { walk, pointer: "", roots, site: walk.site, value: compileValue };
  refuseUnknown(node, fields, spot);
  return { ...members(fields, node, spot), at: node.at };
}

/** The compiled value, or `undefined` when a finding was reported. */
function compileValue(shape: Shape, node: YamlNode, spot: Spot): unknown {
  if (node.kind === "scalar" && node.broken === true) {
    spot.walk.sound = false;
    return undefined;
  }
  switch (shape.type) {
    case "text":
      return textValue(shape, node, spot);
    case "choice":
      return choiceValue(shape, node, spot);
    case "boolean":
      return booleanValue(shape, node, spot);
    case "number":
      return numberValue(shape, node, spot);
    case "duration":
      return durationValue(shape, node, spot);
    case "expression":
      return expressionValue(shape, node, withRoots(spot, shape.roots));
    case "template":
      return templateValue(shape, node, withRoots(spot, shape.roots));
    case "reference":
      return referenceValue(shape, node, spot);
    case "steps":
      return stepsValue(shape, node, spot);
    case "step":
      return stepValue(node, spot);
    case "object":
      return objectValue(shape, node, spot);
    case "record":
      return recordValue(shape, node, spot);
    case "list":
      return listValue(shape, node, spot);
    case "one-or-many":
      return oneOrManyValue(shape, node, spot);
    case "variant":
      return variantValue(shape, node, spot);
    case "either":
      return eitherValue(shape, node, spot);
    case "json":
      return toJson(node);
  }
}

function referenceValue(shape: Of<"reference">, node: YamlNode, spot: Spot): string | undefined {
  const scalar = scalarOr(shape, node, spot);
  if (scalar === undefined) return undefined;
  const { text: name, at } = scalar;
  spot.site.references.push({ to: shape.to, name, at, pointer: spot.pointer });
  return name;
}

function listValue(shape: Of<"list">, node: YamlNode, spot: Spot): unknown[] | undefined {
  if (node.kind !== "list") return single(shape, node, spot);
  if (node.items.length < (shape.minimum ?? 0)) {
    const message = `the list has ${count(node.items.length)}; expected at least ${shape.minimum}`;
    spot.walk.slip("spec/wrong-value", node.at, message);
  }
  const [first] = node.items;
  // `parallel: [ call, call ]`: one finding for all of them.
  if (shape.items.shape.type === "steps" && first !== undefined && node.items.every(isMap)) {
    return wrongType(
      shape.items.shape,
      first,
      spot,
      "each item is a list of its own: a branch of one step begins with - -",
    );
  }
  return items(shape.items.shape, node.items, spot);
}

/** One item in the place of the list: it is looked at all the same. */
function single(shape: Of<"list">, node: YamlNode, spot: Spot): unknown[] | undefined {
  const item = shape.items.shape;
  if (item.type !== "object" || !fits(item, node)) return wrongType(shape, node, spot);
  const message = "a map stands here; expected a list";
  spot.walk.slip("spec/wrong-type", node.at, message, {
    help: "a list begins with -, or stands in [ ]",
  });
  return items(item, [node], spot);
}

const isMap = (node: YamlNode): boolean => node.kind === "map";
const count = (items: number): string => `${items} ${items === 1 ? "item" : "items"}`;

function oneOrManyValue(shape: Of<"one-or-many">, node: YamlNode, spot: Spot): unknown[] {
  const { shape: inner } = shape.items;
  if (node.kind === "map" && inner.type === "variant") {
    return present(variantValue(inner, node, below(spot, 0), "or-list"));
  }
  return items(inner, node.kind === "list" ? node.items : [node], spot);
}

function items(shape: Shape, nodes: readonly YamlNode[], spot: Spot): unknown[] {
  return nodes.flatMap((node, index) => {
    const place = below(spot, index);
    return present(
      shape.type === "variant"
        ? variantValue(shape, node, place, "in-list")
        : spot.value(shape, node, place),
    );
  });
}

const present = (value: unknown): unknown[] => (value === undefined ? [] : [value]);

/** The first option that fits; else the only one of the node's kind, for the better message. */
function eitherValue(shape: Of<"either">, node: YamlNode, spot: Spot): unknown {
  const shapes = shape.options.map((option) => option.shape);
  const fitting = shapes.find((option) => fits(option, node));
  if (fitting !== undefined) {
    if (fitting.type === "template" && shapes.some(isMapped)) referToMappings(node, spot);
    return spot.value(fitting, node, spot);
  }
  const sameKind = shapes.filter((option) => isOfKind(option, node));
  const [only] = sameKind;
  if (only !== undefined && sameKind.length === 1) return spot.value(only, node, spot);
  return wrongType(shape, node, spot);
}

/** `{ map: … }` where a mapping makes a value. */
const isMapped = (shape: Shape): boolean =>
  shape.type === "object" &&
  shape.fields["map"]?.shape.type === "reference" &&
  shape.fields["map"].shape.to === "mapping";

/**
 * `{ map: … }` as an item or member at the top of such a value names a mapping, too: misspelt, it
 * would be sent to the partner as it stands.
 */
function referToMappings(node: YamlNode, spot: Spot): void {
  const inner =
    node.kind === "list"
      ? node.items.map((value, index) => ({ value, key: String(index) }))
      : node.kind === "map"
        ? node.entries
        : [];
  for (const { key, value } of inner) {
    const entries = value.kind === "map" ? value.entries : [];
    const named = entries.find((entry) => entry.key === "map")?.value;
    const alone = entries.every((entry) => entry.key === "map" || entry.key === "with");
    if (named?.kind !== "scalar" || !alone || !/^[\w.-]+(\/[\w.-]+)+$/.test(named.text)) continue;
    const { pointer } = below(below(spot, key), "map");
    spot.site.references.push({ to: "mapping", name: named.text, at: named.at, pointer });
  }
}
