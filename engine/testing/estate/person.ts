import type { Json, JsonObject } from "../../model/json.ts";
import type { Billing } from "./billing/billing.ts";
import type { PaymentKind } from "./billing/payments.ts";
import type { BillingObject } from "./billing/records.ts";
import type { Crm } from "./crm/crm.ts";
import type { Erp } from "./erp/erp.ts";
import type { Support } from "./support/support.ts";
import type { User } from "./support/users.ts";
import { type Ticket, ticketFields } from "./support/tickets.ts";

export interface TicketOptions {
  readonly subject: string;
  readonly priority?: "low" | "normal" | "high" | "urgent";
  /** CRM account id or ERP code: the `external_id` of an organization. */
  readonly accountId?: string;
  readonly organizationId?: number;
  readonly orderNumber?: string;
  readonly invoiceNumber?: string;
  readonly asset?: string;
}

export interface TicketChange {
  readonly status?: "open" | "pending" | "hold" | "solved" | "closed";
  readonly priority?: "low" | "normal" | "high" | "urgent";
  /** Decimal string. */
  readonly claimAmount?: string;
  readonly claimAccepted?: boolean;
  readonly orderNumber?: string;
  readonly invoiceNumber?: string;
  readonly asset?: string;
  /** CRM account id: the ticket becomes that organization's. */
  readonly accountId?: string;
}

export interface PersonOptions {
  readonly name: string;
  readonly email?: string;
  readonly phone?: string;
  /** CRM account id: the `external_id` of an organization. */
  readonly accountId?: string;
  readonly organizationId?: number;
}

export interface PersonChange {
  readonly name?: string;
  readonly email?: string;
  readonly phone?: string;
  readonly suspended?: boolean;
  /** Wants no letters any more, or wants them again. */
  readonly noMarketing?: boolean;
}

/** What people do at the partners, beside our integration. */
export interface Person {
  openTicket(options: TicketOptions): Ticket;
  changeTicket(id: number, change: TicketChange): Ticket;
  /** Somebody writes to support for the first time. */
  writeToSupport(options: PersonOptions): User;
  changeSupportUser(id: number, change: PersonChange): User;
  /** A payer, a bank or a cardholder; amounts are minor units. */
  pay(invoiceId: string, kind: PaymentKind, amount?: number): void;
  /** Finance bills a customer of the billing platform; amounts are minor units. */
  bill(options: BillOptions): BillingObject;
  closePeriod(month: string, reopensOn: string): void;
  /** Finance posts an invoice in the ERP itself, by its reference. */
  postInvoice(reference: string): void;
  /** The CRM sends a record's last change event again. */
  redeliver(recordId: string, times?: number): void;
}

export interface BillOptions {
  readonly customer: string;
  readonly lines: readonly { readonly description: string; readonly amount: number }[];
  readonly metadata?: JsonObject;
  /** True unless told. */
  readonly finalize?: boolean;
}

interface Partners {
  readonly crm: Crm;
  readonly support: Support;
  readonly billing: Billing;
  readonly erp: Erp;
}

export function personOf({ crm, support, billing, erp }: Partners): Person {
  return {
    openTicket(options) {
      const { organizations, tickets } = support;
      const found = organizations.find("external_id", options.accountId ?? null);
      const values = {
        order_number: options.orderNumber,
        invoice_number: options.invoiceNumber,
        asset: options.asset,
      };
      const body = {
        subject: options.subject,
        comment: { body: options.subject },
        priority: options.priority ?? "normal",
        organization_id: options.organizationId ?? found?.id ?? null,
        custom_fields: customFields(values),
      };
      return tickets.create(body, "person");
    },
    changeTicket(id, { status, priority, accountId, ...change }) {
      const ticket = support.tickets.must(id);
      const organization = support.organizations.find("external_id", accountId ?? null);
      const values = {
        claim_amount: change.claimAmount,
        claim_accepted: change.claimAccepted,
        order_number: change.orderNumber,
        invoice_number: change.invoiceNumber,
        asset: change.asset,
      };
      const body: JsonObject = {
        ...(organization === undefined ? {} : { organization_id: organization.id }),
        ...(status === undefined ? {} : { status }),
        ...(priority === undefined ? {} : { priority }),
        custom_fields: customFields(values),
      };
      support.tickets.update(ticket, body, "person");
      return ticket;
    },
    writeToSupport({ accountId, organizationId, ...values }) {
      const found = support.organizations.find("external_id", accountId ?? null);
      const organization_id = organizationId ?? found?.id ?? null;
      return support.users.create({ ...values, organization_id }, "person");
    },
    changeSupportUser(id, { noMarketing, ...values }) {
      const user = support.users.must(id);
      const fields = noMarketing === undefined ? {} : { no_marketing: noMarketing };
      support.users.update(user, { ...values, user_fields: fields }, "person");
      return user;
    },
    pay: (invoiceId, kind, amount) => billing.payments.happen(invoiceId, kind, amount),
    bill({ customer, lines, metadata = {}, finalize = true }) {
      const { invoices, records } = billing;
      const invoice = invoices.draft(records.must("customer", customer), { metadata });
      for (const { description, amount } of lines) {
        invoices.addLine(invoice, amount, { description, quantity: 1 });
      }
      records.announce("invoice.created", invoice);
      if (finalize) invoices.finalize(invoice);
      return structuredClone(invoice);
    },
    closePeriod: (month, reopensOn) => erp.receivables.closePeriod(month, reopensOn),
    postInvoice: (reference) => erp.receivables.postByHand(reference),
    redeliver(recordId, times = 1) {
      for (let sent = 0; sent < times; sent += 1) crm.records.redeliver(recordId);
    },
  };
}

function customFields(
  values: Readonly<Partial<Record<keyof typeof ticketFields, Json | undefined>>>,
): readonly JsonObject[] {
  return Object.entries(ticketFields).flatMap(([name, id]) => {
    const value = values[name as keyof typeof ticketFields];
    return value === undefined ? [] : [{ id, value }];
  });
}
