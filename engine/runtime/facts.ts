import { NeedsFact } from "../model/evaluation-error.ts";
import { type FactRequest, factKey } from "../model/expression.ts";
import type { Instant, Json } from "../model/json.ts";
import type { Generation } from "../model/plan/generation.ts";
import { InvariantError } from "../errors/flow-error.ts";
import type { Soon } from "../model/soon.ts";
import type { EvaluateRequest, World } from "./world.ts";

/** More rounds than any honest plan asks for: the rules ask in circles. */
const roundsMax = 10_000;

type Facts = ReadonlyMap<string, Json>;
const noFacts: Facts = new Map();
type Asked<T> = T | { readonly kind: "needs"; readonly facts: readonly FactRequest[] };

/** Fetches what the rules ask for: from the store, or by running an expression in the library. */
export class FactLoader {
  readonly #world: Pick<World, "store" | "evaluate">;

  constructor(world: Pick<World, "store" | "evaluate">) {
    this.#world = world;
  }

  /**
   * Asks a pure function again and again, with ever more facts, until it needs no more; within this
   * call where it needs none.
   */
  settle<T extends { readonly kind: string }>(
    ask: (facts: Facts) => Asked<T>,
    generation: Generation,
    now: Instant,
  ): Soon<T> {
    const answer = ask(noFacts);
    return isNeed(answer) ? this.#learn(ask, answer.facts, generation, now) : answer;
  }

  async #learn<T extends { readonly kind: string }>(
    ask: (facts: Facts) => Asked<T>,
    first: readonly FactRequest[],
    generation: Generation,
    now: Instant,
  ): Promise<T> {
    let facts = noFacts;
    let wanted = first;
    for (let round = 0; round < roundsMax; round += 1) {
      const more = await this.load(wanted, generation, now, facts);
      if (more.size === facts.size) break;
      facts = more;
      const answer = ask(facts);
      if (!isNeed(answer)) return answer;
      wanted = answer.facts;
    }
    throw new InvariantError(
      "runtime/facts-without-end",
      "the rules asked for facts they had been given",
    );
  }

  /** Values by `factKey`, `known` ones included; what does not exist is `null`. */
  async load(
    requests: readonly FactRequest[],
    generation: Generation,
    now: Instant,
    known: Facts = noFacts,
  ): Promise<Facts> {
    const facts = new Map(known);
    const stored = requests.filter((request) => request.kind !== "evaluate");
    if (stored.length > 0) {
      const values = await this.#world.store.facts(stored, now);
      for (const request of stored) {
        const key = factKey(request);
        facts.set(key, values.get(key) ?? null);
      }
    }
    for (const request of requests) {
      if (request.kind === "evaluate") await this.#evaluate(request, { generation, now, facts });
    }
    return facts;
  }

  /** The expression may itself need facts, one after the other. */
  async #evaluate(
    request: EvaluateRequest,
    context: {
      readonly generation: Generation;
      readonly now: Instant;
      readonly facts: Map<string, Json>;
    },
  ): Promise<void> {
    const { generation, now, facts } = context;
    for (let round = 0; round < roundsMax; round += 1) {
      try {
        facts.set(factKey(request), await this.#world.evaluate(request, context));
        return;
      } catch (error) {
        if (!(error instanceof NeedsFact) || facts.has(factKey(error.request))) throw error;
        const found = await this.load([error.request], generation, now, facts);
        for (const [key, value] of found) facts.set(key, value);
      }
    }
  }
}

function isNeed<T extends { readonly kind: string }>(
  answer: Asked<T>,
): answer is { readonly kind: "needs"; readonly facts: readonly FactRequest[] } {
  return answer.kind === "needs";
}
