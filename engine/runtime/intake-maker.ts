import type { ChildOrigin } from "../core/index.ts";
import type { Message } from "../model/message.ts";
import type { Generation } from "../model/plan/generation.ts";
import type { Received } from "../model/received.ts";
import type { Intake } from "../ports/store.ts";
import type { FactLoader } from "./facts.ts";
import { thrown } from "./park.ts";
import { isPassing } from "./passing.ts";
import { type Soon, whenThere } from "../model/soon.ts";
import { type Door, doorOf, type World } from "./world.ts";

export interface IntakeContext {
  readonly generation: Generation;
  readonly cause?: NonNullable<Message["cause"]>;
  readonly replayOf?: string;
  readonly identity?: string;
  readonly child?: ChildOrigin;
}

/** Makes messages of what is received: gives them ids, and fetches the facts the rules ask for. */
export class IntakeMaker {
  readonly #world: World;
  readonly #facts: FactLoader;
  readonly #door: Door;

  constructor(world: World, facts: FactLoader) {
    this.#world = world;
    this.#facts = facts;
    this.#door = doorOf(world);
  }

  /** Never refuses: what an expression of a spec cannot digest is taken in as invalid, for a person. */
  make(received: Received, context: IntakeContext): Soon<Intake> {
    const asInvalid = (error: unknown): Soon<Intake> => {
      if (isPassing(error) || received.invalid !== undefined) throw error;
      const { code, message } = thrown(error);
      this.#world.log.write("error", "a message could not be read", { code, type: received.type });
      return this.#ask({ ...received, invalid: { code, message } }, context);
    };
    try {
      const made = this.#ask(received, context);
      return made instanceof Promise ? made.catch(asInvalid) : made;
    } catch (error) {
      return asInvalid(error);
    }
  }

  #ask(received: Received, context: IntakeContext): Soon<Intake> {
    const { rules, clock, ids } = this.#world;
    const now = clock.now();
    const messageId = ids.next(now);
    const traceparent = ids.traceparent(received.traceparent);
    const answer = this.#facts.settle(
      (facts) =>
        rules.intake({
          ...context,
          received,
          messageId,
          newRunId: () => ids.next(now),
          // The first message of a story gives it its name.
          correlationId: messageId,
          traceparent,
          now,
          facts,
          ...this.#door,
        }),
      context.generation,
      now,
    );
    return whenThere(answer, ({ intake }) => intake);
  }
}
