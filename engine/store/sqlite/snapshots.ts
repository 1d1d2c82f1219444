import type { Decision } from "../../model/decision.ts";
import type { RunSnapshot } from "../../model/run.ts";
import { parse, toJson } from "./work.ts";

/** So many runs at most, and so many characters of all their messages together. */
const runsMax = 512;
const charactersMax = 16_777_216;

interface Kept {
  readonly snapshot: RunSnapshot;
  /** Characters of its message. */
  readonly size: number;
}

/**
 * Runs at work as `load` gives them, so that what a commit has just written need not be read again.
 * One process owns the store, and every way to change a run passes here: its commits are followed,
 * anything else forgets it, and a rollback forgets all. What it gives is what the tables would.
 */
export class Snapshots {
  readonly #kept = new Map<string, Kept>();
  #characters = 0;

  get(runId: string): RunSnapshot | undefined {
    return this.#kept.get(runId)?.snapshot;
  }

  keep(snapshot: RunSnapshot, size: number): void {
    this.forget(snapshot.id);
    this.#kept.set(snapshot.id, { snapshot, size });
    this.#characters += size;
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= runsMax && this.#characters <= charactersMax) break;
      this.forget(oldest);
    }
  }

  /** A decision of the run was written. Runs that wait for nobody knows how long are not kept. */
  committed(runId: string, decision: Decision): void {
    const kept = this.#kept.get(runId);
    if (decision.remembers.length > 0) this.#forgetLane(kept?.snapshot.laneKey);
    if (kept === undefined) return;
    this.forget(runId);
    if (decision.status !== "active" || decision.remembers.length > 0) return;
    const { snapshot, size } = kept;
    this.keep({ ...snapshot, ...stored(snapshot, decision) }, size);
  }

  forget(runId: string): void {
    this.#characters -= this.#kept.get(runId)?.size ?? 0;
    this.#kept.delete(runId);
  }

  clear(): void {
    this.#kept.clear();
    this.#characters = 0;
  }

  /** `$state` is the lane's: other runs of it read it anew. Lanes of one key may have many names. */
  #forgetLane(laneKey: string | null | undefined): void {
    if (laneKey === undefined) {
      this.clear();
      return;
    }
    for (const [runId, { snapshot }] of this.#kept) {
      if (snapshot.laneKey === laneKey) this.forget(runId);
    }
  }
}

/** State and results as they are read back: by way of their texts. */
function stored(
  { results }: RunSnapshot,
  decision: Decision,
): Pick<RunSnapshot, "state" | "results"> {
  const changed = parse<RunSnapshot["results"]>(toJson(decision.results));
  const entries = Object.entries({ ...results, ...changed });
  const isNew = Object.keys(changed).length > 0;
  if (isNew) entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return { state: parse(toJson(decision.state)), results: Object.fromEntries(entries) };
}
