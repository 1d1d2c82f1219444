import { finding } from "../../errors/codes.ts";
import { listWords } from "../../errors/did-you-mean.ts";
import { holdsExpression } from "../../mapping/index.ts";
import type { Field, Fields, Shape, Variant } from "../../model/field.ts";
import { keyHelp, type MapEntry, type MapNode, type YamlNode } from "../yaml/node.ts";
import { otherName } from "./other-names.ts";
import { meantBy } from "./meant.ts";
import { type Misnested, misnested, misnestedMembers, misnestedWords } from "./misnested.ts";
import { guess, meantWord, otherWord } from "./other-words.ts";
import { meantKey } from "./meant-key.ts";
import { misplacedKey, misplacedMember } from "./misplaced-key.ts";
import { camelCase, respelt } from "./names.ts";
import { wrongType } from "./scalar.ts";
import { suits, withoutTooDeep, withoutTooShallow } from "./wrong-depth.ts";
import { below, type Spot, under } from "./walk.ts";

type Of<Type extends Shape["type"]> = Extract<Shape, { type: Type }>;
type Compiled = Record<string, unknown>;

export function objectValue(shape: Of<"object">, node: YamlNode, spot: Spot): Compiled | undefined {
  if (node.kind !== "map") return wrongType(shape, node, spot);
  const own = inPlace(shape.fields, node, spot);
  refuseUnknown(own, shape.fields, spot);
  return { ...members(shape.fields, own, spot), at: node.at };
}

/** The map without what is indented too far or too little. */
export function inPlace(fields: Fields, node: MapNode, spot: Spot): MapNode {
  if (spot.walk.isSound) return node;
  const isOwn = ({ key }: MapEntry): boolean => Object.hasOwn(fields, key);
  const inner = ({ key }: MapEntry): Fields | undefined => {
    const shape = fields[key]?.shape;
    return shape?.type === "object" ? shape.fields : undefined;
  };
  return withoutTooShallow(withoutTooDeep(node, spot, isOwn), spot, isOwn, inner);
}

/** The fields that are given, compiled, under their camel-case names; required ones are asked for. */
export function members(fields: Fields, node: MapNode, spot: Spot): Compiled {
  const compiled: Compiled = {};
  const given = new Map(node.entries.map((entry) => [entry.key, entry]));
  const lost = misnested(fields, node);
  const inside = under({ fields }, node, spot);
  for (const [key, field] of Object.entries(fields)) {
    const entry = given.get(key);
    if (key === lost?.home) continue;
    if (entry === undefined) {
      if (!field.optional && !isMisspelt(key, fields, node)) missing(key, field, node, spot);
      continue;
    }
    const value = spot.value(field.shape, entry.value, below(inside, key));
    if (value !== undefined) compiled[camelCase(key)] = value;
  }
  return compiled;
}

/** A key that is near to a missing one was most likely meant for it: one finding is enough. */
function isMisspelt(key: string, fields: Fields, node: MapNode): boolean {
  const given = new Set(node.entries.map((entry) => entry.key));
  const free = Object.keys(fields).filter((one) => !given.has(one));
  const strange = [...given].filter((one) => !Object.hasOwn(fields, one));
  return (
    strange.some((one) => meantWord(one, free) === key) ||
    loneMissing(fields, node, strange) === key
  );
}

/** The only key that is missing, where one other stands in its place. */
function loneMissing(
  fields: Fields,
  { entries }: MapNode,
  strange: readonly string[],
): string | undefined {
  const given = new Set(entries.map(({ key }) => key));
  const [only, second] = Object.entries(fields).flatMap(([key, { optional }]) =>
    optional || given.has(key) ? [] : [key],
  );
  const [other] = strange;
  return second === undefined &&
    strange.length === 1 &&
    misplacedKey(other ?? "", fields) === undefined
    ? only
    : undefined;
}

function missing(key: string, field: Field<unknown>, node: MapNode, spot: Spot): void {
  spot.walk.flaw("spec/missing-key", node.at, `"${key}" is missing`, {
    help: `${key}: ${field.docs}`,
  });
}

