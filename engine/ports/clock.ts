import type { Instant } from "../model/json.ts";

/** Time comes in by this door only; tests and the simulator give a virtual one. */
export interface Clock {
  /** The engine's time, by which it dates, waits and compares: it never goes back, and never stands still. */
  now(): Instant;
  /** What the machine's clock says, right or wrong: for what others date and check. */
  wall(): Instant;
  /** Milliseconds from some moment on, whatever the machine's clock is set to: for spans within a process. */
  steady(): number;
  /** Calls `wake` once, not before `at`. The returned function cancels it. */
  schedule(at: Instant, wake: () => void): () => void;
}
