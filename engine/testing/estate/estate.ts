import type { Json } from "../../model/json.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Billing } from "./billing/billing.ts";
import type { Crm } from "./crm/crm.ts";
import type { Deal, DealOptions } from "./deals.ts";
import type { Erp } from "./erp/erp.ts";
import type { BackgroundFaults } from "./faults.ts";
import type { Limit } from "./limiter.ts";
import type { Person } from "./person.ts";
import type { CountingLedger } from "./report.ts";
import type { Support } from "./support/support.ts";
import type { System } from "./system.ts";
import type { Habits } from "./world.ts";

export interface EstateOptions {
  /** The same seed gives the same world; 1 unless told. */
  readonly seed?: number;
  /** The machine's clock unless told. */
  readonly clock?: Clock;
  /** Faults for any request, drawn from the seed. */
  readonly faults?: BackgroundFaults;
  /** Most requests that a partner takes in any span; none unless told. */
  readonly limits?: Partial<Readonly<Record<System, Limit>>>;
  readonly habits?: Partial<Habits>;
  /** Any free port unless told. */
  readonly port?: number;
}

/** Four partners at work. What a person does there goes through `person` and `closeDeal`. */
export interface Estate {
  readonly seed: number;
  readonly urls: Readonly<Record<System | "control", string>>;
  readonly crm: Crm;
  readonly support: Support;
  readonly billing: Billing;
  readonly erp: Erp;
  readonly ledger: CountingLedger;
  readonly webhooks: EstateWebhooks;
  readonly person: Person;
  environment(): Record<string, string>;
  closeDeal(options?: DealOptions): Deal;
  /** Someone wins the deal that was left in negotiation. */
  winDeal(opportunityId: string): void;
  /** Someone edits a record in the CRM. */
  editRecord(type: string, id: string, values: Readonly<Record<string, Json>>): void;
  close(): Promise<void>;
}

export interface EstateWebhooks {
  /** Where a partner's events go; null for nowhere. */
  to(system: System, url: string | null): void;
  /** Resolves when nothing waits to be sent now. */
  idle(): Promise<void>;
}
