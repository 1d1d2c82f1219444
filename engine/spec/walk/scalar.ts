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
  const isCode = spot.pointer.endsWith("/code");
  const meant =
    shape.pattern === undefined
      ? undefined
      : (meantText(scalar.text, shape.pattern) ?? (isCode ? meantCode(scalar.text) : undefined));
  if (meant !== undefined && isCode) {
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

/** `tax.setup.missing` or `Kredit!` as words joined by -. */
function meantCode(text: string): string | undefined {
  const words = text.toLowerCase().match(/[a-z0-9]+/g);
  return words === null ? undefined : words.join("-");
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
  const whole = shape.integer ? Math.round(value) : value;
  const nearest = Math.min(Math.max(whole, shape.minimum ?? whole), shape.maximum ?? whole);
  if (nearest === value) return value;
  spot.walk.slip("spec/wrong-value", scalar.at, `${given(scalar)} is not ${expected(shape)}`);
  return nearest;
}

export function durationValue(
  shape: Of<"duration">,
  node: YamlNode,
  spot: Spot,
): number | undefined {
  const scalar = scalarOr(shape, node, spot);
  if (scalar === undefined) return undefined;
  const parsed = parseDuration(scalar.text);
  const isNoTime = parsed === 0 && shape.positive === true;
  if (parsed !== undefined && !isNoTime) return parsed;
  const message = isNoTime
    ? `"${scalar.text}" is no time at all; expected a longer one, such as 30s, 10m or 2h`
    : `${given(scalar)} is not ${expected(shape)}`;
  const { help, ms } = isNoTime ? unknownTime : meantTime(scalar);
  spot.walk.slip("spec/wrong-value", scalar.at, message, help === undefined ? {} : { help });
  return ms;
}

interface MeantTime {
  readonly help?: string;
  readonly ms: number;
}

/** Some time, of which nobody knows how long it is: it is neither longer nor shorter than another. */
const unknownTime: MeantTime = { ms: NaN };

/** What was most likely meant, so that the rest of the document is looked at; nothing is run by it. */
function meantTime({ text, value }: ScalarNode): MeantTime {
  if (typeof value === "number") {
    const units = ["s", "m", "h"].map((unit) => `${text}${unit}`).join(", ");
    // Most who leave it out mean seconds.
    return { help: `add the unit: ${units} or ${text}d`, ms: value * 1_000 };
  }
  const meant = meantDuration(text);
  return meant === undefined
    ? unknownTime
    : { help: `write ${meant}`, ms: parseDuration(meant) ?? NaN };
}
