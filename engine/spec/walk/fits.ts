import { closest } from "../../errors/did-you-mean.ts";
import type { Fields, Shape } from "../../model/field.ts";
import type { MapNode, YamlNode } from "../yaml/node.ts";
import { parseDuration } from "./duration.ts";

/** True for a node that the shape was most likely meant for. */
export function fits(shape: Shape, node: YamlNode): boolean {
  if (!isOfKind(shape, node)) return false;
  if (node.kind === "scalar") {
    if (shape.type === "choice") return shape.values.includes(node.text);
    if (shape.type === "duration") return parseDuration(node.text) !== undefined;
    if (shape.type === "number") return typeof node.value === "number";
  }
  return shape.type !== "object" || node.kind !== "map" || looksLike(shape.fields, node);
}

/** All required keys stand there, and every other is known or nearly so. */
function looksLike(fields: Fields, node: MapNode): boolean {
  const keys = Object.keys(fields);
  const given = new Set(node.entries.map((entry) => entry.key));
  const complete = Object.entries(fields).every(([key, field]) => field.optional || given.has(key));
  return (
    complete && [...given].every((key) => keys.includes(key) || closest(key, keys) !== undefined)
  );
}

export function isOfKind(shape: Shape, node: YamlNode): boolean {
  switch (shape.type) {
    case "object":
    case "record":
    case "variant":
    case "step":
      return node.kind === "map";
    case "list":
    case "steps":
      return node.kind === "list";
    case "template":
      return shape.single !== true || node.kind === "scalar";
    case "json":
    case "one-or-many":
    case "either":
      return true;
    default:
      return node.kind === "scalar";
  }
}
