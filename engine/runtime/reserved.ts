import type { Delivery } from "../model/delivery.ts";

/** Deliveries that their commit hands out, and that are sent once it is on disk. */
export interface Reserved {
  readonly taken: readonly Delivery[];
  /** To be called once: whether the commit took place. */
  settle(committed: boolean): void;
}
