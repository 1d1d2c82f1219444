import type { FactRequest } from "../model/expression.ts";
import type { Message } from "../model/message.ts";
import type { MessageIntake } from "../model/intake.ts";
import type { Generation } from "../model/plan/generation.ts";
import type { Received } from "../model/received.ts";
import type { RunSnapshot } from "../model/run.ts";
import type { World } from "./decide-input.ts";

/** One thing received, and the ids it gets. */
export interface IntakeInput extends World {
  /** The current generation for messages and events; the parent's own for child runs. */
  readonly generation: Generation;
  readonly received: Received;
  readonly messageId: string;
  /** Called once per run that starts; only the ids of the last call's answer are used. */
  newRunId(): string;
  /** For what brought no correlation id or trace context of its own. */
  readonly correlationId: string;
  readonly traceparent: string;
  readonly cause?: Message["cause"];
  /** The message this one is a replay of; for a child run, its parent's `replayOf`. */
  readonly replayOf?: string;
  /** Of the run it is a replay of, where the effects of that very run are to be met. */
  readonly identity?: string;
  /** Set for a child run: whom to tell, and the lanes its ancestors hold. */
  readonly child?: ChildOrigin;
}

export interface ChildOrigin {
  readonly parent: NonNullable<RunSnapshot["parent"]>;
  readonly ancestors: RunSnapshot["ancestors"];
  /** Identity of the child, made from its parent's: `NewChild.identity`. */
  readonly identity: string;
  readonly region?: string;
}

/** The intake, or the facts it needs first: fetch them, add them to `facts` and call again. */
export type Intaken =
  | { readonly kind: "intake"; readonly intake: MessageIntake }
  | { readonly kind: "needs"; readonly facts: readonly FactRequest[] };

/** Finds the flows a message starts, and computes lane, identity and what else the store must know. */
export type TakeIn = (input: IntakeInput) => Intaken;
