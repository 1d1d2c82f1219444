import type { Json, JsonObject } from "../../../../../engine/model/json.ts";
import { type Answer, Refusal, textAt } from "../exchange.ts";

export type Row = Record<string, Json>;

const line = {
  lineType: 0,
  lineObjectNumber: 20,
  description: 100,
  description2: 50,
  quantity: 0,
  unitPrice: 0,
  discountAmount: 0,
  taxCode: 20,
};
const money = {
  postingDate: 0,
  documentNumber: 20,
  externalDocumentNumber: 35,
  amount: 0,
  description: 100,
};
const journal = { code: 10, displayName: 100, balancingAccountId: 0 };

/** What may be written of each entity set, and how long its texts may be; 0: no text, or any length. */
const writable: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  customers: {
    number: 20,
    displayName: 100,
    type: 0,
    addressLine1: 100,
    city: 30,
    state: 30,
    postalCode: 20,
    country: 10,
    phoneNumber: 30,
    email: 80,
    taxRegistrationNumber: 20,
    currencyCode: 10,
  },
  contacts: {
    number: 20,
    type: 0,
    displayName: 100,
    jobTitle: 30,
    companyNumber: 20,
    email: 80,
    phoneNumber: 30,
    privacyBlocked: 0,
  },
  contactPreferences: { excludeFromSegment: 0 },
  salesOrders: {
    externalDocumentNumber: 35,
    customerId: 0,
    currencyCode: 10,
    paymentTermsId: 0,
    orderDate: 0,
    salesOrderLines: 0,
  },
  salesInvoices: {
    externalDocumentNumber: 35,
    customerId: 0,
    currencyCode: 10,
    invoiceDate: 0,
    postingDate: 0,
    customerPurchaseOrderReference: 35,
    disputeStatusId: 0,
    salesInvoiceLines: 0,
  },
  salesCreditMemos: {
    externalDocumentNumber: 35,
    creditMemoDate: 0,
    postingDate: 0,
    customerId: 0,
    invoiceId: 0,
    currencyCode: 10,
    salesCreditMemoLines: 0,
  },
  lines: line,
  disputeStatuses: { code: 10, displayName: 50 },
  journals: journal,
  customerPaymentJournals: journal,
  journalLines: { ...money, accountType: 0, accountId: 0, accountNumber: 20 },
  customerPayments: { ...money, customerId: 0, appliesToInvoiceId: 0 },
  projectMilestones: { invoiceReference: 50 },
};

/** Fields of type Code: kept and compared in capitals. */
const codes = new Set([
  "number",
  "externalDocumentNumber",
  "documentNumber",
  "code",
  "lineObjectNumber",
  "taxCode",
  "orderNumber",
  "invoiceNumber",
  "serialNumber",
  "accountNumber",
]);

/** A body as it is stored; throws what the OData layer says of one that it does not take. */
export function written(set: string, body: JsonObject): Row {
  const known = writable[set] ?? {};
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => {
      const most = known[name];
      if (most === undefined) {
        throw new Refusal(
          failed(
            400,
            "BadRequest",
            `The property '${name}' does not exist on type 'Microsoft.NAV.${set}'.`,
          ),
        );
      }
      if (typeof value === "string" && most > 0 && value.length > most) {
        const message = `The length of the string is ${value.length}, but it must be less than or equal to ${most} characters. Value: ${value}`;
        throw new Refusal(failed(400, "Application_StringExceededLength", message));
      }
      return [name, codes.has(name) && typeof value === "string" ? value.toUpperCase() : value];
    }),
  );
}

export function failed(status: number, code: string, message: string): Answer {
  return {
    status,
    body: {
      error: { code, message: `${message}  CorrelationId:  5d2c6cf9-6a4b-4b0e-9c3a-000000000001.` },
    },
  };
}

export const dialog = (message: string): Refusal =>
  new Refusal(failed(400, "Application_DialogException", message));

/** `a eq 'x' or a eq 'y'`, `a eq x and b eq 'y'`, `a ge 2026-…`: what the adapter asks. */
export function holds(row: Row, filter: string): boolean {
  return filter.split(" or ").some((part) =>
    part.split(" and ").every((term) => {
      const [, name = "", operator, quoted, bare] =
        /^(\w+) (eq|ge|ne) (?:'((?:[^']|'')*)'|(\S+))$/.exec(term) ?? [];
      if (name === "")
        throw new Refusal(failed(400, "BadRequest", `Syntax error in filter: ${term}`));
      const given = quoted?.replaceAll("''", "'") ?? bare ?? "";
      const value = codes.has(name) ? given.toUpperCase() : given;
      const own = textAt(row, name);
      if (operator === "ge") return own >= value;
      return (own === value) === (operator === "eq");
    }),
  );
}
