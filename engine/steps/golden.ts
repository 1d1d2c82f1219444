import type { Expression, Template } from "../model/expression.ts";
import { canonicalJson } from "../model/canonical-json.ts";
import { isJsonObject, type Json, type JsonObject } from "../model/json.ts";
import type { OwnershipConflict } from "../model/decision.ts";
import { expression, record, reference, template } from "../model/field.ts";
import type { Generation } from "../model/plan/generation.ts";
import type { StepPlan } from "../model/plan/step.ts";
import { SchemaView } from "../validation/index.ts";
import type { Progress, StepContext } from "./behaviour.ts";
import { defineStep } from "./define-step.ts";
import { extensionsOf } from "./shared/extensions.ts";
import { conform } from "./shared/conform.ts";
import { OwnFault } from "./shared/own-fault.ts";
import { textOf } from "./shared/truth.ts";

type GoldenStep = StepPlan<
  string,
  { readonly of: Readonly<Record<string, Template>>; readonly canonical: Expression }
>;

interface Attribute {
  readonly name: string;
  /** Its system of record; absent where anybody may say it. */
  readonly owner?: string;
  readonly nullable: boolean;
  readonly required: boolean;
  readonly personal: boolean;
}

interface Entity {
  readonly name: string;
  readonly attributes: readonly Attribute[];
}

/** What a system says of the record. */
interface Word {
  readonly system: string;
  readonly says: JsonObject;
}

const entities = new WeakMap<Generation, Map<string, Entity>>();

/** What a schema says of the entity: read once a generation. */
function entityOf(schema: string, generation: Generation): Entity {
  const known = entities.get(generation) ?? new Map<string, Entity>();
  entities.set(generation, known);
  const found = known.get(schema);
  if (found !== undefined) return found;
  const schemas = new Map([...generation.schemas].map(([name, plan]) => [name, plan.schema]));
  const view = SchemaView.of(schema, schemas);
  const name = view?.annotation("x-entity");
  const entity = {
    name: typeof name === "string" ? name : schema,
    attributes: (view?.properties ?? []).map((property) => attributeOf(property, view)),
  };
  known.set(schema, entity);
  return entity;
}

function attributeOf(name: string, entity: SchemaView | undefined): Attribute {
  const view = entity?.property(name);
  const owner = view?.annotation("x-system-of-record");
  const nullable = view?.isNullable === true;
  const personal = view?.annotation("x-pii") === true;
  const required = entity?.requires(name) === true;
  return { name, nullable, required, personal, ...(typeof owner === "string" ? { owner } : {}) };
}

type Finding = Pick<OwnershipConflict, "reason" | "source" | "kept" | "given">;

/** The value that stands, and those that do not. */
function survivor(
  { name, owner, nullable, required }: Attribute,
  words: readonly Word[],
  asked: ReadonlySet<string>,
): { readonly value: Json | undefined; readonly losers: readonly Finding[] } {
  const said = words.filter(({ says }) => (says[name] ?? null) !== null);
  const isWithheld = owner !== undefined && !asked.has(owner);
  const isCleared =
    nullable && words.some((word) => word.system === owner && word.says[name] === null);
  const isSilent = isWithheld || isCleared;
  const stands = said.find(({ system }) => system === owner) ?? (isSilent ? undefined : said[0]);
  const isThere = required || words.some(({ says }) => Object.hasOwn(says, name));
  const value = stands?.says[name] ?? (nullable && isThere ? null : undefined);
  if (owner === undefined) return { value, losers: [] };
  const kept = value ?? null;
  const losers = said
    .filter(({ says }) => canonicalJson(says[name] ?? null) !== canonicalJson(kept))
    .map(({ system, says }): Finding => {
      const reason = isWithheld ? "withheld" : "overruled";
      return { reason, source: system, kept, given: says[name] ?? null };
    });
  return { value, losers };
}

/** What each system keeps for itself: its own word alone. */
function ownExtensions(name: string, words: readonly Word[]): JsonObject {
  return Object.fromEntries(
    words.flatMap(({ system, says }) => {
      const all = says[name];
      const own = isJsonObject(all) ? all[system] : undefined;
      return own === undefined ? [] : [[system, own]];
    }),
  );
}

function wordsOf(step: GoldenStep, context: StepContext): readonly Word[] {
  return Object.entries(step.beside.of).flatMap(([system, template]) => {
    const says = context.evaluate(template) ?? null;
    if (says === null) return [];
    if (isJsonObject(says)) return [{ system, says }];
    throw new OwnFault(
      "golden/no-record",
      `what ${system} says is ${JSON.stringify(says).slice(0, 80)}; a record or null is taken`,
      step.at,
      "give the system's record, its members named as in the schema",
    );
  });
}

function advance(step: GoldenStep, context: StepContext): Progress {
  const entity = entityOf(step.argument, context.generation);
  const canonicalId = textOf(context.evaluate(step.beside.canonical));
  const words = wordsOf(step, context);
  const asked = new Set(Object.keys(step.beside.of));
  const { generation } = context;
  const extensions = new Set(extensionsOf(step.argument, generation));
  const record: [string, Json][] = [];
  const conflicts: OwnershipConflict[] = [];
  for (const attribute of entity.attributes) {
    const { name, owner = "", personal } = attribute;
    if (extensions.has(name)) {
      const own = ownExtensions(name, words);
      if (Object.keys(own).length > 0) record.push([name, own]);
      continue;
    }
    const { value, losers } = survivor(attribute, words, asked);
    if (value !== undefined) record.push([name, value]);
    const about = { entity: entity.name, canonicalId, attribute: name, owner, personal };
    conflicts.push(...losers.map((loser) => ({ ...about, ...loser })));
  }
  const result = conform(Object.fromEntries(record), step.argument, context.generation, {
    code: "golden/record-breach",
    what: "the golden record",
    at: step.at,
  });
  for (const conflict of conflicts) {
    context.conflict(conflict);
    const { reason, attribute, owner, source } = conflict;
    context.history(reason, { attribute, source, owner });
  }
  return { kind: "done", result };
}

/** Survivorship: of what several systems say of one record, each attribute by its system of record. */
export const golden = defineStep({
  kind: "golden",
  docs: "Makes one record of what several systems say of it: each attribute as its system of record (`x-system-of-record`) has it. Where that says null, the attribute is **cleared**, if the schema lets it be null; where it leaves the attribute out, or its whole record is null, it says nothing, and the first other system that says something fills the gap. Where the system of record is not among those asked, what others say is **withheld**: null, or left out. Each value that did not stand is kept with who gave it, when and why: `sluice conflicts` lists them.",
  example:
    '- golden: canonical/order@1\n  id: record\n  canonical: "$message.data.orderId"\n  of:\n    shop: "${ $message.data }"\n    erp: "${ { \'total\': $message.data.total } }"\n',
  argument: reference("schema", "Canonical schema of the record; it has `x-entity`."),
  beside: {
    of: record(
      template("Its record, or null where it has none."),
      "What each system says, by system.",
    ),
    canonical: expression("Canonical id of the record."),
  },
  behaviour: { advance },
});
