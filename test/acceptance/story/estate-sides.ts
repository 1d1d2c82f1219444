import { credentials } from "../../../engine/testing/estate/credentials.ts";
import type { Estate } from "../../../engine/testing/index.ts";
import { type BilledInvoice, type BookedInvoice, decimal, type Sides, text } from "./sides.ts";

type Row = Readonly<Record<string, unknown>>;

/** The simulated partners as a story asks them: their own records, not their APIs. */
export function estateSides(estate: Estate): Sides {
  return {
    crm: crmOf(estate),
    billing: billingOf(estate),
    erp: erpOf(estate),
    support: supportOf(estate),
  };
}

function crmOf(estate: Estate): Sides["crm"] {
  const record = (type: "Account" | "Opportunity", id: string): Row =>
    estate.crm.records.get(type, id) ?? {};
  return {
    sell({ amends, lines }) {
      const deal = estate.closeDeal({
        customer: "new",
        hierarchy: "none",
        lines: lines.map(({ sku, quantity, price }) => ({ sku, quantity, unitPrice: price })),
        ...(amends === undefined
          ? {}
          : {
              accountId: amends.customerId,
              amends: { orderId: amends.orderId, type: "Existing Business" as const },
            }),
      });
      const { Contract_Number__c: contract } = record("Opportunity", deal.opportunityId);
      return { dealId: deal.opportunityId, customerId: deal.accountId, contract: text(contract) };
    },
    deal(id) {
      const row = record("Opportunity", id);
      return {
        status: text(row["Integration_Status__c"]).toLowerCase(),
        orderNumber: text(row["ERP_Order_Number__c"]),
        message: text(row["Integration_Message__c"]),
      };
    },
    customer(id) {
      const row = record("Account", id);
      return {
        ids: {
          erp: text(row["ERP_Customer_Code__c"]),
          billing: text(row["Billing_Customer_Id__c"]),
          support: text(row["Support_Organization_Id__c"]),
        },
        receivables: text(row["Receivables_Status__c"]),
        dispute: text(row["Dispute_Status__c"]),
        health: JSON.stringify(row["Health_Score__c"] ?? null),
        escalation: text(row["Support_Escalation__c"]),
      };
    },
  };
}

function billingOf({ billing, person }: Estate): Sides["billing"] {
  const { invoices, records } = billing;
  const about = (row: Row, name: string) => text((row["metadata"] as Row | undefined)?.[name]);
  const shown = (row: Row): BilledInvoice => ({
    id: text(row["id"]),
    number: text(row["number"]),
    net: decimal(Number(row["total"]) - Number(row["tax"])),
    tax: decimal(row["tax"]),
    total: decimal(row["total"]),
    status: text(row["status"]),
    hold: about(row, "hold"),
  });
  const ofOrder = (kind: "invoice" | "subscription", orderId: string) =>
    records.all(kind).filter((row) => about(row, "order_id") === orderId);
  return {
    subscriptions: (orderId) =>
      ofOrder("subscription", orderId).map((row) => {
        const { data } = row["items"] as unknown as {
          data: { price: { lookup_key: string | null } }[];
        };
        return { id: row.id, plan: data[0]?.price.lookup_key ?? about(row, "plan") };
      }),
    invoices: (orderId) => ofOrder("invoice", orderId).map(shown).reverse(),
    draft({ cents, milestoneId, sold }) {
      const [subscription] = ofOrder("subscription", sold.dealId);
      const metadata = {
        order_id: sold.dealId,
        customer_id: sold.customerId,
        contract_id: sold.contract,
        milestone_id: milestoneId,
      };
      const lines = [{ description: "Implementation day", amount: cents }];
      const customer = text(subscription?.["customer"]);
      return person.bill({ customer, lines, metadata, finalize: false }).id;
    },
    issue: (id) => invoices.finalize(records.must("invoice", id)),
    pay: (id, cents) =>
      cents === "rest" ? person.pay(id, "paid") : person.pay(id, "partial", cents),
    fail: (id) => person.pay(id, "failed"),
    refund: (id, cents) => person.pay(id, "refunded", cents),
    credits: (invoiceId) =>
      records
        .all("credit_note")
        .filter((row) => row["invoice"] === invoiceId)
        .map((row) => ({ amount: decimal(row["amount"]), isVoid: row["status"] === "void" })),
  };
}

