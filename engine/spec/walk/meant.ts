import type { Field, Fields, ReferenceKind, Shape, Variant } from "../../model/field.ts";
import { listWords } from "../../errors/did-you-mean.ts";
import { quote } from "../yaml/repair-line.ts";
import type { ListNode, ScalarNode, YamlNode } from "../yaml/node.ts";
import { parseDuration } from "./duration.ts";
import { fits } from "./fits.ts";

/** What most likely was meant by a value of the wrong kind, as what to write. */
export function meantBy(shape: Shape, node: YamlNode): string | undefined {
  if (node.kind === "scalar" && node.value === null) return undefined;
  switch (shape.type) {
    case "list":
    case "steps":
      return meantList(shape, node);
    case "number":
      return node.kind === "scalar" ? meantNumber(node.text) : undefined;
    case "boolean":
      return node.kind === "scalar" ? meantBoolean(node.text) : undefined;
    case "variant":
      return node.kind === "scalar" ? meantKind(shape.kinds, node.text) : undefined;
    case "object":
      return node.kind === "scalar" ? meantMap(shape.fields, node) : undefined;
    case "record":
      return node.kind === "list" ? meantRecord(node) : undefined;
    case "text":
      return meantText(node);
    case "reference":
      return meantName(shape.to, node);
    case "either": {
      const list = shape.options.find((option) => option.shape.type === "list");
      return list === undefined || node.kind !== "scalar" ? undefined : meantBy(list.shape, node);
    }
    default:
      return undefined;
  }
}

/** `parallel: { branches: [ … ] }` in the place of the list itself. */
function meantList(shape: Shape, node: YamlNode): string {
  if (node.kind === "scalar") {
    return shape.type === "list" && shape.items.shape.type === "object"
      ? `it is a list of maps: [{ ${requiredOf(shape.items.shape.fields)} }]`
      : `write [${written(node)}], with all of them inside the brackets`;
  }
  const [only, second] = node.kind === "map" ? node.entries : [];
  const [dash] = /^[\u2010-\u2015\u2212\u2022]/.exec(only?.key ?? "") ?? [];
  if (dash !== undefined) return `"${dash}" is no hyphen: a list begins with -`;
  if (shape.type === "list" && only?.value.kind === "list" && second === undefined) {
    return `leave "${only.key}" out: its list stands here by itself`;
  }
  const item = shape.type === "list" ? shape.items.shape : undefined;
  return item?.type === "object" && !fits(item, node)
    ? `it is a list of maps: [{ ${requiredOf(item.fields)} }]`
    : "a list begins with -, or stands in [ ]";
}

/** `[order.created]` in the place of `order.created: …`. */
function meantRecord({ items: [first] }: ListNode): string {
  const such = first?.kind === "scalar" ? `, such as ${first.text}: …` : "";
  return `each is a line of <name>: <value>, without -${such}`;
}

const requiredOf = (fields: Fields): string =>
  Object.entries(fields)
    .flatMap(([key, { optional }]) => (optional ? [] : [`${key}: …`]))
    .join(", ");

/** `{ description: What it is }` in the place of the text itself. */
function meantText(node: YamlNode): string | undefined {
  if (node.kind !== "map") return undefined;
  const [text] = node.entries.filter(({ key }) => key === "description");
  return text?.value.kind === "scalar" ? `write the text alone: ${written(text.value)}` : undefined;
}

/** `[erp]` in the place of `erp`, and a poll where its name is meant. */
function meantName(to: ReferenceKind, node: YamlNode): string | undefined {
  if (node.kind === "map" && (to === "poll" || to === "webhook")) {
    return `declare it under ${to}s of its adapter, and write its name here: <adapter>.<${to}>`;
  }
  const [first, second] = node.kind === "list" ? node.items : [];
  if (first?.kind !== "scalar") return undefined;
  return `write ${written(first)}${second === undefined ? "" : ", or another: there is only one"}`;
}

/** `auth: none` in the place of `auth: { none: true }`. */
function meantKind(kinds: Readonly<Record<string, Variant>>, text: string): string {
  // `wait: 5m`, `trigger: crm.order.won`
  const [timed] =
    Object.entries(kinds).find(([, { value }]) => value.shape.type === "duration") ?? [];
  if (timed !== undefined && parseDuration(text) !== undefined)
    return `write { ${timed}: ${text} }`;
  if (timed !== undefined && /^\d+$/.test(text))
    return `write { ${timed}: ${text}s }, with its unit`;
  const line = meantLine(kinds, text);
  if (line !== undefined) return line;
  const isEvent = Object.hasOwn(kinds, "event") && /^[\w-]+(?:\.[\w-]+)+$/.test(text);
  if (isEvent) return `write { event: ${text} }`;
  const kind = Object.hasOwn(kinds, text) ? kinds[text] : undefined;
  if (kind === undefined) return `it is a map with one of ${listWords(Object.keys(kinds))}`;
  return `write { ${text}: ${kind.value.shape.type === "boolean" ? "true" : "…"} }`;
}

