import type { SourceRef } from "../../errors/diagnostic.ts";
import type { Json } from "../../model/json.ts";
import type { Generation, SchemaBreach } from "../../model/plan/generation.ts";
import { coerceArrays } from "./coerce-arrays.ts";
import { OwnFault } from "./own-fault.ts";

/** Breaches in one sentence; the first ten are enough to find the rest. */
export function breachText(breaches: readonly SchemaBreach[]): string {
  const shown = breaches
    .slice(0, 10)
    .map(({ pointer, message }) => (pointer === "" ? message : `${pointer}: ${message}`));
  const more = breaches.length - shown.length;
  return more > 0 ? `${shown.join("; ")}; and ${more} more` : shown.join("; ");
}

/**
 * The value in the shape of a schema: lists where it wants lists, then checked. Throws `OwnFault`
 * where it does not conform; what no schema describes passes.
 */
export function conform(
  value: Json,
  schema: string | undefined,
  generation: Generation,
  blame: { readonly code: string; readonly what: string; readonly at: SourceRef },
): Json {
  const plan = schema === undefined ? undefined : generation.schemas.get(schema);
  if (plan === undefined) return value;
  const shaped = coerceArrays(value, plan, generation.schemas);
  const breaches = plan.check(shaped);
  if (breaches.length === 0) return shaped;
  throw new OwnFault(
    blame.code,
    `${blame.what} breaks ${plan.name}: ${breachText(breaches)}`,
    blame.at,
    "correct the mapping or the schema, then let the run go on",
  );
}
