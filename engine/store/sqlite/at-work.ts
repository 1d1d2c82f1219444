import type { RunRecord } from "./run-record.ts";

/** So many runs at most: far more than are at work at once. */
const runsMax = 1024;

/** A begun run as its rows are, and what they lack. */
export interface RunAtWork {
  record: RunRecord;
  /** Certainly no other run of its lane is unended. */
  alone: boolean;
  /** Certainly it has nothing open but what `outbox` has, and nobody waits for its end. */
  plain: boolean;
  /** Its document's error. */
  error: string | null;
  /** Numbers of its deliveries that are not settled, by id. */
  readonly outbox: Map<string, number>;
  /** Keys of the effects of its deliveries, by path: the latest of each. */
  readonly effectKeys: Map<string, string>;
}

/**
 * Active runs that were decided on lately. One process owns the store, and every way to change such a
 * run passes here: so what its last transaction wrote need not be read again, nor what is known to be
 * absent be looked for. After a rollback all is forgotten, and the tables are asked.
 */
export class AtWork {
  readonly #byId = new Map<string, RunAtWork>();
  readonly #byNumber = new Map<number, RunAtWork & { readonly id: string }>();
  /** Only of those that are alone. */
  readonly #byLane = new Map<string, RunAtWork>();

  find(runId: string): RunAtWork | undefined {
    return this.#byId.get(runId);
  }

  of(runNo: number): RunAtWork | undefined {
    return this.#byNumber.get(runNo);
  }

  keep(id: string, how: Omit<RunAtWork, "outbox" | "effectKeys">): RunAtWork {
    this.forget(how.record.runNo);
    const run = {
      ...how,
      id,
      outbox: new Map<string, number>(),
      effectKeys: new Map<string, string>(),
    };
    this.#byId.set(id, run);
    this.#byNumber.set(run.record.runNo, run);
    const { laneId } = run.record;
    if (run.alone && laneId !== null) this.#byLane.set(nameOf(laneId), run);
    for (const oldest of this.#byNumber.keys()) {
      if (this.#byNumber.size <= runsMax) break;
      this.forget(oldest);
    }
    return run;
  }

  /** Something else than a decision of its own was written for the run, or someone waits for it. */
  disturb(runNo: number): void {
    const run = this.#byNumber.get(runNo);
    if (run !== undefined) run.plain = false;
  }

  /** Another run joins the lane. */
  join(laneId: Uint8Array): void {
    const name = nameOf(laneId);
    const run = this.#byLane.get(name);
    if (run === undefined) return;
    run.alone = false;
    this.#byLane.delete(name);
  }

  forget(runNo: number): void {
    const run = this.#byNumber.get(runNo);
    if (run === undefined) return;
    this.#byNumber.delete(runNo);
    this.#byId.delete(run.id);
    if (run.alone && run.record.laneId !== null) this.#byLane.delete(nameOf(run.record.laneId));
  }

  clear(): void {
    this.#byId.clear();
    this.#byNumber.clear();
    this.#byLane.clear();
  }
}

function nameOf(laneId: Uint8Array): string {
  return Buffer.from(laneId.buffer, laneId.byteOffset, laneId.byteLength).toString("latin1");
}
