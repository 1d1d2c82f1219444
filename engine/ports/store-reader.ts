import type { Failure } from "../errors/failure.ts";
import type { ApiResponse, OwnershipConflict } from "../model/decision.ts";
import type { Delivery } from "../model/delivery.ts";
import type { Instant, Json } from "../model/json.ts";
import type { Message } from "../model/message.ts";
import type { RunStatus } from "../model/run.ts";
import type { Selection } from "./selection.ts";

/** Lists and traces, for the CLI, the admin API and the console. Never writes. */
export interface StoreReader {
  messages(filter: ListFilter): Promise<readonly MessageRow[]>;
  message(id: string): Promise<StoredMessage | undefined>;
  runs(filter: ListFilter): Promise<readonly RunRow[]>;
  run(id: string): Promise<RunDetail | undefined>;
  deadLetters(filter: ListFilter): Promise<readonly ProblemRow[]>;
  tasks(filter: ListFilter): Promise<readonly TaskRow[]>;
  /** Every message and run that a business id, message id, run id or correlation id leads to. */
  trace(id: string): Promise<readonly TraceEntry[]>;
  crosswalk(entity: string, id: string): Promise<readonly CrosswalkRow[]>;
  /** Values that did not stand against their system of record; `id` is any id of the record. */
  conflicts(filter: ConflictFilter): Promise<readonly ConflictRow[]>;
  /** Every source text of a generation by path, as it was when runs of it began. */
  sources(generation: string): Promise<Readonly<Record<string, string>> | undefined>;
  /** The generation that was made the current one last; undefined in a store that had none. */
  lastGeneration(): Promise<LastGeneration | undefined>;
  /** Totals (`messages`, `duplicates`, ends by status) and what is open now (`ready`, `deliveries`, …). */
  counts(): Promise<Readonly<Record<string, number>>>;
  /** How many runs have begun and are neither over nor parked, and the oldest few of them. */
  begun(selection: Selection): Promise<Begun>;
  /** What waits: deliveries by adapter, and runs that have not begun by flow. */
  waiting(): Promise<Waiting>;
  /** Newest first; `before` and `limit` page through it. */
  audits(filter: {
    readonly before?: number;
    readonly limit?: number;
  }): Promise<readonly AuditRow[]>;
  /** How many audit rows there are, and the first that was changed or removed after it was written. */
  auditChain(): Promise<AuditChain>;
}

/** The generation that was the current one last, and since when. */
export interface LastGeneration {
  readonly hash: string;
  readonly savedAt: Instant;
  /** Every source text by path. */
  readonly files: Readonly<Record<string, string>>;
}

/** A message as it was accepted, and its bytes where they say more. */
export interface StoredMessage {
  readonly message: Message;
  readonly raw?: Uint8Array;
  /** When its payload went, its retention being over: `data` is null and headers are none. */
  readonly emptiedAt?: Instant;
}

export interface AuditChain {
  readonly rows: number;
  readonly brokenAt?: number;
}

export interface Begun {
  readonly count: number;
  readonly oldest: readonly {
    readonly runId: string;
    readonly flow: string;
    readonly laneKey: string | null;
    readonly status: RunStatus;
  }[];
}

export interface Waiting {
  readonly deliveries: readonly { readonly adapter: string; readonly count: number }[];
  readonly runs: readonly { readonly flow: string; readonly count: number }[];
}

export interface ListFilter {
  readonly flow?: string;
  readonly status?: string;
  readonly type?: string;
  readonly id?: string;
  readonly since?: Instant;
  readonly until?: Instant;
  /** 50 unless told; newest first. */
  readonly limit?: number;
}

export interface MessageRow {
  readonly id: string;
  readonly channel: string;
  readonly source: string;
  readonly type: string;
  readonly receivedAt: Instant;
  readonly bytes: number;
  readonly runs: number;
  readonly duplicates: number;
  readonly correlationId: string;
  /** When its payload went, its retention being over. */
  readonly emptiedAt?: Instant;
}