function erpOf({ erp, ledger }: Estate): Sides["erp"] {
  const ask = (method: string, path: string, headers: Record<string, string>, text = "") => {
    const url = new URL(path, "http://erp");
    const asked = {
      method,
      path: `/api/v1${url.pathname}`,
      query: url.searchParams,
      headers,
      text,
    };
    return erp.answer(asked).body;
  };
  const rows = (path: string): readonly Row[] => {
    const login = ask("POST", "/session", {}, JSON.stringify(credentials.erp)) as Row;
    const body = ask("GET", path, { "x-session": text(login["session"]) });
    return (body as unknown as { items: readonly Row[] }).items;
  };
  const booked = (reference: string) =>
    rows(`/invoices?reference=${encodeURIComponent(reference)}`)[0];
  const orders = (orderId: string) =>
    rows(`/orders?reference=${orderId}`).filter((row) => row["state"] !== "cancelled");
  const customer = (id: string) => text(rows(`/customers?external_ref=${id}`)[0]?.["code"]);
  return {
    approve: (orderId) => orders(orderId)[0]?.["state"] === "approved",
    orders: (orderId) =>
      orders(orderId).map((row) => ({ number: text(row["number"]), total: text(row["total"]) })),
    milestone: (number) => {
      const id = rows(`/milestones?order=${number}`)[0]?.["id"];
      return id === undefined ? undefined : text(id);
    },
    link: (number, invoiceId) => erp.fulfilment.linkInvoice(number, invoiceId),
    invoice(reference): BookedInvoice | undefined {
      const row = booked(reference);
      if (row === undefined) return undefined;
      return {
        state: text(row["state"]),
        tax: text(row["tax"]),
        total: text(row["total"]),
        open: text(row["open_amount"]),
        dispute: text(row["dispute_status"]),
        disputeCase: text(row["dispute_case"]),
      };
    },
    postings: (reference) => {
      const id = text(booked(reference)?.["number"]);
      return ledger.effects({ system: "erp", effect: "invoice.posted", id }).length;
    },
    owes: (id) => decimal(erp.receivables.openTotal(customer(id))),
    schedule(orderId) {
      const [order] = orders(orderId);
      const [row] = rows(`/revenue-schedules?order=${text(order?.["number"])}&state=active`);
      return row === undefined
        ? undefined
        : { months: Number(row["months"]), total: text(row["total"]) };
    },
    credits: (reference) =>
      rows(`/credit-memos?reference=${reference}`).map((row) => text(row["amount"])),
    serial: (number) => text(rows(`/assets?order=${number}`)[0]?.["serial"]),
  };
}

function supportOf({ person, support }: Estate): Sides["support"] {
  return {
    owed: (customerId) => {
      const found = support.organizations.find("external_id", customerId);
      const fields = found?.["organization_fields"] as Row | undefined;
      return fields === undefined
        ? undefined
        : {
            level: text(fields["sla_tier"]),
            implementation: fields["implementation_service"] === true,
            contract: text(fields["contract"]),
            erpCustomer: text(fields["erp_customer"]),
          };
    },
    open: ({ customerId, severity, ...about }) =>
      String(person.openTicket({ ...about, accountId: customerId, priority: severity }).id),
    resolve: (id) => void person.changeTicket(Number(id), { status: "solved" }),
    acceptClaim: (id, amount) =>
      void person.changeTicket(Number(id), { claimAmount: amount, claimAccepted: true }),
    note: (id) => {
      const fields = support.tickets.must(Number(id))["custom_fields"] as readonly Row[];
      return text(fields.find((field) => field["id"] === 360_006)?.["value"]);
    },
  };
}
