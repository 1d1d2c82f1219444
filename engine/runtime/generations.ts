import type { Generation } from "../model/plan/generation.ts";
import type { World } from "./world.ts";

/** The current generation, and the older ones that runs in flight still need. */
export class Generations {
  readonly #world: Pick<World, "store" | "clock" | "compile" | "log">;
  readonly #known = new Map<string, Promise<Generation | undefined>>();
  #current: Generation;

  constructor(world: Pick<World, "store" | "clock" | "compile" | "log">, current: Generation) {
    this.#world = world;
    this.#current = current;
  }

  get current(): Generation {
    return this.#current;
  }

  /** Stores its texts before anything may be pinned to it. */
  async save(generation: Generation): Promise<void> {
    await this.#world.store.saveGeneration(
      { hash: generation.hash, files: generation.files },
      this.#world.clock.now(),
    );
  }

  swap(generation: Generation): void {
    this.#known.set(this.#current.hash, Promise.resolve(this.#current));
    this.#known.delete(generation.hash);
    this.#current = generation;
  }

  /** Forgets those that no unfinished run needs; they stay in the store. */
  async prune(): Promise<void> {
    const live = new Set(await this.#world.store.liveGenerations());
    for (const hash of this.#known.keys()) if (!live.has(hash)) this.#known.delete(hash);
  }

  /** By hash, without a wait: the current one, which nearly all are asked for. */
  now(hash: string): Generation | undefined {
    return hash === this.#current.hash ? this.#current : undefined;
  }

  /** By hash; undefined when it is not stored, or this version cannot compile it any more. */
  of(hash: string): Promise<Generation | undefined> {
    if (hash === this.#current.hash) return Promise.resolve(this.#current);
    const known = this.#known.get(hash);
    if (known !== undefined) return known;
    const loading = this.#load(hash);
    this.#known.set(hash, loading);
    // A failed read must not stick: the next asks again.
    loading.catch(() => this.#known.delete(hash));
    return loading;
  }

  async #load(hash: string): Promise<Generation | undefined> {
    const record = await this.#world.store.loadGeneration(hash);
    const generation = record === undefined ? undefined : await this.#world.compile(record.files);
    if (generation?.hash === hash) return generation;
    this.#world.log.write("error", "a generation that runs still need cannot be built", {
      generation: hash,
      why: record === undefined ? "its texts are not stored" : "this version does not compile them",
    });
    return undefined;
  }
}
