import type { ApiResponse } from "../../model/decision.ts";
import type { Instant } from "../../model/json.ts";
import type { PauseTarget, ReplayOptions } from "../../model/operator.ts";
import type { CallAnswer, ReceiveAnswer, Received } from "../../model/received.ts";
import type { Category } from "../../model/plan/impact.ts";
import type { InsightReader, IssueStatus } from "../../ports/insight-store.ts";
import type {
  NewReplayJob,
  ReplayJobRow,
  ReplayReader,
  SettleRequest,
  SingleStepRequest,
} from "../../ports/replay-store.ts";
import type { RetentionClass } from "../../ports/retention-store.ts";
import type { StoreHealth } from "../../ports/store-health.ts";
import type { TaskAnswer } from "../../model/run-event.ts";
import type { Unpark } from "../../ports/store.ts";
import type { Begun } from "../../ports/store-reader.ts";
import type { Receiver } from "../shared/receiver.ts";

/** What the HTTP server needs of the engine: to hand over, to look, and to pass on a person's word. */
export interface EnginePort extends Receiver {
  /** As `receive`, then waits for the answer of the run it started, at most until its deadline. */
  receiveAndWait(received: Received): Promise<CallAnswer>;
  /** The answer a run gave its caller; undefined as long as there is none. */
  response(runId: string): Promise<ApiResponse | undefined>;
  replay(messageId: string, options: ReplayOptions): Promise<ReceiveAnswer>;
  choose(taskId: string, answer: TaskAnswer): Promise<boolean>;
  unpark(runId: string, answer: Unpark): Promise<boolean>;
  pause(target: PauseTarget, by: string): Promise<void>;
  drain(target: PauseTarget, by: string): Promise<void>;
  /** False when the target was neither paused nor drained. */
  resume(target: PauseTarget, by: string): Promise<boolean>;
  outlook(): Promise<OutlookView>;
  status(): EngineView;
}

/** What waits for each adapter, how long it takes, and how far drains have come. */
export interface OutlookView {
  readonly adapters: readonly {
    readonly adapter: string;
    readonly requests: number;
    readonly drainMs?: number;
  }[];
  readonly draining: readonly { readonly target: PauseTarget; readonly begun: Begun }[];
}

/** The part of the engine's status that readiness and metrics read. */
export interface EngineView {
  readonly state: "new" | "running" | "stopping" | "stopped" | "failed";
  readonly failure?: string;
  readonly generation: string;
  readonly backlog: number;
  readonly deciding: number;
  readonly sending: number;
  readonly waiting: number;
  readonly adapters: readonly {
    readonly adapter: string;
    readonly queued: number;
    readonly oldestDue?: Instant;
    readonly sending: number;
    readonly circuit: "closed" | "open" | "half-open";
    readonly heldUntil?: Instant;
  }[];
  readonly unmapped: readonly {
    readonly adapter: string;
    readonly status: number;
    readonly count: number;
  }[];
  readonly paused: readonly PauseTarget[];
}

/** Open issues by category, and runs that are late or have little time left, by promise. */
export interface InsightCounts {
  readonly issues: Readonly<Record<Category, number>>;
  readonly promises: readonly {
    readonly flow: string;
    readonly milestone?: string;
    readonly broken: number;
    readonly atRisk: number;
  }[];
}

/** Issues, and a person's word on them. */
export interface InsightPort {
  readonly read: InsightReader;
  /** False when there is no issue of that number. */
  set(number: number, status: IssueStatus, by: string, comment?: string): Promise<boolean>;
  /** How the promises about time stand. */
  sla(filter: {
    readonly flow?: string;
    readonly since?: Instant;
    readonly until?: Instant;
  }): Promise<unknown>;
  counts(): Promise<InsightCounts>;
}

type ReplayRequest = Omit<NewReplayJob, "canary" | "atOnce"> & {
  readonly canary?: number;
  readonly atOnce?: number;
};

/** Replay jobs: foreseen, made, let go on, stopped. */
export interface ReplayPort {
  /** Both throw `UsageError` where there is no such step to be sent alone. */
  readonly single: {
    preview(request: SingleStepRequest): Promise<unknown>;
    replay(
      request: SingleStepRequest,
    ): Promise<{ readonly path: string; readonly answer: ReceiveAnswer }>;
  };
  /** Both throw `UsageError` where nothing is in doubt, or the answer does not fit. */
  readonly doubts: {
    preview(request: SettleRequest): Promise<unknown>;
    settle(request: SettleRequest & { readonly reason: string }): Promise<object>;
  };
  readonly read: ReplayReader;
  preview(request: ReplayRequest): Promise<unknown>;
  readonly jobs: {
    create(
      request: ReplayRequest,
    ): Promise<{ readonly job: ReplayJobRow; readonly leftOut: number }>;
    /** False when there is nothing left to go on with. */
    proceed(job: number, by: string): Promise<boolean>;
    halt(job: number, by: string): Promise<boolean>;
  };
}

/** What a purge did, or how far it is. */
type PurgeView = { readonly endedAt?: Instant } & object;

/** What is over, and how it goes. */
export interface RetentionPort {
  /** Begins one; throws `UsageError` where it cannot. */
  purge(
    request: { readonly kind?: RetentionClass; readonly before?: Instant },
    by: string,
  ): PurgeView;
  outlook(request: { readonly kind?: RetentionClass; readonly before?: Instant }): Promise<unknown>;
  /** The one under way, or the last one. */
  state(): PurgeView | undefined;
}

/** How the machine's clock stands. */
export interface ClockView {
  readonly jumps: number;
  readonly skews: readonly { readonly adapter: string; readonly ms: number }[];
  readonly warnings: readonly {
    readonly what: string;
    readonly message: string;
    readonly help: string;
  }[];
}

/** How the store stands, and what is worth a word of it. */
export interface StoreView extends StoreHealth {
  readonly warnings: readonly {
    readonly what: string;
    readonly message: string;
    readonly help: string;
  }[];
  readonly fullAt?: Instant;
}
