import type { Delivery } from "../../model/delivery.ts";
import type { Instant } from "../../model/json.ts";
import type { RawOutcome } from "../../model/request.ts";

/** The retry policy of the simulation's workspace: see its `sluice.yaml`. */
const policy = { max: 5, backoffMs: 1_000, factor: 2, limitMs: 120_000, jitter: 0.3 };
/** Retries of that policy, and the first attempt. */
export const attemptsMax = policy.max + 1;

/** Failures of one request with nothing else between them. */
interface Row {
  /** Those that the engine is sure to know: it went on from them. */
  failures: number;
  /** The last one, which it may not have on disk yet. */
  failedAt: Instant | undefined;
}

/**
 * Holds retries to their policy: no request goes again before its back-off is over, which grows with
 * each failure, nor after its retries are spent; also over restarts. It counts less rather than more:
 * only failures after which the request cannot be in doubt, and none that died with its process.
 */
export class RetryWatch {
  readonly #rows = new Map<string, Row>();
  #jumpedAt = -Infinity;

  /** What is wrong with sending this now, if anything. */
  sending({ runId, path }: Delivery, now: Instant): string | undefined {
    const row = this.#rows.get(`${runId} ${path}`);
    const failedAt = row?.failedAt;
    if (row === undefined || failedAt === undefined) return undefined;
    row.failures += 1;
    row.failedAt = undefined;
    const { failures } = row;
    const name = `${path} of run ${runId}`;
    // What a flow reports on its way out may be tried for long.
    if (failures > policy.max && !path.startsWith("on-error."))
      return `${name} went again after ${failures} failures in a row`;
    const waited = now - failedAt;
    const isTold = failedAt > this.#jumpedAt;
    return isTold && waited < leastMs(failures)
      ? `${name} went again ${waited} ms after its failure no. ${failures}`
      : undefined;
  }

  heard({ runId, path }: Delivery, outcome: RawOutcome, now: Instant): void {
    const key = `${runId} ${path}`;
    const row = isPlainFailure(outcome) ? (this.#rows.get(key) ?? newRow()) : undefined;
    this.#forget(`${runId} ${stepOf(path)}/`);
    if (row !== undefined) this.#rows.set(key, { ...row, failedAt: now });
  }

  /** A person lets the run go on: its steps count anew. */
  letGoOn(runId: string): void {
    this.#forget(`${runId} `);
  }

  died(): void {
    for (const row of this.#rows.values()) row.failedAt = undefined;
  }

  /** What waits for a time of the clock ends sooner than it seemed. */
  clockSetForward(now: Instant): void {
    this.#jumpedAt = now;
  }

  #forget(prefix: string): void {
    for (const key of this.#rows.keys()) if (key.startsWith(prefix)) this.#rows.delete(key);
  }
}

export const stepOf = (path: string): string => path.replace(/\/.*$/, "");

const newRow = (): Row => ({ failures: 0, failedAt: undefined });

function leastMs(failures: number): number {
  const wait = policy.backoffMs * policy.factor ** (failures - 1);
  return Math.floor(Math.min(wait, policy.limitMs) * (1 - policy.jitter));
}

/** The partner did nothing, and the engine knows. */
function isPlainFailure(outcome: RawOutcome): boolean {
  if (outcome.kind === "not-sent") return outcome.refused !== true;
  return outcome.kind === "response" && [429, 503].includes(outcome.response.status);
}
