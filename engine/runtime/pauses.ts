import type { Delivery } from "../model/delivery.ts";
import { isJsonObject, type Instant, type Json } from "../model/json.ts";
import type { Except, Store } from "../ports/store.ts";
import type { PauseTarget } from "./pause-target.ts";

const checkpoint = "runtime:pauses";

/** What a person stopped. Runs under way go on; of a paused system, nothing is sent. */
export class Pauses {
  readonly #store: Store;
  #targets: readonly PauseTarget[] = [];

  constructor(store: Store) {
    this.#store = store;
  }

  get targets(): readonly PauseTarget[] {
    return this.#targets;
  }

  async load(): Promise<void> {
    const saved = await this.#store.checkpoint(checkpoint);
    this.#targets = Array.isArray(saved) ? saved.flatMap(targetOf) : [];
  }

  async add(target: PauseTarget, now: Instant): Promise<void> {
    await this.#save([...this.#without(target), target], now);
  }

  async remove(target: PauseTarget, now: Instant): Promise<void> {
    await this.#save(this.#without(target), now);
  }

  /** Runs that may not be claimed. */
  runs(): Except {
    return {
      flows: this.#targets.flatMap((target) => (target.kind === "flow" ? [target.flow] : [])),
      keys: this.#targets.flatMap((target) =>
        target.kind === "key" ? [{ flow: target.flow, laneKey: target.laneKey }] : [],
      ),
    };
  }

  /** Deliveries that may not be sent. */
  deliveries(): Except {
    return {
      flows: this.#targets.flatMap((target) => (target.kind === "flow" ? [target.flow] : [])),
      systems: this.#targets.flatMap((target) => (target.kind === "system" ? [target.system] : [])),
    };
  }

  holds(delivery: Delivery): boolean {
    return this.#targets.some(
      (target) =>
        (target.kind === "flow" && target.flow === delivery.flow) ||
        (target.kind === "system" && target.system === delivery.system),
    );
  }

  #without(target: PauseTarget): PauseTarget[] {
    const text = nameOf(target);
    return this.#targets.filter((other) => nameOf(other) !== text);
  }

  async #save(targets: readonly PauseTarget[], now: Instant): Promise<void> {
    await this.#store.saveCheckpoint(checkpoint, targets.map(plain), now);
    this.#targets = targets;
  }
}

/** The target's name for the audit. */
export function nameOf(target: PauseTarget): string {
  switch (target.kind) {
    case "flow":
      return `flow ${target.flow}`;
    case "system":
      return `system ${target.system}`;
    case "key":
      return `key ${JSON.stringify(target.laneKey)} of flow ${target.flow}`;
  }
}

function plain(target: PauseTarget): Json {
  return { ...target };
}

function targetOf(value: Json): PauseTarget[] {
  if (!isJsonObject(value)) return [];
  const { kind, flow, system, laneKey } = value;
  if (kind === "flow" && typeof flow === "string") return [{ kind, flow }];
  if (kind === "system" && typeof system === "string") return [{ kind, system }];
  if (kind === "key" && typeof flow === "string" && typeof laneKey === "string") {
    return [{ kind, flow, laneKey }];
  }
  return [];
}
