import { request } from "node:http";
import type { Instant, Json } from "../../model/json.ts";
import type { Agenda } from "./agenda.ts";
import type { System } from "./system.ts";
import type { Faults } from "./faults.ts";
import type { Ledger, WebhookRow } from "./ledger.ts";

export interface WebhookEvent {
  readonly id: string;
  readonly type: string;
  readonly body: Json;
}

/** Headers that prove who sent this body at this time. */
export type Sign = (body: string, event: WebhookEvent, now: Instant) => Record<string, string>;

interface Parts {
  readonly system: System;
  readonly agenda: Agenda;
  readonly ledger: Ledger;
  readonly faults: Faults;
  readonly sign: Sign;
  /** Waits before each further try of an event that was not taken. */
  readonly retryMs: readonly number[];
}

interface Due {
  readonly event: WebhookEvent;
  readonly row: WebhookRow;
}

const answerWithinMs = 10_000;

/**
 * Sends one partner's events, one after the other. An event that is not answered with 2xx is tried
 * again later, and those behind it go first: as vendors do, and why receivers must expect disorder.
 */
export class WebhookSender {
  readonly #parts: Parts;
  readonly #queue: Due[] = [];
  readonly #held: Due[] = [];
  readonly #idle = new Set<() => void>();
  #url: string | undefined;
  #sending = false;
  readonly #closing = new AbortController();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  to(url: string | null): void {
    this.#url = url ?? undefined;
  }

  push(event: WebhookEvent): void {
    const { faults, ledger, system } = this.#parts;
    const { id, type } = event;
    const fault = faults.forWebhook(type)?.kind;
    const open = (state: WebhookRow["state"]) =>
      ledger.openWebhook({ id, system, event: type, state });
    if (fault === "lose-webhook") {
      open("lost");
      return;
    }
    if (this.#url === undefined) {
      open("unrouted");
      return;
    }
    const due = { event, row: open("waiting") };
    if (fault === "delay-webhook") {
      this.#held.push(due);
      return;
    }
    this.#queue.push(due);
    if (fault === "duplicate-webhook") this.#queue.push({ event, row: open("waiting") });
    this.#queue.push(...this.#held.splice(0));
    void this.#drain();
  }

  /** Resolves when nothing is waiting to be sent now; retries of later times are not waited for. */
  idle(): Promise<void> {
    this.#queue.push(...this.#held.splice(0));
    void this.#drain();
    return this.#sending
      ? new Promise((resolve) => {
          this.#idle.add(resolve);
        })
      : Promise.resolve();
  }

  close(): void {
    this.#closing.abort();
    this.#queue.length = 0;
    this.#held.length = 0;
  }

  async #drain(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    for (let due = this.#queue.shift(); due !== undefined; due = this.#queue.shift()) {
      await this.#attempt(due);
    }
    this.#sending = false;
    for (const resolve of this.#idle) resolve();
    this.#idle.clear();
  }

  async #attempt(due: Due): Promise<void> {
    const { agenda, retryMs, sign } = this.#parts;
    const { event, row } = due;
    const url = this.#url;
    if (url === undefined) {
      row.state = "unrouted";
      return;
    }
    const body = JSON.stringify(event.body);
    const status = await post(url, body, {
      headers: sign(body, event, agenda.now()),
      signal: this.#closing.signal,
    });
    row.attempts.push({ at: agenda.now(), status });
    if (status !== null && status >= 200 && status < 300) {
      row.state = "delivered";
      return;
    }
    const wait = retryMs[row.attempts.length - 1];
    if (wait === undefined) {
      row.state = "given-up";
      return;
    }
    agenda.after(wait, () => {
      if (this.#closing.signal.aborted) return;
      this.#queue.push(due);
      void this.#drain();
    });
  }
}

/** The answer's status; null when there was none. */
function post(
  url: string,
  body: string,
  { headers, signal }: { headers: Record<string, string>; signal: AbortSignal },
): Promise<number | null> {
  return new Promise((resolve) => {
    const none = () => resolve(null);
    const outgoing = request(url, {
      method: "POST",
      agent: false,
      signal,
      timeout: answerWithinMs,
      headers: {
        "content-type": "application/json",
        "content-length": Buffer.byteLength(body),
        ...headers,
      },
    });
    outgoing.on("response", (answer) => {
      answer.on("error", none);
      answer.on("end", () => resolve(answer.statusCode ?? null));
      answer.resume();
    });
    outgoing.on("timeout", () => outgoing.destroy());
    outgoing.on("error", none);
    outgoing.on("close", none);
    outgoing.end(body);
  });
}
