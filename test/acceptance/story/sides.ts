/** What a story asks of the systems of a role, whoever plays it. Amounts are decimal strings. */

export interface Line {
  readonly sku: string;
  readonly quantity: number;
  readonly price: string;
  readonly name: string;
}

export interface Sale {
  readonly lines: readonly Line[];
  readonly plan: string;
  /** A deal of this customer that changes the contract which an order began. */
  readonly amends?: { readonly customerId: string; readonly orderId: string };
}

export interface Sold {
  readonly dealId: string;
  readonly customerId: string;
  readonly contract: string;
}

export interface CrmSide {
  /** Someone wins a deal; of a customer that nobody else knows, unless it amends a contract. */
  sell(sale: Sale): Sold;
  deal(id: string): {
    readonly status: string;
    readonly orderNumber: string;
    readonly message: string;
  };
  customer(id: string): {
    readonly ids: { readonly erp: string; readonly billing: string; readonly support: string };
    readonly receivables: string;
    readonly dispute: string;
    readonly health: string;
    readonly escalation: string;
  };
}

export interface BilledInvoice {
  readonly id: string;
  readonly number: string;
  readonly net: string;
  readonly tax: string;
  readonly total: string;
  readonly status: string;
  readonly hold: string;
}

export interface BillingSide {
  subscriptions(orderId: string): readonly { readonly id: string; readonly plan: string }[];
  /** Oldest first. */
  invoices(orderId: string): readonly BilledInvoice[];
  /** Finance bills a milestone's work, as a draft. Returns the invoice's id. */
  draft(work: {
    readonly sold: Sold;
    readonly milestoneId: string;
    readonly cents: number;
  }): string;
  issue(id: string): void;
  pay(id: string, cents: number | "rest"): void;
  fail(id: string): void;
  refund(id: string, cents: number): void;
  credits(invoiceId: string): readonly { readonly amount: string; readonly isVoid: boolean }[];
}

export interface BookedInvoice {
  readonly state: string;
  readonly tax: string;
  readonly total: string;
  readonly open: string;
  readonly dispute: string;
  readonly disputeCase: string;
}

export interface ErpSide {
  /** People approve an order that is there; false while it is not. */
  approve(orderId: string): boolean;
  orders(orderId: string): readonly { readonly number: string; readonly total: string }[];
  milestone(orderNumber: string): string | undefined;
  /** Finance writes on the milestone which invoice bills it. */
  link(orderNumber: string, invoiceId: string): void;
  invoice(invoiceId: string): BookedInvoice | undefined;
  postings(invoiceId: string): number;
  /** What the customer owes on what is posted. */
  owes(customerId: string): string;
  schedule(orderId: string): { readonly months: number; readonly total: string } | undefined;
  credits(creditMemoId: string): readonly string[];
  serial(orderNumber: string): string;
}

export interface Case {
  readonly subject: string;
  readonly severity: "high" | "urgent" | "normal";
  readonly customerId: string;
  readonly orderNumber?: string;
  readonly invoiceNumber?: string;
  readonly asset?: string;
}

export interface Owed {
  readonly level: string;
  readonly implementation: boolean;
  readonly contract: string;
  readonly erpCustomer: string;
}

export interface SupportSide {
  /** What agents see of what is owed; undefined while nothing is. Empty where nothing stands. */
  owed(customerId: string): Owed | undefined;
  open(about: Case): string;
  resolve(id: string): void;
  acceptClaim(id: string, amount: string): void;
  /** What the case says about the other systems. */
  note(id: string): string;
}

export interface Sides {
  readonly crm: CrmSide;
  readonly billing: BillingSide;
  readonly erp: ErpSide;
  readonly support: SupportSide;
}

export const decimal = (cents: unknown): string => (Number(cents ?? 0) / 100).toFixed(2);
export const text = (value: unknown): string => (typeof value === "string" ? value : "");
