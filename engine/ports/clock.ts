import type { Instant } from "../model/json.ts";

/** Time comes in by this door only; tests and the simulator give a virtual one. */
export interface Clock {
  now(): Instant;
  /** Calls `wake` once, not before `at`. The returned function cancels it. */
  schedule(at: Instant, wake: () => void): () => void;
}