/** Reports keys that nothing reads. */
export function refuseUnknown(node: MapNode, fields: Fields, spot: Spot): void {
  const lost = misnested(fields, node);
  if (lost !== undefined) return refuseMisnested(lost, spot);
  const given = new Set(node.entries.map((entry) => entry.key));
  const asked = methodAndPath(node, fields);
  let before: Shape | undefined;
  for (const entry of node.entries) {
    if (Object.hasOwn(fields, entry.key)) {
      before = entry.value.kind === "scalar" ? fields[entry.key]?.shape : undefined;
      continue;
    }
    if (asked !== undefined && asked.keys.includes(entry.key)) {
      if (entry.key !== asked.keys[0]) continue;
      spot.walk.flaw(
        "spec/unknown-key",
        entry.keyAt,
        `unknown key "${entry.key}": the method is a key`,
        {
          help: `write ${asked.meant}`,
        },
      );
      continue;
    }
    // `{ choices: approve, reject }`: the list that lacks its brackets has the finding.
    if (before?.type === "list" && isBare(entry)) continue;
    const free = Object.keys(fields).filter((key) => !given.has(key));
    const strange = [...given].filter((key) => !Object.hasOwn(fields, key));
    const lacks = loneMissing(fields, node, strange);
    const meant = guess(entry.key, free);
    const instead = meant === "" && lacks !== undefined ? `, and "${lacks}" is missing` : meant;
    const message = `unknown key "${entry.key}"${instead}`;
    const help =
      keyHelp(entry) ??
      (otherWord(entry.key, free) === undefined
        ? (misplacedKey(entry.key, fields) ?? misplacedMember(entry, fields))
        : undefined) ??
      `keys here are ${listWords(Object.keys(fields), 40)}`;
    const near = meantKey(entry, free, fields);
    if (near === undefined) spot.walk.flaw("spec/unknown-key", entry.keyAt, message, { help });
    else {
      given.add(near);
      const diagnostic = finding("spec/unknown-key", entry.keyAt, message, { help });
      spot.walk.misspelt.push({ keyAt: entry.keyAt, meant: near, diagnostic });
    }
  }
}

function refuseMisnested(lost: Misnested, spot: Spot): void {
  const { message, help } = misnestedWords(lost);
  const at = (lost.empty ?? lost.strange[0])?.keyAt;
  if (at !== undefined) spot.walk.flaw("spec/unknown-key", at, message, { help });
}

/** `{ method: POST, path: /orders }`, as most tools have it, in the place of `{ post: /orders }`. */
function methodAndPath(
  { entries }: MapNode,
  fields: Readonly<Record<string, unknown>>,
): { readonly keys: readonly string[]; readonly meant: string } | undefined {
  const method = entries.find(({ key }) => key === "method");
  const path = entries.find(({ key }) => /^(?:path|url|uri)$/.test(key));
  const word = method?.value.kind === "scalar" ? method.value.text.toLowerCase() : "";
  if (path?.value.kind !== "scalar" || !Object.hasOwn(fields, word)) return undefined;
  const keys = [method?.key ?? "", path.key].filter((key) => !Object.hasOwn(fields, key));
  return { keys, meant: `${word}: ${path.value.text}` };
}

/** `{ method: GET, path: /orders }`, where the method is the kind. */
function writeMethod(node: MapNode, { kinds }: Of<"variant">): string | undefined {
  const asked = methodAndPath(node, kinds);
  return asked === undefined ? undefined : `write ${asked.meant}`;
}

/** `{ type: bearer, … }`, where the kind itself is the key. */
function writeKind({ entries }: MapNode, { kinds }: Of<"variant">): string | undefined {
  const named = entries.find(({ key }) => /^(?:type|kind|scheme|method)$/.test(key));
  const kind =
    named?.value.kind === "scalar" ? meantWord(named.value.text, Object.keys(kinds)) : undefined;
  return kind === undefined ? undefined : `the kind is the key: write { ${kind}: … }`;
}

const isBare = ({ value }: MapEntry): boolean => value.kind === "scalar" && value.value === null;

/** The map of names without what is indented too far or too little. */
function membersInPlace(shape: Of<"record">, node: MapNode, spot: Spot): MapNode {
  if (spot.walk.isSound) return node;
  const { shape: member } = shape.values;
  const fields = member.type === "object" ? member.fields : undefined;
  const isField = (key: string): boolean => fields !== undefined && Object.hasOwn(fields, key);
  const named = withoutTooDeep(
    node,
    spot,
    ({ key, value }) => (shape.key?.test(key) ?? true) && suits(member, value),
  );
  return withoutTooShallow(
    named,
    spot,
    ({ key, value }) => value.kind === "map" || !isField(key),
    // Not below what may itself stand too high.
    ({ key }) => (isField(key) ? undefined : fields),
  );
}

