import type { Generation } from "../model/plan/generation.ts";
import { outlookOf } from "./outlook.ts";
import type { PauseTarget } from "../model/operator.ts";
import type { Pauses } from "./pauses.ts";
import { selectionOf } from "./reach.ts";
import type { Relay } from "./relay.ts";
import type { Outlook } from "./status.ts";
import type { World } from "./world.ts";

export interface OperatorsContext {
  readonly world: World;
  readonly pauses: Pauses;
  readonly relay: Relay;
  readonly generation: () => Generation;
  /** Runs that did not begin may do so now. */
  readonly kickRuns: () => void;
}

/** What operators stop and let go on; each word of theirs is audited. */
export class Operators {
  readonly #context: OperatorsContext;

  constructor(context: OperatorsContext) {
    this.#context = context;
  }

  async pause(target: PauseTarget, by: string): Promise<void> {
    const { pauses, world } = this.#context;
    await pauses.add("pause", target, by, world.clock.now());
    this.#context.relay.pausesChanged();
  }

  async drain(target: PauseTarget, by: string): Promise<void> {
    const { pauses, world } = this.#context;
    await pauses.add("drain", target, by, world.clock.now());
    // What was paused before may be finished now.
    this.#goOn();
  }

  async resume(target: PauseTarget, by: string): Promise<boolean> {
    const { pauses, world } = this.#context;
    const held = await pauses.remove(target, by, world.clock.now());
    this.#goOn();
    return held;
  }

  async outlook(): Promise<Outlook> {
    const { generation, pauses, relay, world } = this.#context;
    const { clock, store } = world;
    const now = clock.now();
    const waiting = await store.read.waiting();
    const draining = pauses.targets("drain").map(async (target) => ({
      target,
      begun: await store.read.begun(selectionOf(target, generation())),
    }));
    return {
      adapters: outlookOf(waiting, relay.status(now), generation(), now),
      draining: await Promise.all(draining),
    };
  }

  #goOn(): void {
    this.#context.kickRuns();
    this.#context.relay.pausesChanged();
  }
}
