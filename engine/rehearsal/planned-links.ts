import { type FactRequest, factKey } from "../model/expression.ts";
import type { Instant, Json } from "../model/json.ts";
import type { OperationPlan } from "../model/plan/adapter.ts";
import type { Generation } from "../model/plan/generation.ts";

/**
 * Ids that the calls of a plan would have linked, so that a later step finds what an earlier one made.
 * The plan of a child flow shares them with its parent's.
 */
export class PlannedLinks {
  readonly #ids = new Map<string, Json>();

  /** Undefined for what nothing in the plan linked. */
  find(request: FactRequest): Json | undefined {
    return this.#ids.get(factKey(request));
  }

  /**
   * Notes what an operation links, by its input and its answer. An id that stands in the vendor's own
   * answers alone is not known before there is one: then it is called `new-<entity>`.
   */
  note(
    operation: OperationPlan,
    call: { readonly system: string; readonly input: Json; readonly output: Json },
    { generation, now }: { readonly generation: Generation; readonly now: Instant },
  ): void {
    const { input, output, system } = call;
    const context = { now, seed: "plan", facts: new Map(), codes: generation.codes };
    const requests = Object.fromEntries((operation.requests ?? []).map(({ id }) => [id, output]));
    const scope = { input, result: output, requests, response: { body: output } };
    for (const { canonical, entity, id } of operation.link ?? []) {
      const of = textFrom(() => canonical.evaluate(scope, context));
      if (of === undefined) continue;
      const own = textFrom(() => id.evaluate(scope, context)) ?? `new-${entity}`;
      this.#ids.set(factKey({ kind: "xref", entity, system, id: of }), own);
      this.#ids.set(factKey({ kind: "canonical", entity, system, id: own }), of);
    }
  }
}

/** An expression over an answer that is not the vendor's own may find nothing. */
function textFrom(evaluate: () => Json | undefined): string | undefined {
  try {
    const value = evaluate();
    return typeof value === "string" && value !== "" ? value : undefined;
  } catch {
    return undefined;
  }
}
