import type { Json } from "../../../engine/model/json.ts";
import type { Generation } from "../../../engine/model/plan/generation.ts";
import type { ReceiveAnswer, Received } from "../../../engine/model/received.ts";

/** An engine that only remembers: dedupes as a store does, and can be made to refuse. */
export class MemoryReceiver {
  readonly received: Received[] = [];
  readonly #ids = new Map<string, string>();
  current: Generation;
  refusal: Extract<ReceiveAnswer, { outcome: "refused" }> | undefined;
  duplicates = 0;

  constructor(current: Generation) {
    this.current = current;
  }

  generation(): Generation {
    return this.current;
  }

  async receive(received: Received): Promise<ReceiveAnswer> {
    if (this.refusal !== undefined) return this.refusal;
    const key = JSON.stringify([received.source, received.dedupeKey]);
    const known = this.#ids.get(key);
    if (known !== undefined) {
      this.duplicates += 1;
      return { outcome: "duplicate", messageId: known, runs: [] };
    }
    const messageId = `m-${this.#ids.size + 1}`;
    this.#ids.set(key, messageId);
    this.received.push(received);
    return { outcome: "accepted", messageId, runs: [] };
  }

  async receiveInOrder(received: readonly Received[]): Promise<readonly ReceiveAnswer[]> {
    const answers: ReceiveAnswer[] = [];
    for (const one of received) {
      const before = answers.at(-1);
      answers.push(before?.outcome === "refused" ? before : await this.receive(one));
    }
    return answers;
  }

  async facts(): Promise<ReadonlyMap<string, Json>> {
    return new Map();
  }
}

/** Checkpoints that outlive the channel, as the store's do. */
export function checkpoints() {
  const saved = new Map<string, Json>();
  return {
    saved,
    checkpoint: async (name: string): Promise<Json> => saved.get(name) ?? null,
    saveCheckpoint: async (name: string, value: Json): Promise<void> => {
      saved.set(name, value);
    },
  };
}

/** Lets everything that waits for no socket finish. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}