export function recordValue(shape: Of<"record">, node: YamlNode, spot: Spot): Compiled | undefined {
  if (node.kind !== "map") return wrongType(shape, node, spot);
  const compiled: Compiled = {};
  const own = membersInPlace(shape, node, spot);
  const inside = under(shape, own, spot);
  const lost = misnestedMembers(shape, own);
  if (lost !== undefined) {
    refuseMisnested(lost, spot);
    return undefined;
  }
  for (const entry of own.entries) {
    if (holdsExpression(entry.key, spot.roots)) {
      const message = `the key "${entry.key}" holds an expression, and keys are taken as they are`;
      const help = "name it by a word, and keep what is computed under it";
      const found = finding("mapping/expression-in-key", entry.keyAt, message, { help });
      spot.walk.diagnostics.push(found);
      continue;
    }
    if (shape.key !== undefined && !shape.key.test(entry.key)) {
      const message = `"${entry.key}" is not ${shape.expected ?? "a name that is allowed here"}`;
      const meant = respelt(entry.key, shape.key);
      const help = meant === undefined ? {} : { help: `write ${meant}` };
      if (meant === undefined) spot.walk.slip("spec/wrong-value", entry.keyAt, message, help);
      else spot.walk.flaw("spec/wrong-value", entry.keyAt, message, help);
      continue;
    }
    // `ERP_TOKEN: { env: ERP_TOKEN }`: what the text is of, only the record knows.
    if (shape.values.shape.type === "text" && entry.value.kind !== "scalar") {
      const help = meantBy(shape.values.shape, entry.value) ?? `${entry.key}: ${shape.values.docs}`;
      wrongType(shape.values.shape, entry.value, spot, help);
      continue;
    }
    const value = spot.value(shape.values.shape, entry.value, below(inside, entry.key));
    if (value !== undefined) compiled[entry.key] = value;
  }
  return compiled;
}

/** An object in which exactly one key says the kind. `among`: how several may stand here. */
export function variantValue(
  shape: Of<"variant">,
  node: YamlNode,
  spot: Spot,
  among: "alone" | "or-list" | "in-list" = "alone",
): Compiled | undefined {
  if (node.kind !== "map") return wrongType(shape, node, spot);
  const named = node.entries.filter(({ key }) => Object.hasOwn(shape.kinds, key));
  const [entry, second] = named;
  const kind = entry === undefined ? undefined : shape.kinds[entry.key];
  if (entry === undefined || kind === undefined) return kindMissing(shape, node, spot);
  if (second !== undefined && !Object.hasOwn(kind.fields, second.key)) {
    const message = `"${entry.key}" and "${second.key}" stand together; each says what this is, so it can be only one`;
    spot.walk.flaw("spec/kinds-mixed", second.keyAt, message, {
      help: separately[among](named),
      related: [{ at: entry.keyAt, message: `"${entry.key}" stands here` }],
    });
    return undefined;
  }
  return oneKind(entry, kind, { shape, node }, spot);
}

/** What to do about several kinds in one map, by whether there may be several. */
const separately = {
  alone: () => "keep one of them",
  "or-list": (named: readonly MapEntry[]) => {
    const items = named.map(({ key, value }) => {
      const text = value.kind === "scalar" && !value.quoted ? value.text : "…";
      return `{ ${key}: ${text} }`;
    });
    return `write a list: [ ${items.join(", ")} ]`;
  },
  "in-list": () => "make an item of its own of each",
} as const;

function oneKind(
  entry: MapEntry,
  kind: Variant,
  of: { readonly shape: Of<"variant">; readonly node: MapNode },
  spot: Spot,
): Compiled {
  const fields = { ...kind.fields, ...of.shape.shared };
  const all = { [entry.key]: kind.value, ...fields };
  const own = inPlace(all, of.node, spot);
  refuseUnknown(own, all, spot);
  const value = spot.value(kind.value.shape, entry.value, below(spot, entry.key));
  return { ...members(fields, own, spot), kind: entry.key, value, at: of.node.at };
}

function kindMissing(shape: Of<"variant">, node: MapNode, spot: Spot): undefined {
  const kinds = Object.keys(shape.kinds);
  const unknown = node.entries.find(({ key }) => !Object.hasOwn(shape.shared, key));
  const at = unknown?.keyAt ?? node.at;
  const message =
    unknown === undefined
      ? `one of ${listWords(kinds)} is missing`
      : `"${unknown.key}" is none of ${listWords(kinds)}${guess(unknown.key, kinds)}`;
  const more = {
    help:
      (unknown && (keyHelp(unknown) ?? otherName(unknown.key, shape.kinds))) ??
      writeMethod(node, shape) ??
      writeKind(node, shape) ??
      `add exactly one of ${listWords(kinds)}`,
  };
  const fields = Object.fromEntries(kinds.map((kind) => [kind, shape.kinds[kind]?.value]));
  const meant = unknown && meantKey(unknown, kinds, fields);
  if (unknown === undefined || meant === undefined) {
    spot.walk.flaw("spec/kind-missing", at, message, more);
    return;
  }
  const diagnostic = finding("spec/kind-missing", at, message, more);
  spot.walk.misspelt.push({ keyAt: unknown.keyAt, meant, diagnostic });
}
