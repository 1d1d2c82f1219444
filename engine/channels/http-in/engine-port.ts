import type { ApiResponse } from "../../model/decision.ts";
import type { Instant, Json } from "../../model/json.ts";
import type { AuditEntry, TaskAnswer, Unpark } from "../../ports/store.ts";
import type { StoreReader } from "../../ports/store-reader.ts";
import type { Receiver } from "../shared/receiver.ts";

/** What the HTTP server needs of the engine: to hand over, to look, and to pass on a person's word. */
export interface EnginePort extends Receiver {
  readonly read: StoreReader;
  /** The answer of an API run, or undefined when it is not there by `until`. */
  answer(runId: string, until: Instant): Promise<ApiResponse | undefined>;
  /** Sentences that say why no work can be taken now; none when it can. */
  unready(): readonly string[];
  /** Generation, last reload and its findings, circuits, budgets, pauses. */
  status(): Promise<Json>;
  choose(taskId: string, answer: TaskAnswer): Promise<boolean>;
  unpark(runId: string, answer: Unpark): Promise<boolean>;
  replay(request: ReplayRequest): Promise<Json>;
  pause(target: PauseTarget, by: string): Promise<void>;
  unpause(target: PauseTarget, by: string): Promise<void>;
  audit(entry: AuditEntry): Promise<void>;
}

/** Messages to be processed once more. */
export interface ReplayRequest {
  readonly messageIds: readonly string[];
  readonly by: string;
  /** `current` unless told: the generation each message is read by. */
  readonly generation?: "current" | "pinned";
  readonly flow?: string;
}

/** What a person stops: everything, one flow, or all requests to one system. */
export interface PauseTarget {
  readonly kind: "all" | "flow" | "system";
  /** Absent for `all`. */
  readonly name?: string;
}
