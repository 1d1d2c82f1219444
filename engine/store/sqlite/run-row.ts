import type { Failure } from "../../errors/failure.ts";
import type { Json } from "../../model/json.ts";
import type { RunSnapshot } from "../../model/run.ts";
import type { Selection } from "../../ports/selection.ts";
import type { ClaimedRun, Except } from "../../ports/store.ts";
import { effectKeysOf } from "./effects.ts";
import { fromBlob } from "./ids.ts";
import { laneMemory } from "./lane.ts";
import { measureMessage } from "./message-row.ts";
import { inOrder, takeResults } from "./results.ts";
import type { Snapshots } from "./snapshots.ts";
import { stateOf } from "./state-text.ts";
import { parse, toJson, type Work } from "./work.ts";

/** How a run ended, as its parent is told. */
export type Ending = { readonly output: Json } | { readonly failure: Failure };

interface SnapshotRecord {
  readonly runNo: number;
  readonly runId: Uint8Array;
  readonly messageNo: number;
  readonly flow: string;
  readonly generation: string;
  readonly laneId: Uint8Array | null;
  readonly identity: string;
  readonly laneKey: string | null;
  readonly parent: string | null;
  readonly ancestors: string;
  readonly respondBy: number | null;
  readonly edit: string | null;
  readonly started: 0 | 1;
  readonly region: string | null;
  readonly state: string;
}

interface Ready {
  readonly runNo: number;
  readonly claims: number;
}

/** Reads a run, and keeps it for the events to come. */
export function loadSnapshot(
  work: Pick<Work, "query">,
  snapshots: Snapshots,
  runNo: number,
): RunSnapshot | undefined {
  const row = work.query.get<SnapshotRecord>("run-snapshot", { runNo });
  const measured = row === undefined ? undefined : measureMessage(work, row.messageNo);
  if (row === undefined || measured === undefined) return undefined;
  const { message } = measured.stored;
  const snapshot: RunSnapshot = {
    id: fromBlob(row.runId),
    flow: row.flow,
    generation: row.generation,
    message: row.edit === null ? message : { ...message, data: parse(row.edit) },
    identity: row.identity,
    laneKey: row.laneKey,
    ...(row.region === null ? {} : { region: row.region }),
    state: stateOf(row.state, effectKeysOf(work, runNo)),
    results: row.started === 1 ? loadResults(work, runNo) : {},
    laneState: laneMemory(work, row.laneId).state,
    ancestors: parse<RunSnapshot["ancestors"]>(row.ancestors),
    ...(row.parent === null
      ? {}
      : { parent: parse<NonNullable<RunSnapshot["parent"]>>(row.parent) }),
    ...(row.respondBy === null ? {} : { respondBy: row.respondBy }),
    ...(message.replayOf === undefined ? {} : { replayOf: message.replayOf }),
  };
  snapshots.keep(snapshot, measured.size);
  return snapshot;
}

export function isEmpty({ flows = [], regions = [], keys = [] }: Selection): boolean {
  return flows.length + regions.length + keys.length === 0;
}

/** The selection as queries read it. */
export function selectionText({ flows = [], regions = [], keys = [] }: Selection): string {
  return toJson({ flows, regions, keys });
}

/** Claims ready runs by priority, then age; each claim is counted, as it may end in a crash. */
export function claimReady(
  work: Work,
  snapshots: Snapshots,
  limit: number,
  except: Except,
): readonly ClaimedRun[] {
  const { query } = work;
  const { beginning = {} } = except;
  const ready =
    isEmpty(except) && isEmpty(beginning)
      ? query.all<Ready>("run-ready", { limit })
      : query.all<Ready>("run-ready-except", {
          limit,
          paused: selectionText(except),
          beginning: selectionText(beginning),
        });
  return ready.flatMap(({ runNo, claims }) => {
    query.run("run-claim", { runNo });
    const snapshot = loadSnapshot(work, snapshots, runNo);
    return snapshot === undefined ? [] : [{ snapshot, claims: claims + 1 }];
  });
}

/** Results by path; for people, those that decisions do not get any more, too. */
export function loadResults(
  work: Pick<Work, "query">,
  runNo: number,
  options: { readonly forgotten?: true } = {},
): Readonly<Record<string, Json>> {
  const known = new Map<string, Json>();
  for (const { results } of work.query.all<{ results: string }>("result-list", { runNo })) {
    takeResults(known, results, options);
  }
  return inOrder(known);
}
