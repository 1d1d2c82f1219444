import { Pool } from "undici";
import { pace } from "../pace.ts";
import type { Plan } from "./plan.ts";

const pauseMsMax = 500;

/** Tells of each booking until it is taken, as vendors do: many at once, whatever becomes of the engine. */
export class Source {
  readonly wrong = new Set<string>();
  readonly #plan: Plan;
  readonly #inFlight: number;
  /** Ids of the messages that were answered with 2xx, by the booking's place. */
  readonly #taken = new Map<number, string>();
  #next = 0;
  #pool: Pool | undefined;
  #attempts = 0;
  #isOver = false;

  constructor(plan: Plan, inFlight: number) {
    this.#plan = plan;
    this.#inFlight = inFlight;
  }

  /** Bookings that were taken. */
  get taken(): number {
    return this.#taken.size;
  }

  get attempts(): number {
    return this.#attempts;
  }

  /** Where the engine is now. */
  toward(url: string): void {
    const before = this.#pool;
    this.#pool = new Pool(url, { connections: this.#inFlight, pipelining: 1 });
    void before?.destroy();
  }

  async run(): Promise<void> {
    const loop = async (): Promise<void> => {
      while (this.#next < this.#plan.sendings.length && !this.#isOver) {
        const index = this.#plan.sendings[this.#next] ?? 0;
        this.#next += 1;
        await this.#tell(index);
      }
    };
    await Promise.all(Array.from({ length: this.#inFlight }, loop));
  }

  async close(): Promise<void> {
    this.#isOver = true;
    await this.#pool?.destroy();
  }

  async #tell(index: number): Promise<void> {
    for (let attempt = 1; !this.#isOver; attempt += 1) {
      const id = await this.#send(index);
      if (id === undefined) {
        await pace(Math.min(pauseMsMax, 20 * attempt));
        continue;
      }
      const before = this.#taken.get(index);
      if (before !== undefined && before !== id)
        this.wrong.add(`booking ${index} was answered with ${before}, and again with ${id}`);
      this.#taken.set(index, before ?? id);
      return;
    }
  }

  /** The message's id, where the engine took it. */
  async #send(index: number): Promise<string | undefined> {
    this.#attempts += 1;
    try {
      const answer = await this.#pool?.request({
        method: "POST",
        path: "/webhooks/storefront/bookings",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(this.#plan.bookings[index]),
        headersTimeout: 20_000,
      });
      const text = await answer?.body.text();
      if (answer?.statusCode !== 202 && answer?.statusCode !== 200) return undefined;
      return (JSON.parse(text ?? "{}") as { readonly id?: string }).id ?? "";
    } catch {
      return undefined;
    }
  }
}
