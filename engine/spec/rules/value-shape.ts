import { didYouMean, listWords } from "../../errors/did-you-mean.ts";
import type { MadeObject, PathRead, Shape } from "../../mapping/index.ts";
import type { Json } from "../../model/json.ts";
import { formatFault, isMiss, type SchemaView } from "../../validation/index.ts";
import type { Report } from "./rule.ts";
import { typeWords } from "./type-words.ts";
import type { ReadTarget } from "./value-reads.ts";
import { written } from "./value-reads.ts";

/** What is wanted at one place of a value. */
export interface Wanted {
  /** Name of the schema, for messages. */
  readonly schema: string;
  readonly view: SchemaView;
  /** The place as people write it; `` for the whole value. */
  readonly name: string;
}

interface Check {
  /**
   * Members that the schema does not describe are told: all of them, or those of a closed schema.
   * Elsewhere they have a finding of their own.
   */
  readonly unknown?: "all" | "closed";
  readonly report: Report;
  readonly target: (read: PathRead | undefined) => ReadTarget | undefined;
}

/**
 * What is known of a value without data, held against the schema that takes it. Only what must fail
 * is told: a member that is never made, a constant that is not allowed, a type that never fits.
 */
export function checkShape(shape: Shape | undefined, wanted: Wanted, check: Check): void {
  switch (shape?.kind) {
    case undefined:
      return;
    case "constant": {
      const flaw = constantFlaw(wanted, shape.value, shape.text);
      if (flaw !== undefined) check.report(shape.at, flaw.message, { help: flaw.help });
      return;
    }
    case "object":
      return checkObject(shape, wanted, check);
    case "list": {
      if (!fits(["array"], wanted.view)) {
        check.report(shape.at, `a list is made${placeText(wanted)}`, {
          help: "make the value itself, without [ ]",
        });
        return;
      }
      // A tuple says of each place what stands there; of a list among alternatives nothing is certain.
      if (wanted.view.annotation("prefixItems") !== undefined) return;
      if (wanted.view.isArray && wanted.view.items === undefined) return;
      if (!wanted.view.isArray && wanted.view.types.size > 0) return;
      for (const item of shape.items) checkShape(item, itemOf(wanted), check);
      return;
    }
    case "many":
      return checkShape(shape.item, itemOf(wanted), check);
    case "either":
      // `null`, '' and `[]` beside something else stand for nothing, and often go before the end.
      for (const one of shape.of) if (!isNothing(one)) checkShape(one, wanted, check);
      return;
    case "read":
      return checkRead(shape.read, wanted, check);
    case "type": {
      const view = itemOf(wanted).view;
      if (fits([shape.type], view)) return;
      const made = typeWords[shape.type] ?? shape.type;
      check.report(shape.at, `${shape.by} gives ${made}${placeText(wanted)}`, {
        help: asType(view, shape.by),
      });
    }
  }
}

const isNothing = (shape: Shape): boolean =>
  (shape.kind === "constant" && (shape.value === null || shape.value === "")) ||
  (shape.kind === "list" && shape.items.length === 0);

function checkObject(shape: MadeObject, wanted: Wanted, check: Check): void {
  // One thing in the place of a list is taken for a list of one.
  const { schema, view, name } = itemOf(wanted);
  if (!fits(["object"], view)) {
    check.report(shape.at, `a map is made${placeText(wanted)}`, {
      help: `make ${wantedWords(view)}`,
    });
    return;
  }
  for (const [key, { shape: member, at }] of shape.members) {
    const property = view.property(key);
    const path = name === "" ? key : `${name}.${key}`;
    if (property !== undefined) checkShape(member, { schema, view: property, name: path }, check);
    else if (isRefused(view, check)) {
      const message = `"${path}" is not in the schema ${schema}${didYouMean(key, view.properties)}`;
      check.report(at, message, { help: `it has ${listWords(view.properties)}` });
    }
  }
  if (shape.isOpen) return;
  const misspelt = new Set(
    [...shape.members.keys()].filter((key) => view.property(key) === undefined && !view.isOpen),
  );
  // An absent list is taken for an empty one.
  const missing = view.properties.filter(
    (key) => view.requires(key) && !shape.members.has(key) && view.property(key)?.isArray !== true,
  );
  // What has a name that the schema lacks has a finding, and most likely is what is missing.
  if (missing.length === 0 || misspelt.size > 0) return;
  const names = missing.map((key) => `"${name === "" ? key : `${name}.${key}`}"`);
  const [verb, it] = missing.length === 1 ? ["is", "it"] : ["are", "them"];
  check.report(
    shape.at,
    `${listWords(names)} ${verb} missing; the schema ${schema} requires ${it}`,
    { help: `make ${it} here, or let the schema do without` },
  );
}