/** `yes`, which YAML 1.2 reads as a text, and `"true"`. */
function meantBoolean(text: string): string | undefined {
  if (/^(?:true|yes|y|on|1)$/i.test(text)) return "write true, without quotes";
  return /^(?:false|no|n|off|0)$/i.test(text) ? "write false, without quotes" : undefined;
}

function meantNumber(text: string): string | undefined {
  const [, percent] = /^(\d+(?:\.\d+)?)\s*%$/.exec(text) ?? [];
  if (percent !== undefined) return `write ${Number(percent) / 100}`;
  return /^-?\d+(?:\.\d+)?$/.test(text) ? `write ${text}, without quotes` : undefined;
}

/** `post /orders` */
function meantLine(keys: Readonly<Record<string, unknown>>, text: string): string | undefined {
  const [, method = "", path] = /^([A-Za-z]+)\s+(\/\S*)$/.exec(text) ?? [];
  const key = method.toLowerCase();
  return path !== undefined && Object.hasOwn(keys, key) ? `write { ${key}: ${path} }` : undefined;
}

/** A value in the place of the map that holds it: the key that was left out, if one would do. */
function meantMap(fields: Fields, node: ScalarNode): string {
  const line = meantLine(fields, node.text);
  if (line !== undefined) return line;
  const all = Object.entries(fields).filter(([, field]) => takes(field, node));
  const fitting = all.filter(([name]) => name !== "description");
  const [name] = fitting.find(([, { optional }]) => !optional) ?? fitting[0] ?? [];
  const others = Object.entries(fields)
    .filter(([key, { optional }]) => !optional && key !== name)
    .map(([key]) => `${key}: …`);
  return name === undefined || others.length > 1
    ? `it is a map of ${listWords(Object.keys(fields))}`
    : `write { ${[...others, `${name}: ${written(node)}`].join(", ")} }`;
}

function takes({ shape }: Field<unknown>, { text, value }: ScalarNode): boolean {
  switch (shape.type) {
    case "number":
      return typeof value === "number";
    case "duration":
      return parseDuration(text) !== undefined;
    case "expression":
      return text.includes("$") && !text.includes("${");
    case "template":
      return text.includes("${");
    case "reference":
    case "text":
      return (
        typeof value === "string" &&
        (shape.type === "reference" || (shape.pattern?.test(text) ?? true))
      );
    default:
      return false;
  }
}

const written = (node: ScalarNode): string => (node.quoted ? quote(node.text) : node.text);

const units: readonly (readonly [name: RegExp, unit: string])[] = [
  [/^(?:ms|milli(?:second)?s?)$/, "ms"],
  [/^(?:s|secs?|seconds?)$/, "s"],
  [/^(?:m|mins?|minutes?)$/, "m"],
  [/^(?:h|hrs?|hours?)$/, "h"],
  [/^(?:d|days?)$/, "d"],
  [/^(?:w|weeks?)$/, "w"],
  [/^(?:y|years?)$/, "y"],
];

/** A month as days, since months differ; `hour` and `hourly` as one of them. */
function inUnits(text: string): string {
  const [, months] = /^(\d+) ?(?:mo|mon|months?)$/.exec(text) ?? [];
  if (months !== undefined) return `${Number(months) * 30}d`;
  if (text === "daily") return "1d";
  return text.replace(/^(second|minute|hour|day|week|year)(?:ly)?$/, "1 $1");
}

/** `5 minutes`, `PT5M` and `1h30m` as this language writes them. */
export function meantDuration(text: string): string | undefined {
  const plain = inUnits(text.trim().toLowerCase());
  const [, days = "", time = ""] = /^p((?:\d+[dwy])*)(?:t((?:\d+[hms])+))?$/.exec(plain) ?? [];
  const iso = `${days}${time}`;
  const parts = [...(iso === "" ? plain : iso).matchAll(/(\d+)\s*([a-z]+)\s*/g)];
  if (parts.length === 0 || parts.map(([whole]) => whole).join("") !== (iso === "" ? plain : iso)) {
    return undefined;
  }
  const named = parts.map(([, amount = "", word = ""]) => {
    const unit = units.find(([name]) => name.test(word))?.[1];
    return unit === undefined ? undefined : `${amount}${unit}`;
  });
  if (named.some((one) => one === undefined)) return undefined;
  const [only, second] = named;
  if (second === undefined) return only;
  const total = named.reduce((sum, one) => sum + (parseDuration(one ?? "") ?? 0), 0);
  return total % 60_000 === 0 ? `${total / 60_000}m` : `${total / 1000}s`;
}
