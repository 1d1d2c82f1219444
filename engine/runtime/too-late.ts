import type { Delivery } from "../model/delivery.ts";
import type { Instant } from "../model/json.ts";

/** When one more request could leave for a partner, as far as is known. */
export interface Departure {
  /** A single request finds out whether the partner is back, and the others wait for its answer. */
  readonly probing: boolean;
  /** Not before, by what is certain: the circuit, the rest that the partner asked for, the budget. */
  readonly circuit: Instant;
  readonly rest: Instant;
  readonly budget: Instant;
  /** Not before, by what waits before it and by what answers took so far: an estimate. */
  readonly likely: Instant;
  readonly paused: boolean;
}

/**
 * Why a delivery cannot leave while its answer is of use; undefined where it may. Where an older answer
 * may stand in, nobody waits for what is only likely: a pause may end, a probe may succeed.
 */
export function whyTooLate(
  { useBefore, replaceable }: Pick<Delivery, "useBefore" | "replaceable">,
  departure: Departure,
): string | undefined {
  if (useBefore === undefined) return undefined;
  if (departure.circuit > useBefore) return "the partner seems to be down";
  if (departure.rest > useBefore)
    return "the partner asked for a rest that is longer than its step has";
  if (departure.budget > useBefore) return "the budget is spent for longer than its step has";
  if (replaceable !== true) return undefined;
  if (departure.paused) return "a person paused it";
  if (departure.probing) return "the partner seems to be down";
  if (departure.likely > useBefore) return "too much waits before it for the time its step has";
  return undefined;
}