function isRefused(view: SchemaView, { unknown }: Check): boolean {
  if (unknown === undefined || view.isOpen) return false;
  return unknown === "all" || view.annotation("additionalProperties") === false;
}

function checkRead(read: PathRead, wanted: Wanted, { report, target }: Check): void {
  const place = target(read);
  const found = place?.view.follow(place.segments);
  if (place === undefined || found === undefined || isMiss(found)) return;
  const given = found.view.isArray ? found.view.items : found.view;
  const types = [...(given?.types ?? [])].filter((type) => type !== "null");
  const own = itemOf(wanted).view;
  if (types.length === 0 || fits(types, own)) return;
  const path = written(read);
  report(
    read.at,
    `"${path}" is ${listWords(types.map((type) => typeWords[type] ?? type))} in ${place.schema}${placeText(wanted, ", and")}`,
    {
      help: asType(own, path),
    },
  );
}

/** What a type can be turned into, where there is a function for it. */
function asType(view: SchemaView, of: string): string {
  const value = /^["$]|\[\]/.test(of) ? "…" : of;
  if (view.format === "decimal") return `write $roundTo(${value}, 2)`;
  if (view.types.has("string")) return `write $string(${value})`;
  if (view.types.has("number") || view.types.has("integer")) return `write $number(${value})`;
  return `make ${wantedWords(view)}`;
}

const itemOf = (wanted: Wanted): Wanted => {
  const { items } = wanted.view;
  return wanted.view.isArray && items !== undefined
    ? { ...wanted, view: items, name: `${wanted.name}[]` }
    : wanted;
};

function placeText({ schema, view, name }: Wanted, joint = ""): string {
  if (joint !== "") {
    const where = name === "" ? "" : ` for "${name}"`;
    return `${joint} ${schema} wants ${wantedWords(view)}${where}`;
  }
  return `${name === "" ? "" : ` for "${name}"`}, and ${schema} wants ${wantedWords(view)} there`;
}

const wantedWords = (view: SchemaView): string =>
  [...view.types].map((type) => typeWords[type] ?? type).join(" or ");

/** True when one of these JSON types may stand there; what the schema does not say is allowed. */
function fits(types: readonly string[], view: SchemaView): boolean {
  const wanted = view.types;
  return (
    wanted.size === 0 ||
    types.some(
      (type) =>
        wanted.has(type) ||
        // Of a number only data tells whether it is whole.
        (type === "number" && wanted.has("integer")) ||
        (type === "integer" && wanted.has("number")),
    )
  );
}

/** Why a constant is never taken, and what would be. */
export function constantFlaw(
  wanted: Wanted,
  value: Json,
  /** As a document has it, where no expression may stand. */
  plain?: string,
): { readonly message: string; readonly help: string } | undefined {
  const { schema, name } = wanted;
  const { view } = itemOf(wanted);
  const text = plain ?? (typeof value === "string" ? value : JSON.stringify(value));
  const shown = typeof value === "string" ? `"${text}"` : text;
  const where = name === "" ? "" : ` for "${name}"`;
  if (!fits(typesOf(value), view)) {
    const quoted = view.types.has("string") && value !== null;
    return {
      message: `${shown} is given${where}, and ${schema} wants ${listWords(view.types)} there`,
      help: quoted
        ? `write "${text}"`
        : `give ${listWords(view.types)}${plain === undefined ? ", or an expression" : ""}`,
    };
  }
  const { allowed } = view;
  if (allowed !== undefined && !allowed.includes(value)) {
    const values = allowed.map(String);
    return {
      message: `${shown} is not one of those that ${schema} allows${where}${didYouMean(text, values)}`,
      help: `it allows ${listWords(values)}`,
    };
  }
  const pattern = view.certainly("pattern");
  if (typeof value === "string" && typeof pattern === "string" && !matches(pattern, value)) {
    return {
      message: `${shown} is given${where}, and ${schema} wants what matches ${pattern} there`,
      help: "write it as the pattern says",
    };
  }
  const format = view.certainly("format");
  if (typeof format !== "string" || typeof value !== "string") return undefined;
  const example = formatFault(format, value);
  return example === undefined
    ? undefined
    : {
        message: `${shown} is given${where}, and ${schema} wants the format ${format} there`,
        help: `write it such as "${example}"`,
      };
}

/** Schemas with a pattern that is none have a finding of their own. */
function matches(pattern: string, text: string): boolean {
  try {
    return new RegExp(pattern, "u").test(text);
  } catch {
    return true;
  }
}

function typesOf(value: Json): readonly string[] {
  if (value === null) return ["null"];
  return Number.isInteger(value) ? ["integer"] : [typeof value];
}
