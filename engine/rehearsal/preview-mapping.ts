import { NeedsFact } from "../model/evaluation-error.ts";
import { type EvaluationContext, factKey, type FactRequest } from "../model/expression.ts";
import { isJsonObject, type Instant, type Json } from "../model/json.ts";
import type { Generation, MappingPlan, SchemaBreach } from "../model/plan/generation.ts";
import { type FieldOrigin, lineage } from "../mapping/index.ts";
import { coerceArrays } from "../steps/shared/coerce-arrays.ts";
import type { RehearsalWorld } from "./rehearsal.ts";

export interface PreviewInput {
  readonly generation: Generation;
  readonly mapping: MappingPlan;
  readonly value: Json;
  readonly now: Instant;
  /** What `$xref` and `$canonical` find; nothing unless given. */
  readonly crosswalk?: readonly CrosswalkEntry[];
  readonly world: Pick<RehearsalWorld, "evaluate">;
}

export interface CrosswalkEntry {
  readonly entity: string;
  readonly canonical: string;
  readonly system: string;
  readonly id: string;
}

/** What a mapping makes of one input, and what can be said of it. */
export interface Preview {
  readonly output: Json;
  /** Breaches of the `from` schema by the input, and of `to` by the output. */
  readonly inputBreaches: readonly SchemaBreach[];
  readonly outputBreaches: readonly SchemaBreach[];
  /** Which input paths feed each target field. */
  readonly origins: readonly FieldOrigin[];
  /** Leaves of this input that the mapping never reads, as paths: `lines.[].discount`. */
  readonly unread: readonly string[];
  /** Why the jsonata library evaluates this mapping; absent where it is compiled. */
  readonly byLibrary?: string;
}

/** Runs a mapping on one value. Throws `ExpressionError` where it cannot digest it. */
export async function previewMapping(input: PreviewInput): Promise<Preview> {
  const { generation, mapping, value } = input;
  const from = mapping.contract && generation.schemas.get(mapping.contract.from);
  const to = mapping.contract && generation.schemas.get(mapping.contract.to);
  const made = (await evaluate(input)) ?? null;
  const output = to === undefined ? made : coerceArrays(made, to, generation.schemas);
  const origins = lineage(mapping.expression.text);
  return {
    output,
    inputBreaches: from?.check(value) ?? [],
    outputBreaches: to?.check(output) ?? [],
    origins,
    unread: unreadPaths(value, origins),
    ...(mapping.expression.why === undefined ? {} : { byLibrary: mapping.expression.why }),
  };
}

async function evaluate({
  generation,
  mapping,
  value,
  now,
  crosswalk = [],
  world,
}: PreviewInput): Promise<Json | undefined> {
  const facts = new Map<string, Json>();
  const context: EvaluationContext = { now, seed: "preview", facts, codes: generation.codes };
  for (;;) {
    try {
      return mapping.expression.evaluate({ input: value }, context);
    } catch (error) {
      if (!(error instanceof NeedsFact)) throw error;
      const { request } = error;
      facts.set(
        factKey(request),
        request.kind === "evaluate" ? await world.evaluate(request) : found(request, crosswalk),
      );
    }
  }
}

function found(request: FactRequest, crosswalk: readonly CrosswalkEntry[]): Json {
  if (request.kind !== "xref" && request.kind !== "canonical") return null;
  const { entity, id, kind, system } = request;
  const entry = crosswalk.find(
    (one) =>
      one.entity === entity &&
      one.system === system &&
      (kind === "xref" ? one.canonical : one.id) === id,
  );
  return (kind === "xref" ? entry?.id : entry?.canonical) ?? null;
}

/** Leaves of `value` that no origin covers: an origin reads everything below its path. */
function unreadPaths(value: Json, origins: readonly FieldOrigin[]): string[] {
  const read = new Set(origins.flatMap(({ sources }) => sources));
  if (read.has("")) return [];
  const unread = new Set<string>();
  const visit = (member: Json, path: readonly string[]): void => {
    if (isRead(read, path)) return;
    if (Array.isArray(member)) {
      for (const item of member as readonly Json[]) visit(item, [...path, "[]"]);
    } else if (isJsonObject(member) && Object.keys(member).length > 0) {
      for (const [name, inner] of Object.entries(member)) visit(inner, [...path, name]);
    } else unread.add(path.join("."));
  };
  visit(value, []);
  return [...unread].sort();
}

/** JSONata steps over lists without saying so: `lines.sku` reads `lines.[].sku`. */
function isRead(read: ReadonlySet<string>, path: readonly string[]): boolean {
  const names = path.filter((segment) => segment !== "[]");
  for (const source of read) {
    const wanted = source.split(".").filter((segment) => segment !== "[]");
    if (
      wanted.length <= names.length &&
      wanted.every(
        (segment, index) => segment === names[index] || segment === "*" || segment === "?",
      )
    ) {
      return true;
    }
  }
  return false;
}
