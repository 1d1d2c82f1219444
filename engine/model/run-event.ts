import type { Failure } from "../errors/failure.ts";
import type { Json } from "./json.ts";
import type { Message } from "./message.ts";
import type { RawOutcome } from "./request.ts";

/** What a person says to a task. */
export interface TaskAnswer {
  readonly choice: string;
  readonly by: string;
  readonly comment?: string;
  readonly data?: Json;
  /** Of a choice among several: which. */
  readonly pick?: string;
}

/** A person's word about a call in doubt: it was done, and this is what it gave. */
export interface Settlement {
  /** Of the step: `steps.order`, `steps.lines[SKU-7].post`. */
  readonly path: string;
  /** In the shape of the operation's contract. */
  readonly output: Json;
  readonly reason: string;
}

/** What happens to a run. Events enter `decide` one at a time, in commit order. */
export type RunEvent =
  | { readonly kind: "start" }
  /** The outcome of one attempt of a delivery. `crashed` means that its outcome was never recorded. */
  | {
      readonly kind: "outcome";
      readonly deliveryId: string;
      readonly path: string;
      readonly outcome: RawOutcome;
      readonly crashed: boolean;
    }
  | { readonly kind: "timer"; readonly path: string; readonly name: TimerName }
  | { readonly kind: "matched"; readonly path: string; readonly message: Message }
  | ({ readonly kind: "chosen"; readonly path: string } & TaskAnswer)
  | {
      readonly kind: "child-ended";
      readonly path: string;
      readonly childRunId: string;
      readonly result: { readonly output: Json } | { readonly failure: Failure };
    }
  /**
   * For a child run that is done: its parent undoes the `run` step. It undoes its steps and tells
   * the parent at its end by `child-ended` for `path`.
   */
  | { readonly kind: "compensate"; readonly path: string }
  /**
   * A person lets a parked run go on from the step that failed; `settled`: from one that stood in doubt,
   * and that was done as they say.
   */
  | { readonly kind: "resume"; readonly by: string; readonly settled?: Settlement };

/** Which wait of a step a timer ends. One row each, named by (run, path, name). */
export type TimerName = "retry" | "timeout" | "settle" | "wait" | "within" | "park" | "deadline";
