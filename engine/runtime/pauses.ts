import type { Delivery } from "../model/delivery.ts";
import { isJsonObject, type Instant, type Json } from "../model/json.ts";
import type { Generation } from "../model/plan/generation.ts";
import type { Selection } from "../ports/selection.ts";
import type { AuditEntry, Except, Store } from "../ports/store.ts";
import { KeyedQueue } from "./keyed-queue.ts";
import type { PauseTarget } from "../model/operator.ts";
import { adaptersOf, selectionOf, together } from "./reach.ts";

const checkpoint = "runtime:pauses";

/** `pause`: nothing of it goes on. `drain`: nothing of it begins, and what has begun is finished. */
export type Mode = "pause" | "drain";

interface Hold {
  readonly mode: Mode;
  readonly target: PauseTarget;
}

/** What a person stopped: it survives restarts and reloads. Messages are taken in all the same. */
export class Pauses {
  readonly #store: Store;
  readonly #generation: () => Generation;
  /** One change after the other: each begins with what the one before it left. */
  readonly #changes = new KeyedQueue();
  readonly #loaded = Promise.withResolvers<void>();
  #holds: readonly Hold[] = [];
  /** Who calls a system is found by reading every flow: once for each generation. */
  #known: { readonly holds: readonly Hold[]; readonly of: string; readonly runs: Except } = {
    holds: this.#holds,
    of: "",
    runs: {},
  };

  constructor(store: Store, generation: () => Generation) {
    this.#store = store;
    this.#generation = generation;
  }

  get any(): boolean {
    return this.#holds.length > 0;
  }

  targets(mode: Mode): readonly PauseTarget[] {
    return this.#holds.filter((hold) => hold.mode === mode).map(({ target }) => target);
  }

  async load(): Promise<void> {
    const saved = await this.#store.checkpoint(checkpoint);
    this.#holds = Array.isArray(saved) ? saved.flatMap(holdOf) : [];
    this.#loaded.resolve();
  }

  /** In place of what the target was stopped by before. */
  async add(mode: Mode, target: PauseTarget, by: string, now: Instant): Promise<void> {
    const audit = auditOf(by, mode, target);
    await this.#change(() => [...this.#without(target), { mode, target }], audit, now);
  }

  /** False when the target was neither paused nor drained. */
  async remove(target: PauseTarget, by: string, now: Instant): Promise<boolean> {
    const name = nameOf(target);
    const held = this.#holds.some((hold) => nameOf(hold.target) === name);
    await this.#change(() => this.#without(target), auditOf(by, "resume", target), now);
    return held;
  }

  /** Runs that may not be claimed. A paused system keeps back requests, not runs. */
  runs(): Except {
    const generation = this.#generation();
    const { holds, of } = this.#known;
    if (holds !== this.#holds || of !== generation.hash) {
      const paused = this.targets("pause").filter(({ kind }) => kind !== "system");
      const beginning = this.#selection(this.targets("drain"));
      const runs = { ...this.#selection(paused), beginning };
      this.#known = { holds: this.#holds, of: generation.hash, runs };
    }
    return this.#known.runs;
  }

  /** Deliveries that may not be sent. */
  deliveries(): Except {
    const paused = this.targets("pause");
    const generation = this.#generation();
    return {
      ...this.#selection(paused.filter(({ kind }) => kind !== "system")),
      systems: paused.flatMap((target) => (target.kind === "system" ? [target.system] : [])),
      adapters: paused.flatMap((target) => adaptersOf(target, generation)),
    };
  }

  holds(delivery: Delivery): boolean {
    if (!this.any) return false;
    return this.#holds.some(
      ({ mode, target }) => mode === "pause" && concerns(target, delivery, this.#generation()),
    );
  }

  #selection(targets: readonly PauseTarget[]): Selection {
    return together(targets.map((target) => selectionOf(target, this.#generation())));
  }

  #without(target: PauseTarget): readonly Hold[] {
    const text = nameOf(target);
    return this.#holds.filter((other) => nameOf(other.target) !== text);
  }

  /** What changes and who changed it are written together, or neither is. */
  #change(make: () => readonly Hold[], audit: AuditEntry, now: Instant): Promise<void> {
    return this.#changes.run("", async () => {
      // Whoever asks while a slow disk still keeps the engine from its start must not lose what stands there.
      await this.#loaded.promise;
      const holds = make();
      await this.#store.saveCheckpoint(checkpoint, holds.map(plain), now, audit);
      this.#holds = holds;
    });
  }
}

function concerns(target: PauseTarget, delivery: Delivery, generation: Generation): boolean {
  switch (target.kind) {
    case "flow":
      return target.flow === delivery.flow;
    case "key":
      return target.flow === delivery.flow && target.laneKey === delivery.laneKey;
    case "system":
    case "region": {
      const own = target.kind === "system" ? delivery.system : delivery.region;
      const named = target.kind === "system" ? target.system : target.region;
      return own === named || adaptersOf(target, generation).includes(delivery.adapter);
    }
  }
}

function auditOf(actor: string, action: Mode | "resume", target: PauseTarget): AuditEntry {
  return { actor, action, target: nameOf(target), detail: { ...target } };
}

/** The target's name for the audit. */
function nameOf(target: PauseTarget): string {
  switch (target.kind) {
    case "flow":
      return `flow ${target.flow}`;
    case "system":
      return `system ${target.system}`;
    case "region":
      return `region ${target.region}`;
    case "key":
      return `key ${JSON.stringify(target.laneKey)} of flow ${target.flow}`;
  }
}

function plain({ mode, target }: Hold): Json {
  return { mode, ...target };
}

function holdOf(value: Json): Hold[] {
  const target = targetOf(value);
  if (target === undefined || !isJsonObject(value)) return [];
  return [{ mode: value["mode"] === "drain" ? "drain" : "pause", target }];
}

function targetOf(value: Json): PauseTarget | undefined {
  if (!isJsonObject(value)) return undefined;
  const { kind, flow, system, region, laneKey } = value;
  if (kind === "flow" && typeof flow === "string") return { kind, flow };
  if (kind === "system" && typeof system === "string") return { kind, system };
  if (kind === "region" && typeof region === "string") return { kind, region };
  if (kind === "key" && typeof flow === "string" && typeof laneKey === "string") {
    return { kind, flow, laneKey };
  }
  return undefined;
}
