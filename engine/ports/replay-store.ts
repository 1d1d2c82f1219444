import type { Instant, Json } from "../model/json.ts";
import type { SendAgain } from "../model/message.ts";
import type { RunStatus } from "../model/run.ts";

/** Where a replay begins: at the step that failed, at the event as stored, or at the bytes as received. */
export const replayBegins = ["step", "event", "message"] as const;
export type ReplayBegin = (typeof replayBegins)[number];

/** What is to be replayed: named, of an issue, or found by a filter. */
export interface ReplaySelection {
  /** Runs or messages. */
  readonly ids?: readonly string[];
  readonly issue?: number;
  readonly flow?: string;
  /** Dead letters of every status but in doubt, unless told. */
  readonly status?: RunStatus;
  readonly code?: string;
  readonly since?: Instant;
  readonly until?: Instant;
  /** Of the runs chosen, this step alone. */
  readonly step?: StepOfRuns;
}

/** One step, to be taken of each run that is chosen, and nothing else of it. */
export type StepOfRuns = {
  /** Its id, its path, or the path of one of its requests. */
  readonly name: string;
  readonly again?: SendAgain;
};

export interface ReplayJobRow {
  readonly number: number;
  readonly at: Instant;
  readonly by: string;
  readonly reason?: string;
  readonly selection: ReplaySelection;
  readonly begin: ReplayBegin;
  /** Unless told: a run that goes on keeps its own, a message is read by the current one. */
  readonly generation?: "pinned" | "current";
  readonly canary: number;
  readonly atOnce: number;
  readonly status: "running" | "waiting" | "done" | "stopped";
  readonly changedAt: Instant;
  readonly why?: string;
  /** Items by how they stand: `pending`, `refused`, and the statuses of the runs taken. */
  readonly total: number;
  readonly pending: number;
  readonly refused: number;
  readonly taken: number;
}

export interface ReplayItem {
  readonly what: "resume" | "replay";
  /** The run that it is about; none where a message started no run. */
  readonly runId?: string;
  readonly messageId: string;
  readonly flow?: string;
}

export interface ReplayItemRow extends ReplayItem {
  readonly position: number;
  readonly status: "pending" | "taken" | "refused";
  readonly newMessageId?: string;
  readonly why?: string;
  /** The run that it came to, and where that stands. */
  readonly newRunId?: string;
  readonly runStatus?: RunStatus;
}

export type NewReplayJob = Pick<
  ReplayJobRow,
  "by" | "reason" | "selection" | "begin" | "generation" | "canary" | "atOnce"
>;

/** What a job at work goes by: how it takes its items, and the position of the one that is next. */
export type ReplayPace = Pick<
  ReplayJobRow,
  "number" | "by" | "reason" | "begin" | "generation" | "canary" | "atOnce" | "status"
> & {
  /** So many were taken or refused; none is left where it is absent. */
  readonly next?: number;
  /** Of its selection. */
  readonly step?: StepOfRuns;
};

export interface ReplayReader {
  /** The newest first. */
  jobs(limit: number): Promise<readonly ReplayJobRow[]>;
  job(number: number): Promise<ReplayJobRow | undefined>;
  items(job: number, limit: number): Promise<readonly ReplayItemRow[]>;
  /** Runs of a job by status. */
  outcomes(job: number): Promise<Readonly<Record<string, number>>>;
  /** Mends of a run's data, the first one first. */
  edits(runId: string): Promise<readonly EditRow[]>;
}

export interface EditRow {
  readonly at: Instant;
  readonly actor: string;
  readonly reason?: string;
  readonly before: Json;
  readonly after: Json;
}

/** What replay jobs remember. */
export interface ReplayStore {
  readonly read: ReplayReader;
  create(job: NewReplayJob, items: readonly ReplayItem[], now: Instant): Promise<number>;
  pace(job: number): Promise<ReplayPace | undefined>;
  pending(job: number, limit: number): Promise<readonly ReplayItemRow[]>;
  saveItem(
    job: number,
    position: number,
    outcome:
      | { readonly status: "taken"; readonly newMessageId?: string }
      | { readonly status: "refused"; readonly why: string },
    now: Instant,
  ): Promise<void>;
  setJob(
    job: number,
    change: {
      readonly status: ReplayJobRow["status"];
      readonly why: string;
      readonly canary?: number;
    },
    now: Instant,
  ): Promise<void>;
  /** Numbers of the jobs that are running. */
  running(): Promise<readonly number[]>;
}

/** One step of an ended run, as a person asks for it. */
export interface SingleStepRequest {
  readonly runId: string;
  /** Its id, its path, or the path of one of its requests. */
  readonly step: string;
  readonly by: string;
  readonly again?: SendAgain;
  /** The current one unless told. */
  readonly generation?: "pinned" | "current";
  readonly reason?: string;
  /** The job that it belongs to, and its own name there: asked for twice, it is taken once. */
  readonly job?: { readonly number: number; readonly position: number };
}

/** A person's word about a call in doubt: it was done, and gave this. */
export interface SettleRequest {
  readonly runId: string;
  readonly by: string;
  /** Its id or its path; needed where several of the run are in doubt. */
  readonly step?: string;
  /** What the operation gave, in the shape of its contract; absent where it gives nothing. */
  readonly output?: Json;
  /** The one that the run is pinned to, unless told. */
  readonly generation?: "pinned" | "current";
}
