import type { DealOptions, Variation } from "../../engine/testing/index.ts";

/** One deal of the load: what is closed, and what finance says if it is asked. */
export interface PlannedDeal {
  readonly options: DealOptions;
  /** Number of an earlier deal whose account buys again. */
  readonly accountOf?: number;
  readonly answer: "approve" | "reject";
}

/** Numbers in [0, 1), the same for the same seed (mulberry32, by Tommy Ettinger). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const refusals: readonly (readonly Variation[])[] = [
  ["credit-hold"],
  ["missing-tax-jurisdiction"],
  ["unknown-payment-term", "credit-limit"],
  ["unavailable-part"],
];

/**
 * The deals of one seed, the same whatever happens to the engine: usual ones, new customers, accounts
 * that buy again, orders that finance is asked about, and orders that must be refused.
 */
export function planDeals(seed: number, count: number): readonly PlannedDeal[] {
  const random = seeded(seed);
  const usual: number[] = [];
  return Array.from({ length: count }, (_, index) => {
    const kind = random();
    const luck = random();
    const answer = luck < 0.7 ? "approve" : "reject";
    if (kind < 0.12) return { options: { variations: ["above-threshold"] }, answer };
    if (kind < 0.27) {
      return {
        options: { variations: refusals[Math.floor(luck * refusals.length)] ?? [] },
        answer,
      };
    }
    if (kind < 0.39) {
      const orphan: DealOptions = { variations: ["child-without-parent"] };
      const fresh: DealOptions = { customer: "new", hierarchy: "none" };
      return { options: luck < 0.5 ? orphan : fresh, answer };
    }
    const again = usual[Math.floor(luck * usual.length)];
    if (kind < 0.55 && again !== undefined) return { options: {}, accountOf: again, answer };
    usual.push(index);
    return { options: {}, answer };
  });
}
