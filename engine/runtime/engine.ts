import type { ApiResponse } from "../model/decision.ts";
import type { Diagnostic } from "../errors/diagnostic.ts";
import type { Delivery } from "../model/delivery.ts";
import type { SingleStep } from "../model/message.ts";
import type { FactRequest } from "../model/expression.ts";
import type { Instant, Json } from "../model/json.ts";
import type { Generation } from "../model/plan/generation.ts";
import type { PauseTarget, ReplayOptions } from "../model/operator.ts";
import type { CallAnswer, ReceiveAnswer, Received } from "../model/received.ts";
import type { RawOutcome } from "../model/request.ts";
import type { TaskAnswer } from "../model/run-event.ts";
import type { Recovered, Unpark } from "../ports/store.ts";
import type { EngineStatus, Outlook } from "./status.ts";

/**
 * One running engine on one store. It moves decisions between ports by four loops: `receive`, `dispatch`,
 * `relay` and the `follow-up` of what was committed. Everything it must remember is in the store; dropping it without
 * `stop` is a crash, and a new one on the same store reaches the same end state.
 */
export interface Engine {
  /** Recovers, then lets the loops run. Rejects when the current generation cannot be saved. */
  start(): Promise<Recovered>;
  /**
   * Refuses new messages at once, lets sends in flight finish for up to `drainMs` (10,000 unless
   * told), flushes. What is not finished goes on after the next start.
   */
  stop(options?: { readonly drainMs?: number }): Promise<void>;

  /** Stores a message with the runs it starts; durable when it resolves with `accepted` or `duplicate`. */
  receive(received: Received): Promise<ReceiveAnswer>;
  /** As `receive`, of what came together, in its order: nothing overtakes what was refused, but by its priority. */
  receiveInOrder(received: readonly Received[]): Promise<readonly ReceiveAnswer[]>;
  /** How many more runs may begin before the least urgent are refused; at least one, which is told so. */
  room(): number;
  /** As `receive`, then waits for the answer of the one run it started, at most until its deadline. */
  receiveAndWait(received: Received): Promise<CallAnswer>;
  /** The answer a run gave its caller; undefined as long as there is none. */
  response(runId: string): Promise<ApiResponse | undefined>;
  /** Recorded reads for mappings evaluated by a channel, `evaluate` included. */
  facts(requests: readonly FactRequest[], now: Instant): Promise<ReadonlyMap<string, Json>>;
  /**
   * Sends a read that belongs to no run, a channel's own: the adapter's budget, concurrency, circuit,
   * rest and pauses hold for it. Nobody waits for it once `signal` aborts.
   */
  read(delivery: Delivery, signal: AbortSignal): Promise<RawOutcome>;
  /** A message once more, as a new one that says what it is a replay of. */
  replay(messageId: string, options: EngineReplay): Promise<ReceiveAnswer>;

  /** The generation that new messages are read by. */
  generation(): Generation;
  /** Makes `generation` the current one; refused when the world cannot run it, and then nothing changes. */
  adopt(generation: Generation): Promise<Adoption>;

  choose(taskId: string, answer: TaskAnswer): Promise<boolean>;
  unpark(runId: string, answer: Unpark): Promise<boolean>;
  /** Stops a flow, one key of it, a system or a region; intake goes on. Survives a restart. */
  pause(target: PauseTarget, by: string): Promise<void>;
  /** Lets what has begun end and begins nothing new of it; intake goes on. Survives a restart. */
  drain(target: PauseTarget, by: string): Promise<void>;
  /** Ends a pause or a drain; false when there was none. */
  resume(target: PauseTarget, by: string): Promise<boolean>;
  /** What waits and how long it will take, and how far drains have come. */
  outlook(): Promise<Outlook>;

  status(): EngineStatus;
  /** Resolves when nothing is ready, claimed or in flight; what waits for a time does not count. */
  idle(): Promise<void>;
}

/** As a person asks for it, or a job of many. */
export interface EngineReplay extends ReplayOptions {
  /** One step of a run alone, and the identity of that run: the effects are met as that run had them. */
  readonly only?: SingleStep & { readonly identity: string };
  /** The job that it belongs to, and its own name there: asked for twice, it is taken once. */
  readonly job?: { readonly number: number; readonly position: number };
  /** The facts read anew from the bytes that were received. */
  readonly reread?: Pick<Received, "type" | "data" | "invalid" | "time" | "sequence" | "subject">;
}

export type Adoption =
  | { readonly outcome: "adopted" | "unchanged"; readonly hash: string }
  | { readonly outcome: "refused"; readonly findings: readonly Diagnostic[] };
