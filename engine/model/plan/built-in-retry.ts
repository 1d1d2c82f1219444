import type { FailureClass } from "../../errors/failure.ts";

/** How a step is tried again where neither the workspace nor the step says otherwise: for about half an hour. Waits in milliseconds. */
export const builtInRetry = {
  max: 10,
  backoff: 1000,
  factor: 2,
  limit: 300_000,
  jitter: 0.2,
  on: ["transient", "throttled"],
} as const satisfies {
  readonly max: number;
  readonly backoff: number;
  readonly factor: number;
  readonly limit: number;
  readonly jitter: number;
  readonly on: readonly FailureClass[];
};
