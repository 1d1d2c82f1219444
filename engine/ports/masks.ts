import type { Message } from "../model/message.ts";
import type {
  ConflictRow,
  ProblemRow,
  RunDetail,
  RunRow,
  TaskRow,
  TraceEntry,
} from "./store-reader.ts";

/** Shows what was stored without what is personal. */
export interface Masks {
  message(message: Message): Promise<Message>;
  /** A list of runs: what their failures say. */
  runs(rows: readonly RunRow[]): Promise<readonly RunRow[]>;
  problems(rows: readonly ProblemRow[]): Promise<readonly ProblemRow[]>;
  run(run: RunDetail): Promise<RunDetail>;
  trace(entries: readonly TraceEntry[]): Promise<readonly TraceEntry[]>;
  tasks(rows: readonly TaskRow[]): Promise<readonly TaskRow[]>;
  conflicts(rows: readonly ConflictRow[]): readonly ConflictRow[];
}
