import type { JsonObject } from "../../../engine/model/json.ts";
import type { BusinessCentral } from "../../engine/adapters/fakes/business-central/business-central.ts";
import type { Chargebee } from "../../engine/adapters/fakes/chargebee/chargebee.ts";
import type { HubSpot } from "../../engine/adapters/fakes/hubspot.ts";
import type { RequestTracker } from "../../engine/adapters/fakes/request-tracker.ts";
import { decimal, type Sides, text } from "./sides.ts";

type Row = Readonly<Record<string, unknown>>;

const today = () => new Date().toISOString().slice(0, 10);

/** HubSpot as a story asks it. `tell` delivers an event of the deal. */
export function hubspotSide(crm: HubSpot, tell: (dealId: string) => void): Sides["crm"] {
  let count = 0;
  const company = (id: string): Row => crm.companies.get(id)?.properties ?? {};
  const enter = (name: string): string => {
    const id = String(9_500 + count);
    const none = Object.fromEntries(emptyCompany.map((property) => [property, null]));
    crm.companies.set(id, {
      id,
      properties: {
        ...none,
        name,
        tax_id: `DE${100_000_000 + count}`,
        domain: `customer-${count}.example`,
        billing_email: `ap@customer-${count}.example`,
        address: "Hafenstr. 1",
        city: "Hamburg",
        state: "HH",
        zip: "20095",
        country: "DE",
        hs_lastmodifieddate: new Date().toISOString(),
      },
    });
    return id;
  };
  return {
    sell({ amends, lines, plan }) {
      count += 1;
      const customerId = amends?.customerId ?? enter(`Customer ${count}`);
      const dealId = String(21_500 + count);
      const items = lines.map((line, index) => ({ ...line, id: `${dealId}${index}` }));
      for (const { id, name, price, quantity, sku } of items) {
        const amount = (quantity * Number(price)).toFixed(2);
        const properties = {
          hs_sku: sku,
          name,
          quantity: String(quantity),
          price,
          amount,
          hs_discount_percentage: null,
        };
        crm.lineItems.set(id, { id, properties });
      }
      const total = items.reduce((sum, { price, quantity }) => sum + quantity * Number(price), 0);
      const contract = `CT-${3_000 + count}`;
      crm.deals.set(dealId, {
        id: dealId,
        properties: {
          dealname: `Deal ${count}`,
          amount: total.toFixed(2),
          deal_currency_code: "EUR",
          dealstage: "closedwon",
          hs_is_closed_won: "true",
          hs_is_closed: "true",
          closedate: `${today()}T08:00:00Z`,
          payment_terms: "Net 30",
          contract_number: contract,
          subscription_plan: plan,
          subscription_term_months: "12",
          service_start_date: today(),
          dealtype: amends === undefined ? "newbusiness" : "existingbusiness",
          amends_order: amends?.orderId ?? null,
          hs_lastmodifieddate: new Date().toISOString(),
          erp_order_number: null,
          integration_status: null,
          integration_message: null,
        },
        associations: {
          companies: [{ id: customerId, type: "deal_to_company" }],
          line_items: items.map(({ id }) => ({ id, type: "deal_to_line_item" })),
        },
      });
      tell(dealId);
      return { dealId, customerId, contract };
    },
    deal(id) {
      const row: Row = crm.deals.get(id)?.properties ?? {};
      return {
        status: text(row["integration_status"]),
        orderNumber: text(row["erp_order_number"]),
        message: text(row["integration_message"]),
      };
    },
    customer(id) {
      const row = company(id);
      return {
        ids: {
          erp: text(row["erp_customer_code"]),
          billing: text(row["billing_customer_id"]),
          support: text(row["support_organization_id"]),
        },
        receivables: text(row["receivables_status"]),
        dispute: text(row["dispute_status"]),
        health: text(row["health_score"]),
        escalation: text(row["support_escalation"]),
      };
    },
  };
}

const emptyCompany = [
  "legal_name",
  "phone",
  "customer_tier",
  "hs_parent_company_id",
  "shipping_street",
  "shipping_city",
  "shipping_state",
  "shipping_zip",
  "shipping_country",
  "erp_customer_code",
  "billing_customer_id",
  "support_organization_id",
  "receivables_status",
  "dispute_status",
  "health_score",
  "support_escalation",
];

export function chargebeeSide({ billed, subscriptions }: Chargebee): Sides["billing"] {
  const shown = (row: Row) => ({
    id: text(row["id"]),
    number: text(row["id"]),
    net: decimal(Number(row["total"]) - Number(row["tax"])),
    tax: decimal(row["tax"]),
    total: decimal(row["total"]),
    status: text(row["status"]),
    hold: text(row["cf_collection_hold"]),
  });
  return {
    subscriptions: (orderId) =>
      [...subscriptions.rows.values()]
        .filter((row) => (row["meta_data"] as JsonObject)["order_id"] === orderId)
        .map((row) => {
          const [item] = row["subscription_items"] as unknown as { item_price_id: string }[];
          return { id: row.id, plan: (item?.item_price_id ?? "").replace(/-[A-Z]{3}$/, "") };
        }),
    invoices: (orderId) =>
      [...billed.invoices.rows.values()]
        .filter((row) => row["subscription_id"] === orderId)
        .map(shown),
    draft: ({ cents, milestoneId, sold }) =>
      billed.make({
        customer: sold.customerId,
        subscription: sold.dealId,
        currency: "EUR",
        lines: [{ amount: cents, description: "Implementation day", entityType: "adhoc" }],
        more: { cf_milestone_id: milestoneId },
        pending: true,
      }).id,
    issue: (id) => billed.close(id),
    pay: (id, cents) => {
      const due = Number(billed.invoices.must(id)["amount_due"]);
      billed.pay(id, cents === "rest" ? due : cents, "success");
    },
    fail: (id) => billed.pay(id, Number(billed.invoices.must(id)["amount_due"]), "failure"),
    refund: (id, cents) => billed.refund(id, cents),
    credits: (invoiceId) =>
      [...billed.creditNotes.rows.values()]
        .filter((row) => row["reference_invoice_id"] === invoiceId)
        .map((row) => ({ amount: decimal(row["total"]), isVoid: row["status"] === "voided" })),
  };
}

