import type { Instant, Json } from "../../model/json.ts";
import type { System } from "./system.ts";

/** Something a partner now holds that it did not hold before. */
export interface Effect {
  readonly seq: number;
  readonly at: Instant;
  readonly system: System;
  /** Such as `order.created`. */
  readonly effect: string;
  readonly id: string;
  /** The caller's own reference, where the record has one. */
  readonly reference: string | null;
  /** A decimal string, where money moved. */
  readonly amount: string | null;
  readonly currency: string | null;
  /** The request that caused it; null when the partner or a person did it. */
  readonly request: number | null;
  readonly data: Json;
}

export interface RequestRow {
  readonly seq: number;
  readonly at: Instant;
  readonly system: System;
  readonly method: string;
  readonly path: string;
  /** Null until answered, and for ever when the connection was dropped. */
  status: number | null;
  fault: string | null;
  readonly idempotencyKey: string | null;
  readonly correlationId: string | null;
  readonly traceparent: string | null;
}

export interface WebhookRow {
  readonly id: string;
  readonly system: System;
  readonly event: string;
  readonly at: Instant;
  /** `unrouted`: no URL was configured. `lost`: a fault took it. */
  state: "waiting" | "delivered" | "lost" | "given-up" | "unrouted";
  readonly attempts: { readonly at: Instant; readonly status: number | null }[];
}

export interface EffectFilter {
  readonly system?: System;
  readonly effect?: string;
  readonly reference?: string;
  readonly id?: string;
}

type NewEffect = Pick<Effect, "system" | "effect" | "id"> &
  Partial<Pick<Effect, "reference" | "amount" | "currency" | "data">>;

/** Counts everything that happened, in order, and forgets nothing. */
export class Ledger {
  readonly #now: () => Instant;
  readonly #effects: Effect[] = [];
  readonly #requests: RequestRow[] = [];
  readonly #webhooks: WebhookRow[] = [];
  #current: RequestRow | undefined;

  constructor(now: () => Instant) {
    this.#now = now;
  }

  record(effect: NewEffect): void {
    this.#effects.push({
      reference: null,
      amount: null,
      currency: null,
      data: null,
      ...effect,
      seq: this.#effects.length + 1,
      at: this.#now(),
      request: this.#current?.seq ?? null,
    });
  }

  openRequest(row: Omit<RequestRow, "seq" | "at" | "status" | "fault">): RequestRow {
    const opened = {
      ...row,
      seq: this.#requests.length + 1,
      at: this.#now(),
      status: null,
      fault: null,
    };
    this.#requests.push(opened);
    return opened;
  }

  /** Effects recorded while `act` runs are this request's. */
  during<T>(row: RequestRow, act: () => T): T {
    this.#current = row;
    try {
      return act();
    } finally {
      this.#current = undefined;
    }
  }

  openWebhook(row: Pick<WebhookRow, "id" | "system" | "event" | "state">): WebhookRow {
    const opened: WebhookRow = { ...row, at: this.#now(), attempts: [] };
    this.#webhooks.push(opened);
    return opened;
  }

  effects(filter: EffectFilter = {}): readonly Effect[] {
    return this.#effects.filter(
      (row) =>
        (filter.system === undefined || row.system === filter.system) &&
        (filter.effect === undefined || row.effect === filter.effect) &&
        (filter.reference === undefined || row.reference === filter.reference) &&
        (filter.id === undefined || row.id === filter.id),
    );
  }

  count(filter: EffectFilter = {}): number {
    return this.effects(filter).length;
  }

  requests(system?: System): readonly RequestRow[] {
    return this.#requests.filter((row) => system === undefined || row.system === system);
  }

  webhooks(system?: System): readonly WebhookRow[] {
    return this.#webhooks.filter((row) => system === undefined || row.system === system);
  }
}
