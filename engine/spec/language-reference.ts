import { codes, type Code, type CodeEntry } from "../errors/codes.ts";
import type { Field, Fields, Shape } from "../model/field.ts";
import { commonFields } from "../model/plan/step.ts";
import { stepDefinitions } from "../steps/index.ts";
import { documentFields } from "./editor-schema.ts";
import { rules } from "./rules/index.ts";
import { expected } from "./walk/expected.ts";

/** One key of the language. */
export interface KeyReference {
  readonly key: string;
  readonly docs: string;
  readonly required: boolean;
  /** What may stand there: "a duration such as …". */
  readonly expects: string;
  /** Keys inside. */
  readonly keys: readonly KeyReference[];
}

export interface StepReference {
  readonly kind: string;
  readonly docs: string;
  readonly example: string;
  readonly keys: readonly KeyReference[];
}

export interface CodeReference extends CodeEntry {
  readonly code: string;
  /** Why it is wrong, where a rule says more than the table. */
  readonly reason?: string;
}

/** The whole language, as data for the reference pages. */
export interface LanguageReference {
  readonly documents: Readonly<Record<string, readonly KeyReference[]>>;
  readonly steps: readonly StepReference[];
  readonly commonKeys: readonly KeyReference[];
  readonly codes: readonly CodeReference[];
}

/** Keys, step kinds and codes, all of them from the definitions that check the files. */
export function languageReference(): LanguageReference {
  return {
    documents: Object.fromEntries(
      Object.entries<Fields>(documentFields).map(([kind, fields]) => [kind, keysOf(fields)]),
    ),
    steps: Object.values(stepDefinitions).map(({ kind, docs, example, argument, beside }) => ({
      kind,
      docs,
      example,
      keys: keysOf({ [kind]: argument, ...beside }),
    })),
    commonKeys: keysOf(commonFields),
    codes: codeReference(),
  };
}

function keysOf(fields: Fields): readonly KeyReference[] {
  return Object.entries(fields).map(([key, field]) => keyOf(key, field));
}

function keyOf(key: string, { docs, optional, shape }: Field<unknown>): KeyReference {
  return { key, docs, required: !optional, expects: expected(shape), keys: keysInside(shape) };
}

function keysInside(shape: Shape): readonly KeyReference[] {
  switch (shape.type) {
    case "object":
      return keysOf(shape.fields);
    case "record":
      return [keyOf("<name>", shape.values)];
    case "list":
    case "one-or-many":
      return keysInside(shape.items.shape);
    case "either":
      return shape.options.flatMap((option) => keysInside(option.shape));
    case "variant":
      return [
        ...Object.entries(shape.kinds).map(([key, { docs, value, fields }]) => ({
          ...keyOf(key, { ...value, docs, optional: true }),
          keys: [...keysInside(value.shape), ...keysOf(fields)],
        })),
        ...keysOf(shape.shared),
      ];
    default:
      return [];
  }
}

function codeReference(): readonly CodeReference[] {
  const byRule = new Map<string, (typeof rules)[number]>(rules.map((rule) => [rule.code, rule]));
  return Object.entries<CodeEntry>(codes satisfies Record<Code, CodeEntry>).map(
    ([code, entry]): CodeReference => {
      const rule = byRule.get(code);
      if (rule === undefined) return { code, ...entry };
      const example = { wrong: rule.wrong, right: rule.right };
      return { code, ...entry, reason: rule.docs, example };
    },
  );
}
