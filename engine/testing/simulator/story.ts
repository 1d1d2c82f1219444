import type { Json, JsonObject } from "../../model/json.ts";
import type { Received } from "../../model/received.ts";
import { type Random, streamOf } from "../estate/random.ts";

/** The event that support may never tell of. */
export const noteAdded = "support.note.added";

/** One business event, and how its source tells of it. */
export interface Told {
  readonly at: number;
  readonly received: Received;
  /** The lane that its flow gives it, for the check of order. */
  readonly lane: string;
}

export type Fate =
  | "ordered"
  | "no-credit"
  | "no-stock"
  | "rejected"
  | "no-subscription"
  | "unconfirmed"
  | "late-no"
  | "unanswered"
  | "inactive";

interface Opportunity {
  readonly id: string;
  readonly fate: Fate;
  readonly amount: string;
  readonly lines: readonly string[];
}

/** What happens in the business, and so what the partners' books must say at the end. */
export interface Story {
  readonly told: readonly Told[];
  readonly spanMs: number;
  readonly opportunities: readonly Opportunity[];
  readonly invoices: readonly { readonly id: string; readonly amount: string }[];
  readonly payments: readonly {
    readonly id: string;
    readonly invoice: string;
    readonly amount: string;
  }[];
  readonly usage: readonly {
    readonly id: string;
    readonly meter: string;
    readonly number: number;
    readonly amount: string;
  }[];
  readonly versions: ReadonlyMap<string, number>;
  readonly holds: ReadonlyMap<string, boolean>;
  readonly notes: readonly { readonly id: string; readonly account: string }[];
  readonly visits: readonly { readonly id: string; readonly waits: boolean }[];
  /** When each parcel is sent, ascending: support tells of none, it must be asked. */
  readonly parcels: readonly number[];
  readonly kits: readonly Kit[];
}

/** Parts that are needed all together, or as many as there are. */
interface Kit {
  readonly id: string;
  readonly isWhole: boolean;
  readonly parts: readonly { readonly ref: string; readonly isThere: boolean }[];
}

const fates = [
  "ordered",
  "ordered",
  "ordered",
  "no-credit",
  "no-stock",
  "rejected",
  "no-subscription",
  "unconfirmed",
  "late-no",
  "unanswered",
  "inactive",
] as const;
const accounts = ["A1", "A2", "A3"] as const;
/** Few, so that notes meet in a lane. */
const noted = ["A1", "A2"] as const;

/** Writes the story of a seed: a few entities, so that events of one key meet. */
export function storyOf(seed: number): Story {
  return new Author(streamOf(seed, "story"), streamOf(seed, "gaps")).write();
}

class Author {
  readonly #random: Random;
  readonly #gaps: Random;
  readonly #told: Told[] = [];
  readonly #spanMs: number;

  constructor(random: Random, gaps: Random) {
    this.#random = random;
    this.#gaps = gaps;
    this.#spanMs = 60_000 * random.pick([2, 10, 40] as const);
  }

  write(): Story {
    const random = this.#random;
    const size = random.pick([1, 2, 4] as const);
    const opportunities = this.#times(size, (n) => this.#opportunity(n));
    const invoices = this.#times(size, (n) => this.#invoice(n));
    const usage = ["M1", "M2"].flatMap((meter) => this.#usage(meter, random.below(size + 2)));
    const holds = new Map(
      accounts.map((account) => [account, this.#cases(account, random.below(3))]),
    );
    const versions = new Map(
      accounts.map((account) => [account, this.#versions(account, random.below(size + 2))]),
    );
    const notes = this.#times(size + 3, (n) => this.#note(n));
    const visits = random.next() < 0.5 ? this.#visits() : [];
    const parcels = Array.from({ length: random.below(2 + 2 * size) }, () => this.#moment());
    const kits = random.next() < 0.5 ? this.#times(2, (n) => this.#kit(n)) : [];
    return {
      told: this.#told.toSorted((a, b) => a.at - b.at),
      spanMs: this.#spanMs,
      opportunities,
      invoices: invoices.map(({ invoice }) => invoice),
      payments: invoices.flatMap(({ payments }) => payments),
      usage,
      holds,
      versions,
      notes,
      visits,
      parcels: parcels.toSorted((a, b) => a - b),
      kits,
    };
  }

  #times<T>(count: number, make: (n: number) => T): readonly T[] {
    return Array.from({ length: 1 + this.#random.below(count) }, (_, n) => make(n));
  }

  #opportunity(n: number): Opportunity {
    const random = this.#random;
    const fate = random.pick(fates);
    const id = `O${n}-${fate}`;
    const isAsked = fate === "rejected" || fate === "unanswered";
    const amount = String(isAsked ? 9_000 + n : 100 + random.below(8_000));
    const lines = Array.from({ length: 1 + random.below(3) }, (_, line) => `S${line}`);
    const data = {
      opportunityId: id,
      account: random.pick(accounts),
      amount,
      lines: lines.map((sku, i) => ({ sku, quantity: i + 1 })),
    };
    const at = this.#moment();
    this.#tell("crm.opportunity.won", `e-${id}`, data, { at, lane: `opportunity ${id}` });
    // The CRM tells some facts twice, as two events.
    if (random.next() < 0.3) {
      this.#tell("crm.opportunity.won", `again-${id}`, data, {
        at: at + random.below(60_000),
        lane: `opportunity ${id}`,
      });
    }
    return { id, fate, amount, lines };
  }

  #invoice(n: number) {
    const random = this.#random;
    const id = `I${n}`;
    const amount = String(10 + random.below(500));
    const at = this.#moment();
    const lane = `receivables ${id}`;
    this.#tell(
      "billing.invoice.finalized",
      `e-${id}`,
      { invoiceId: id, account: random.pick(accounts), amount },
      { at, lane },
    );
    const payments = Array.from({ length: random.below(5) }, (_, nth) => ({
      id: `P${n}-${nth}`,
      invoice: id,
      amount: String(1 + random.below(10)),
    }));
    for (const payment of payments) {
      const data = { paymentId: payment.id, invoiceId: id, amount: payment.amount };
      // A payment may be told of before its invoice.
      this.#tell("billing.payment.received", `e-${payment.id}`, data, {
        at: Math.max(0, at + random.below(40_000) - 10_000),
        lane,
      });
    }
    return { invoice: { id, amount }, payments };
  }

