import type { Failure, FailureClass } from "../errors/failure.ts";
import type { Instant } from "../model/json.ts";
import { builtInRetry } from "../model/plan/built-in-retry.ts";
import type { Generation } from "../model/plan/generation.ts";
import type { StepPlan } from "../model/plan/step.ts";

export interface RetryPolicy {
  /** Retries after the first attempt. */
  readonly max: number;
  readonly backoffMs: number;
  readonly factor: number;
  readonly limitMs: number;
  /** Share of each wait that is random, 0 to 1. */
  readonly jitter: number;
  readonly on: readonly FailureClass[];
}

/** Holds where neither the workspace nor the step says otherwise. */
export const builtInPolicy: RetryPolicy = policyOf(builtInRetry);

function policyOf({ backoff, limit, ...rest }: typeof builtInRetry): RetryPolicy {
  return { ...rest, backoffMs: backoff, limitMs: limit };
}

type RetryPlan = NonNullable<StepPlan["common"]["retry"]>;

/** The step's own keys over the policy it names, over the workspace's default, over the built-in. */
export function retryPolicy(step: StepPlan, generation: Generation): RetryPolicy {
  const named = generation.workspace.policies?.retry;
  const own = step.common.retry;
  const chosen = own?.policy === undefined ? undefined : named?.[own.policy];
  return [named?.["default"], chosen, own].reduce<RetryPolicy>(overridden, builtInPolicy);
}

function overridden(policy: RetryPolicy, plan: RetryPlan | undefined): RetryPolicy {
  return {
    max: plan?.max ?? policy.max,
    backoffMs: plan?.backoff ?? policy.backoffMs,
    factor: plan?.factor ?? policy.factor,
    limitMs: plan?.limit ?? policy.limitMs,
    jitter: Math.min(plan?.jitter ?? policy.jitter, 1),
    on: plan?.on ?? policy.on,
  };
}

/**
 * Wait before retry `retry` (from 1): `backoff·factor^(retry-1)`, never more than the limit, of which
 * a share of `jitter` is taken by chance, so that runs that failed together do not come together.
 */
export function retryDelayMs(policy: RetryPolicy, retry: number, random: number): number {
  const wait = Math.min(policy.backoffMs * policy.factor ** (retry - 1), policy.limitMs);
  return Math.round(wait * (1 - policy.jitter + policy.jitter * random));
}

/** When to try again after `failures` failures; undefined when the policy gives up. */
export function retryAt(
  policy: RetryPolicy,
  failures: number,
  failure: Pick<Failure, "class" | "retryAt">,
  chance: { readonly now: Instant; readonly random: number },
): Instant | undefined {
  if (!policy.on.includes(failure.class) || failures > policy.max) return undefined;
  const due = chance.now + retryDelayMs(policy, failures, chance.random);
  return Math.max(due, failure.retryAt ?? 0);
}
