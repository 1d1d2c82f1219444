import { asRead } from "../../model/as-read.ts";
import type { Decision } from "../../model/decision.ts";
import type { Json, JsonObject } from "../../model/json.ts";
import type { RunSnapshot } from "../../model/run.ts";
import type { Beginning } from "../../ports/store.ts";
import { forgetResults, inOrder } from "./results.ts";

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

  /** A run was stored with its first decision. */
  begun({ snapshot, commit }: Beginning): void {
    if (commit.decision.status !== "active") return;
    this.keep(snapshot, sizeOf(snapshot.message.data));
    this.committed(snapshot.id, commit.decision);
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

/** State and results as they are read back. */
function stored(
  { results }: RunSnapshot,
  decision: Decision,
): Pick<RunSnapshot, "state" | "results"> {
  const state = asRead(decision.state);
  const changed = asRead(decision.results);
  const { forgets = [] } = decision;
  if (forgets.length === 0 && isEmpty(changed)) return { state, results };
  const known = new Map<string, Json>();
  for (const path in results) known.set(path, results[path] ?? null);
  for (const path in changed) known.set(path, changed[path] ?? null);
  forgetResults(known, forgets);
  return { state, results: inOrder(known) };
}

/** About how many characters a value has as text. */
function sizeOf(value: Json): number {
  if (typeof value === "string") return value.length + 2;
  if (typeof value !== "object" || value === null) return 5;
  let size = 2;
  if (Array.isArray(value)) {
    for (const item of value as readonly Json[]) size += 1 + sizeOf(item);
    return size;
  }
  const members = value as JsonObject;
  for (const name in members) size += name.length + 4 + sizeOf(members[name] ?? null);
  return size;
}

function isEmpty(results: Readonly<Record<string, Json>>): boolean {
  for (const _ in results) return false;
  return true;
}