export interface RunRow {
  readonly id: string;
  readonly flow: string;
  readonly status: RunStatus;
  readonly laneKey: string | null;
  readonly messageId: string;
  readonly identity: string;
  readonly generation: string;
  readonly startedAt: Instant;
  readonly endedAt?: Instant;
  readonly error?: Failure;
  /** Set while a step of it waits to be tried again. */
  readonly retrying?: Retrying;
  /** Writes that may have happened, while the engine finds out, or as it was discarded; absent for none. */
  readonly doubts?: number;
  readonly replayOf?: string;
  /** Set where it is the replay of one step alone: its path. */
  readonly only?: string;
  readonly parentRunId?: string;
  readonly correlationId: string;
  /** When requests, answers and results went with the message's payload. */
  readonly emptiedAt?: Instant;
}

/** What a step met that is tried again, and when it goes. */
export interface Retrying {
  readonly path: string;
  readonly failure: Failure;
  /** How often it failed so far: the next attempt is one more. */
  readonly failures: number;
  readonly nextAt?: Instant;
}

export interface RunDetail extends RunRow {
  readonly state: Json;
  readonly results: Readonly<Record<string, Json>>;
  readonly history: readonly HistoryRow[];
  readonly deliveries: readonly DeliveryRow[];
  readonly milestones: readonly { readonly name: string; readonly at: Instant }[];
  /** What is at stake, as its flow said when it began. */
  readonly impact?: Json;
  /** How it ended, as its parent was told. */
  readonly end?: { readonly output: Json } | { readonly failure: Failure };
  /** The answer for the caller of an API flow, once the run gave it. */
  readonly response?: ApiResponse;
}

export interface AuditRow {
  readonly number: number;
  readonly at: Instant;
  readonly actor: string;
  readonly action: string;
  readonly target: string;
  readonly detail: Json;
}

export interface HistoryRow {
  readonly at: Instant;
  readonly path: string;
  readonly what: string;
  readonly detail?: Json;
}

/**
 * How far a request has come: in the `outbox`, sent and `in-doubt`, `acknowledged` by the partner,
 * `verified` by reading back (or `unverified`: it does not show), `refused`, or `cancelled` before it left.
 */
export type DeliveryStage =
  | "outbox"
  | "in-doubt"
  | "acknowledged"
  | "verified"
  | "unverified"
  | "refused"
  | "cancelled";

export interface DeliveryRow extends Delivery {
  readonly stage: DeliveryStage;
  readonly attempts: readonly {
    readonly at: Instant;
    readonly outcome: string;
    readonly status?: number;
    readonly ms: number;
    readonly response?: Json;
  }[];
}

/** A parked run: a dead letter, an invalid message, a doubt, a failed undo. */
export interface ProblemRow {
  readonly runId: string;
  readonly flow: string;
  readonly status: RunStatus;
  readonly laneKey: string | null;
  readonly at: Instant;
  readonly failure: Failure;
  readonly messageId: string;
  readonly generation: string;
  readonly attempts: number;
  /** Runs waiting behind it in its lane. */
  readonly blocked: number;
  readonly impact?: Json;
}

export interface TaskRow {
  readonly id: string;
  readonly runId: string;
  readonly flow: string;
  readonly path: string;
  readonly team: string;
  readonly title: string;
  readonly choices: readonly string[];
  /** Of a choice among several: what may be picked. */
  readonly among?: Readonly<Record<string, readonly string[]>>;
  readonly show: Json;
  readonly openedAt: Instant;
  readonly due: Instant;
  readonly answer?: {
    readonly choice: string;
    readonly pick?: string;
    readonly by: string;
    readonly at: Instant;
  };
}

export interface TraceEntry {
  readonly at: Instant;
  readonly kind: "message" | "run" | "step" | "delivery" | "task" | "milestone" | "link";
  readonly flow?: string;
  readonly runId?: string;
  readonly messageId?: string;
  readonly path?: string;
  readonly what: string;
  readonly detail?: Json;
}

export interface ConflictFilter {
  /** The canonical id, or one that a system gave. */
  readonly id?: string;
  readonly entity?: string;
  readonly since?: Instant;
  readonly until?: Instant;
  /** 50 unless told; the latest first. */
  readonly limit?: number;
}

/** The same value of the same source is one row, however often it came. */
export interface ConflictRow extends OwnershipConflict {
  readonly firstAt: Instant;
  readonly lastAt: Instant;
  readonly times: number;
  /** Run that met it last; null once that is over and gone. */
  readonly runId: string | null;
}

export interface CrosswalkRow {
  readonly entity: string;
  readonly canonicalId: string;
  readonly system: string;
  readonly id: string;
  readonly linkedAt: Instant;
}