export function businessCentralSide(erp: BusinessCentral): Sides["erp"] {
  const rows = (set: string): readonly Row[] => erp.tables[set] ?? [];
  const where = (set: string, name: string, value: string) =>
    rows(set).filter((row) => row[name] === value.toUpperCase());
  const orders = (orderId: string) => where("salesOrders", "externalDocumentNumber", orderId);
  const booked = (invoiceId: string) =>
    where("salesInvoices", "externalDocumentNumber", invoiceId)[0];
  const states: Readonly<Record<string, string>> = { Draft: "draft", Open: "posted", Paid: "paid" };
  return {
    approve(orderId) {
      const order = erp.tables["salesOrders"]?.find(
        (row) => row["externalDocumentNumber"] === orderId.toUpperCase(),
      );
      if (order?.["status"] === "Draft") erp.release(order);
      return order !== undefined;
    },
    orders: (orderId) =>
      orders(orderId).map((row) => ({
        number: text(row["number"]),
        total: Number(row["totalAmountExcludingTax"]).toFixed(2),
      })),
    milestone: (number) => {
      const [row] = where("projectMilestones", "orderNumber", number);
      return row === undefined ? undefined : text(row["id"]);
    },
    link(number, invoiceId) {
      const row = erp.tables["projectMilestones"]?.find(
        ({ orderNumber }) => orderNumber === number,
      );
      if (row !== undefined) erp.touch(row, { invoiceReference: invoiceId });
    },
    invoice(invoiceId) {
      const row = booked(invoiceId);
      if (row === undefined) return undefined;
      const lines = row["salesInvoiceLines"] as readonly Row[];
      const tax = lines
        .filter((line) => line["lineObjectNumber"] === "22300")
        .reduce((sum, line) => sum + Number(line["netAmount"]), 0);
      const code = text(row["disputeStatus"]);
      const draft = row["status"] === "Draft";
      return {
        state: states[text(row["status"])] ?? "",
        tax: tax.toFixed(2),
        total: Number(row["totalAmountIncludingTax"]).toFixed(2),
        open: Number(draft ? row["totalAmountIncludingTax"] : row["remainingAmount"]).toFixed(2),
        dispute: code.startsWith("S")
          ? "service-exception"
          : code.startsWith("D")
            ? "disputed"
            : "none",
        disputeCase: code.slice(1),
      };
    },
    postings(invoiceId) {
      const number = text(booked(invoiceId)?.["number"]);
      const entries = rows("generalLedgerEntries").filter(
        (row) => row["documentNumber"] === number,
      );
      return entries.filter((row) => row["accountNumber"] === "40100").length;
    },
    owes(customerId) {
      const [customer] = where("customers", "number", customerId);
      return erp.books.owes(text(customer?.["id"])).toFixed(2);
    },
    schedule(orderId) {
      const journal = rows("journals").find((row) => row["code"] === "REVENUE");
      const lines = ((journal?.["lines"] ?? []) as readonly Row[]).filter(
        (row) => row["externalDocumentNumber"] === orderId.toUpperCase(),
      );
      const cents = lines.reduce((sum, row) => sum + Math.round(Number(row["amount"]) * 100), 0);
      return lines.length === 0 ? undefined : { months: lines.length, total: decimal(cents) };
    },
    credits: (creditMemoId) =>
      where("salesCreditMemos", "externalDocumentNumber", creditMemoId)
        .filter((row) => row["status"] !== "Draft")
        .map((row) => Number(row["totalAmountIncludingTax"]).toFixed(2)),
    serial: (number) => text(where("serviceItems", "orderNumber", number)[0]?.["serialNumber"]),
  };
}

export function requestTrackerSide(support: RequestTracker): Sides["support"] {
  const priorities = { normal: "30", high: "60", urgent: "80" };
  return {
    owed: (customerId) => {
      const fields = support.users.get(`customer-${customerId}`)?.fields;
      return fields === undefined
        ? undefined
        : {
            level: fields.get("Service Level") ?? "",
            implementation: fields.get("Implementation Service") === "yes",
            contract: fields.get("Contract") ?? "",
            erpCustomer: fields.get("ERP Customer") ?? "",
          };
    },
    open: ({ asset, customerId, invoiceNumber, orderNumber, severity, subject }) =>
      support.work({
        Subject: subject,
        Priority: priorities[severity],
        CustomFields: {
          "Customer Code": customerId,
          ...(orderNumber === undefined ? {} : { "Order Number": orderNumber }),
          ...(invoiceNumber === undefined ? {} : { "Invoice Number": invoiceNumber }),
          ...(asset === undefined ? {} : { Asset: asset }),
        },
      }),
    resolve: (id) => void support.work({ Status: "resolved" }, id),
    acceptClaim: (id, amount) =>
      void support.work({ CustomFields: { "Claim Amount": amount, "Claim Accepted": "yes" } }, id),
    note: (id) => support.tickets.get(id)?.fields.get("Integration Status") ?? "",
  };
}