  #usage(meter: string, count: number) {
    let at = this.#moment();
    let number = 0;
    return Array.from({ length: count }, () => {
      // Some numbers are never told of: what comes after waits for them, and not for ever.
      number += this.#gaps.next() < 0.1 ? 2 : 1;
      const row = {
        id: `${meter}-${number}`,
        meter,
        number,
        amount: String(1 + this.#random.below(9)),
      };
      at += this.#random.below(20_000);
      const data = { usageId: row.id, meter, number: row.number, amount: row.amount };
      this.#tell("billing.usage.reported", `e-${row.id}`, data, {
        at,
        lane: `usage ${meter}`,
        sequence: row.number,
      });
      return row;
    });
  }

  /** True when a case stays open. */
  #cases(account: string, count: number): boolean {
    let isHeld = false;
    for (let n = 0; n < count; n += 1) {
      const at = this.#moment();
      const caseId = `C-${account}-${n}`;
      const lane = `cases ${account}`;
      this.#tell(
        "support.case.changed",
        `e-${caseId}-opened`,
        { caseId, account, state: "opened" },
        { at, lane },
      );
      if (this.#random.next() < 0.2) isHeld = true;
      else
        this.#tell(
          "support.case.changed",
          `e-${caseId}-closed`,
          { caseId, account, state: "closed" },
          { at: at + this.#random.below(30_000), lane },
        );
    }
    return isHeld;
  }

  /** The last version of an account; 0 when it never changed. */
  #versions(account: string, count: number): number {
    let at = this.#moment();
    for (let version = 1; version <= count; version += 1) {
      at += this.#random.below(15_000);
      this.#tell(
        "crm.account.changed",
        `e-${account}-v${version}`,
        { account, version, name: `${account} v${version}` },
        { at, lane: `account ${account}`, sequence: version },
      );
    }
    return count;
  }

  #note(n: number) {
    const id = `N${n}`;
    const account = this.#random.pick(noted);
    this.#tell(
      noteAdded,
      `e-${id}`,
      { noteId: id, account, text: "x" },
      { at: this.#moment(), lane: `notes ${account}` },
    );
    return { id, account };
  }

  /** Several at once for one account; the first waits beside its lane, and is confirmed while others are at work. */
  #visits(): Story["visits"] {
    const random = this.#random;
    const at = this.#moment();
    const lane = "visits A1";
    return Array.from({ length: 3 + random.below(3) }, (_, n) => {
      const visit = { id: `V${n}`, waits: n === 0 || random.next() < 0.2 };
      const data = { visitId: visit.id, account: "A1", waits: visit.waits };
      this.#tell("support.visit.planned", `e-${visit.id}`, data, { at: at + 10 * n, lane });
      if (visit.waits) {
        this.#tell(
          "support.visit.confirmed",
          `e-${visit.id}-confirmed`,
          { visitId: visit.id },
          { at: at + 100 + random.below(400), lane: `confirmation ${visit.id}` },
        );
      }
      return visit;
    });
  }

  #kit(n: number): Kit {
    const random = this.#random;
    const isWhole = random.next() < 0.6;
    const id = `T${n}`;
    const parts = Array.from({ length: 2 + random.below(4) }, (_, part) => {
      const isThere = random.next() < 0.8;
      return { ref: `${id}/part${part}${isThere ? "" : "-none"}`, isThere };
    });
    this.#tell(
      isWhole ? "crm.kit.ordered" : "crm.batch.ordered",
      `e-${id}`,
      { kitId: id, parts: parts.map(({ ref }) => ({ ref })) },
      { at: this.#moment(), lane: `kit ${id}` },
    );
    return { id, isWhole, parts };
  }

  #moment(): number {
    return this.#random.below(this.#spanMs);
  }

  #tell(
    type: string,
    dedupeKey: string,
    data: JsonObject,
    how: { readonly at: number; readonly lane: string; readonly sequence?: number },
  ): void {
    const { at, lane, sequence } = how;
    this.#told.push({ at, lane, received: receivedOf(type, dedupeKey, data, sequence) });
  }
}

/** The notes as support lists them, by when they were written. */
export function notesOf({ told }: Story, begunAt: number) {
  return told
    .filter(({ received }) => received.type === noteAdded)
    .map(({ at, received: { dedupeKey: id, data: note } }) => ({ at: begunAt + at, id, note }))
    .toSorted((a, b) => a.at - b.at);
}

export function receivedOf(
  type: string,
  dedupeKey: string,
  data: Json,
  sequence?: number,
): Received {
  const source = `acme-${type.slice(0, type.indexOf("."))}.events`;
  return {
    channel: "webhook",
    source,
    type,
    dedupeKey,
    data,
    headers: {},
    ...(sequence === undefined ? {} : { sequence }),
  };
}
