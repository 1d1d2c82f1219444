import type { Shape } from "../../model/field.ts";
import { quote } from "../yaml/repair-line.ts";
import type { ScalarNode, YamlNode } from "../yaml/node.ts";
import { parseDuration } from "./duration.ts";
import { expected } from "./expected.ts";
import { meantBy, meantDuration } from "./meant.ts";
import { describe, respelt, shorten } from "./names.ts";
import { meantWord } from "./other-words.ts";
import type { Spot } from "./walk.ts";

type Of<Type extends Shape["type"]> = Extract<Shape, { type: Type }>;

/** Reports a value of the wrong kind. */
export function wrongType(shape: Shape, node: YamlNode, spot: Spot, help?: string): undefined {
  const message = `${describe(node)} stands here; expected ${expected(shape)}`;
  const meant = help ?? meantBy(shape, node);
  spot.walk.flaw("spec/wrong-type", node.at, message, meant === undefined ? {} : { help: meant });
}

function wrongValue(shape: Shape, node: ScalarNode, spot: Spot, help?: string): undefined {
  const message = `${given(node)} is not ${expected(shape)}`;
  spot.walk.flaw("spec/wrong-value", node.at, message, help === undefined ? {} : { help });
}

const given = (node: ScalarNode): string =>
  typeof node.value === "string" ? `"${shorten(node.text)}"` : node.text;

/** The scalar, unless something else or nothing stands there. */
export function scalarOr(shape: Shape, node: YamlNode, spot: Spot): ScalarNode | undefined {
  if (node.kind === "scalar" && node.value !== null) return node;
  return wrongType(shape, node, spot);
}

export function textValue(shape: Of<"text">, node: YamlNode, spot: Spot): string | undefined {
  const scalar = scalarOr(shape, node, spot);
  if (scalar === undefined) return undefined;
  const fits = shape.pattern?.test(scalar.text) ?? true;
  if (typeof scalar.value !== "string" && (shape.pattern === undefined || !fits)) {
    return wrongType(shape, scalar, spot, `quote it if it is a text: ${quote(scalar.text)}`);
  }
  if (fits) return scalar.text;
  const meant = shape.pattern === undefined ? undefined : meantText(scalar.text, shape.pattern);
  if (meant !== undefined && spot.pointer.endsWith("/code")) {
    const message = `${given(scalar)} is not ${expected(shape)}`;
    spot.walk.slip("spec/wrong-value", scalar.at, message, { help: `write ${meant}` });
    return meant;
  }
  return wrongValue(shape, scalar, spot, meant === undefined ? undefined : `write ${meant}`);
}

/** The text as the pattern wants it; `/orders/:orderId` is how other routers write a parameter. */
function meantText(text: string, pattern: RegExp): string | undefined {
  const braced = text.replaceAll(/\/:(\w+)/g, "/{$1}");
  const rooted = `/${braced.replace(/^\//, "")}`;
  const path = [braced, rooted].find((one) => one !== text && pattern.test(one));
  if (path !== undefined) return path;
  // `process/order-sync`: where it stands is no part of a name.
  const [last = ""] = /[^/]+$/.exec(text) ?? [];
  return respelt(text, pattern) ?? respelt(last.replace(/\.ya?ml$/, ""), pattern);
}

export function choiceValue(shape: Of<"choice">, node: YamlNode, spot: Spot): string | undefined {
  const scalar = scalarOr(shape, node, spot);
  if (scalar === undefined || shape.values.includes(scalar.text)) return scalar?.text;
  const meant = meantWord(scalar.text, shape.values);
  if (meant === undefined) return wrongValue(shape, scalar, spot);
  const message = `${given(scalar)} is not ${expected(shape)}`;
  spot.walk.slip("spec/wrong-value", scalar.at, message, { help: `write ${meant}` });
  return meant;
}

export function booleanValue(shape: Shape, node: YamlNode, spot: Spot): boolean | undefined {
  const scalar = scalarOr(shape, node, spot);
  if (scalar === undefined) return undefined;
  return typeof scalar.value === "boolean" ? scalar.value : wrongType(shape, scalar, spot);
}

export function numberValue(shape: Of<"number">, node: YamlNode, spot: Spot): number | undefined {
  const scalar = scalarOr(shape, node, spot);
  if (scalar === undefined) return undefined;
  const { value } = scalar;
  if (typeof value !== "number") return wrongType(shape, scalar, spot);
  const inRange = value >= (shape.minimum ?? value) && value <= (shape.maximum ?? value);
  const whole = !shape.integer || Number.isInteger(value);
  return inRange && whole ? value : wrongValue(shape, scalar, spot);
}

export function durationValue(
  shape: Of<"duration">,
  node: YamlNode,
  spot: Spot,
): number | undefined {
  const scalar = scalarOr(shape, node, spot);
  if (scalar === undefined) return undefined;
  const parsed = parseDuration(scalar.text);
  if (parsed === 0 && shape.positive === true) {
    const message = `"${scalar.text}" is no time at all; expected a longer one, such as 30s, 10m or 2h`;
    spot.walk.flaw("spec/wrong-value", scalar.at, message);
    return undefined;
  }
  if (parsed !== undefined) return parsed;
  const message = `${given(scalar)} is not ${expected(shape)}`;
  if (typeof scalar.value === "number") {
    const units = ["s", "m", "h"].map((unit) => `${scalar.text}${unit}`).join(", ");
    const help = `add the unit: ${units} or ${scalar.text}d`;
    spot.walk.slip("spec/wrong-value", scalar.at, message, { help });
    // Most who leave it out mean seconds; nothing is run by it.
    return scalar.value * 1_000;
  }
  const meant = meantDuration(scalar.text);
  return wrongValue(shape, scalar, spot, meant === undefined ? undefined : `write ${meant}`);
}
