import type { JsonObject } from "../../../../../engine/model/json.ts";
import { type Answer, type Asked, Fake, objectOf, Refusal, textAt } from "../exchange.ts";
import { Books } from "./books.ts";
import { dialog, failed, holds, type Row, written } from "./tables.ts";

/** Entity sets that the extension adds, and those of v2.0. */
const custom = new Set(["serviceItems", "projectMilestones", "contactPreferences"]);
/** Sets that grow, whose pages are small enough here that two make several. */
const paged = new Set(["paymentTerms", "salesOrders", "salesInvoices"]);
const lineSets: Readonly<Record<string, string>> = {
  journals: "journalLines",
  customerPaymentJournals: "customerPayments",
};
const route =
  /^\/bc\/api\/(v2\.0|acme\/integration\/v1\.0)\/companies\([\w-]+\)\/(\w+)(?:\(([\w-]+)\))?(?:\/([\w.]+)(?:\(([\w-]+)\))?)?$/;

/** Business Central: tokens, OData filters, pages by address, writes that must name the etag, and posting. */
export class BusinessCentral extends Fake {
  static readonly secrets = { BC_CLIENT_ID: "bc-client", BC_CLIENT_SECRET: "bc-canary" };
  /** Where it is reached, for the addresses of its pages. */
  url = "";
  readonly tables: Readonly<Record<string, Row[]>> = {
    customers: [],
    contacts: [],
    contactPreferences: [],
    salesOrders: [],
    salesInvoices: [],
    salesCreditMemos: [],
    generalLedgerEntries: [],
    disputeStatuses: [],
    customerPaymentJournals: [],
    journals: [{ id: "j-revenue", code: "REVENUE", displayName: "Revenue", lines: [] }],
    accounts: ["10200", "22300", "22800", "40100", "40900"].map((number) => ({
      id: `a-${number}`,
      number,
    })),
    companyInformation: [{ id: "ci-1", displayName: "acme", currencyCode: "USD" }],
    serviceItems: [],
    projectMilestones: [],
    items: [
      { id: "i-1", number: "GATEWAY", type: "Inventory", inventory: 40 },
      { id: "i-2", number: "SETUP", type: "Service", inventory: 0, project: true },
    ],
    paymentTerms: ["COD", "NET14", "NET60", "NET30", "PREPAID"].map((code) => ({
      id: `t-${code}`,
      code,
    })),
  };
  readonly books = new Books(this.tables);
  #count = 0;

  protected handle(asked: Asked): Answer {
    try {
      return this.#answer(asked);
    } catch (error) {
      if (error instanceof Refusal) return error.answer;
      throw error;
    }
  }

  #answer(asked: Asked): Answer {
    const { body, headers, method, path, query } = asked;
    if (path === "/login/oauth2/v2.0/token") return token(body);
    if (headers.authorization !== "Bearer bc-token") {
      const message = "The server has rejected the client credentials.";
      return failed(401, "Authentication_InvalidCredentials", message);
    }
    const [, version = "", set = "", id, part, partId] = route.exec(path) ?? [];
    const rows = this.tables[set];
    if (rows === undefined || custom.has(set) === (version === "v2.0")) {
      return failed(404, "BadRequest_NotFound", `Resource not found for the segment '${set}'.`);
    }
    if (id === undefined) {
      if (method === "POST") return this.#create(set, rows, objectOf(body));
      return this.#list(rows, path, query);
    }
    // By its id, a payment journal is a journal, too.
    const batches = set === "journals" ? (this.tables["customerPaymentJournals"] ?? []) : [];
    const row = [...rows, ...batches].find((one) => one["id"] === id);
    if (row === undefined)
      return failed(404, "Internal_RecordNotFound", "The record does not exist.");
    if (part === "Microsoft.NAV.post") return this.#post(set, row);
    if (part === "contactsInformation") return companyContact(row);
    if (part !== undefined)
      return this.#line(asked, linesOf(row), { set: lineSets[set] ?? "", id: partId });
    if (method === "GET") return { status: 200, body: this.#shown(set, row, query) };
    const refused = etagRefusal(row, headers["if-match"]);
    if (refused !== undefined) return refused;
    if (method === "DELETE") {
      rows.splice(rows.indexOf(row), 1);
      return { status: 204 };
    }
    const change = written(set, objectOf(body));
    this.touch(row, { ...change, ...this.#dispute(change) });
    return { status: 200, body: this.#shown(set, row, query) };
  }

  /** A change, ours or that of people there: the record's etag is another one afterwards. */
  touch(row: Row, change: JsonObject): void {
    this.#count += 1;
    Object.assign(row, change, {
      "@odata.etag": `W/"${this.#count}"`,
      lastModifiedDateTime: new Date(Date.now() + this.#count).toISOString(),
    });
  }

  /** People release an order; its project and what is delivered are there from then on. */
  release(order: Row): void {
    this.touch(order, { status: "Open" });
    const about = { orderNumber: textAt(order, "number"), customerId: textAt(order, "customerId") };
    for (const { lineObjectNumber, quantity } of linesIn(order, "salesOrderLines")) {
      const item = this.tables["items"]?.find(({ number }) => number === lineObjectNumber);
      if (item?.["project"] === true) {
        const row = {
          id: this.#id("milestone"),
          ...about,
          displayName: "Work",
          billable: true,
          invoiceReference: "",
          status: "Open",
        };
        this.#add("projectMilestones", row);
      }
      for (
        let count = item?.["type"] === "Inventory" ? Number(quantity) : 0;
        count > 0;
        count -= 1
      ) {
        const serialNumber = this.#id("SN").toUpperCase();
        this.#add("serviceItems", {
          id: this.#id("service"),
          serialNumber,
          itemNumber: textAt(item ?? {}, "number"),
          ...about,
        });
      }
    }
  }

  /** People ship and invoice an order, all that is left of it or an amount; one that is invoiced in full is gone. */
  invoice(order: Row, amount?: number): Row {
    const invoices = this.tables["salesInvoices"] ?? [];
    const before = invoices.filter((row) => row["orderId"] === order["id"]);
    const left = sum([order], "totalAmountExcludingTax") - sum(before, "totalAmountExcludingTax");
    const total = amount ?? Math.round(left * 100) / 100;
    const line = { lineType: "Item", lineObjectNumber: "40100", netAmount: total };
    const row: Row = {
      id: this.#id("salesInvoices"),
      status: "Draft",
      disputeStatus: "",
      orderId: textAt(order, "id"),
      orderNumber: textAt(order, "number"),
      externalDocumentNumber: textAt(order, "externalDocumentNumber"),
      customerId: textAt(order, "customerId"),
      currencyCode: textAt(order, "currencyCode"),
      postingDate: "2026-12-01",
      salesInvoiceLines: [line],
      totalAmountExcludingTax: total,
      totalTaxAmount: 0,
      totalAmountIncludingTax: total,
    };
    this.books.postInvoice(row);
    this.#add("salesInvoices", row);
    const orders = this.tables["salesOrders"] ?? [];
    if (Math.round((left - total) * 100) === 0) orders.splice(orders.indexOf(order), 1);
    return row;
  }

  #add(set: string, row: Row): void {
    this.touch(row, {});
    this.tables[set]?.push(row);
  }

  #create(set: string, rows: Row[], body: JsonObject): Answer {
    const given = written(set, body);
    const key = given["number"] === undefined ? "code" : "number";
    if (given[key] !== undefined && rows.some((row) => row[key] === given[key])) {
      const message = `The record already exists: ${JSON.stringify(given[key])}`;
      return failed(400, "Internal_EntityWithSameKeyExists", message);
    }
    const row: Row = { id: this.#id(set), ...this.#made(set, given) };
    this.touch(row, {});
    rows.push(row);
    if (set === "contacts")
      this.#add("contactPreferences", { id: row["id"] ?? null, excludeFromSegment: false });
    return { status: 201, body: this.#shown(set, row, new URLSearchParams()) };
  }

  #made(set: string, given: Row): Row {
    if (set === "customers") return { ...customerDefaults, ...given };
    if (set === "contacts") return given;
    if (set in lineSets) return { ...given, lines: [] };
    if (set === "disputeStatuses") return given;
    if (this.tables["customers"]?.some((row) => row["id"] === given["customerId"]) !== true) {
      throw dialog("The sell-to customer cannot be found.");
    }
    const name = `${set.slice(0, -1)}Lines`;
    const lines = linesIn(given, name).map((line) => totalled(written("lines", line)));
    const total = sum(lines, "netAmount");
    const number =
      set === "salesOrders" ? `S-ORD${101_000 + this.#count}` : String(1_000 + this.#count);
    return {
      number,
      status: "Draft",
      disputeStatus: "",
      ...(set === "salesCreditMemos" ? { externalDocumentNumber: "", postingDate: today() } : {}),
      ...given,
      [name]: lines,
      totalAmountExcludingTax: total,
      totalTaxAmount: 0,
      totalAmountIncludingTax: total,
      remainingAmount: 0,
      ...(set === "salesCreditMemos" ? { invoiceNumber: this.#invoiceNumber(given) } : {}),
    };
  }

  #invoiceNumber(memo: Row): string {
    const found = this.tables["salesInvoices"]?.find((row) => row["id"] === memo["invoiceId"]);
    if (found === undefined) throw dialog('The "invoiceId" does not match to an Invoice.');
    return textAt(found, "number");
  }

  #dispute({ disputeStatusId: id }: Row): Row {
    if (id === undefined) return {};
    if (id === "00000000-0000-0000-0000-000000000000") return { disputeStatus: "" };
    const status = this.tables["disputeStatuses"]?.find((row) => row["id"] === id);
    if (status === undefined)
      throw dialog('The "disputeStatusId" does not match to a Dispute Status.');
    return { disputeStatus: textAt(status, "code") };
  }

  #post(set: string, row: Row): Answer {
    if (set === "salesInvoices") this.books.postInvoice(row);
    else if (set === "salesCreditMemos") this.books.postCreditMemo(row);
    else this.books.postJournal(linesOf(row));
    this.touch(row, {});
    return { status: 204 };
  }

  #line(asked: Asked, lines: Row[], { set, id }: { set: string; id: string | undefined }): Answer {
    const { body, headers, method, path, query } = asked;
    if (method === "GET") return this.#list(lines, path, query);
    if (method === "POST") {
      const row: Row = { id: this.#id(set), ...written(set, objectOf(body)) };
      if (set === "customerPayments") this.books.checkPayment(row);
      this.touch(row, {});
      lines.push(row);
      return { status: 201, body: row };
    }
    const row = lines.find((one) => one["id"] === id);
    if (row === undefined)
      return failed(404, "Internal_RecordNotFound", "The record does not exist.");
    const refused = etagRefusal(row, headers["if-match"]);
    if (refused === undefined) lines.splice(lines.indexOf(row), 1);
    return refused ?? { status: 204 };
  }

  #id(set: string): string {
    this.#count += 1;
    return `${set.toLowerCase()}-${this.#count}`;
  }

  #list(rows: readonly Row[], path: string, query: URLSearchParams): Answer {
    const filter = query.get("$filter");
    const wanted = filter === null ? rows : rows.filter((row) => holds(row, filter));
    const start = Number(query.get("$skiptoken") ?? 0);
    const set = path.split("/").at(-1) ?? "";
    const size = Number(query.get("$top") ?? (paged.has(set) ? 2 : 20_000));
    const more = query.get("$top") === null && start + size < wanted.length;
    const link = new URL(`${this.url}${path}`);
    for (const [name, value] of query) link.searchParams.set(name, value);
    link.searchParams.set("$skiptoken", String(start + size));
    return {
      status: 200,
      body: {
        "@odata.context": `${this.url}/bc/api/v2.0/$metadata`,
        value: wanted.slice(start, start + size).map((row) => this.#shown(set, row, query)),
        ...(more ? { "@odata.nextLink": link.href } : {}),
      },
    };
  }

  /** What is not asked for by `$expand` is left out: lines, and a customer's balance. */
  #shown(set: string, row: Row, query: URLSearchParams): JsonObject {
    const wanted = query.get("$expand") ?? "";
    const shown = Object.entries(row).filter(
      ([name]) => !/[lL]ines$/.test(name) || name === wanted,
    );
    const balance = { customerFinancialDetail: { balance: this.books.owes(textAt(row, "id")) } };
    const more = set === "customers" && wanted === "customerFinancialDetail" ? balance : {};
    return { ...Object.fromEntries(shown), ...more };
  }
}

const customerDefaults = {
  creditLimit: 0,
  blocked: "_x0020_",
  taxAreaDisplayName: "",
  taxRegistrationNumber: "",
};

/** A customer is a contact there, too, and people are of that. */
function companyContact(customer: Row): Answer {
  const contactNumber = `CT${textAt(customer, "number")}`.slice(0, 20);
  const value = [
    { contactNumber, contactType: "Company", contactName: customer["displayName"] ?? "" },
  ];
  return { status: 200, body: { value } };
}

const today = () => new Date().toISOString().slice(0, 10);

const linesOf = (row: Row): Row[] => row["lines"] as unknown as Row[];
const linesIn = (row: Row, name: string): readonly JsonObject[] =>
  (row[name] ?? []) as unknown as readonly JsonObject[];

/** A line with its amount; nothing here adds tax to a line that says no tax code but NOTAX. */
function totalled(line: Row): Row {
  if (line["lineType"] === "Comment") return { ...line, netAmount: 0 };
  const cents =
    Math.round(Number(line["quantity"]) * Number(line["unitPrice"]) * 100) -
    Math.round(Number(line["discountAmount"] ?? 0) * 100);
  return { ...line, netAmount: cents / 100 };
}

function sum(rows: readonly Row[], name: string): number {
  return rows.reduce((total, row) => total + Math.round(Number(row[name]) * 100), 0) / 100;
}

function etagRefusal(row: Row, given: string | undefined): Answer | undefined {
  if (given === undefined) {
    const message = "Could not validate the client concurrency token required by the service.";
    return failed(400, "BadRequest_InvalidToken", message);
  }
  if (given === "*" || given === row["@odata.etag"]) return undefined;
  return failed(409, "Request_EntityChanged", "Another user has already changed the record.");
}

function token(body: string): Answer {
  const form = new URLSearchParams(body);
  const isRight =
    form.get("client_id") === "bc-client" &&
    form.get("client_secret") === "bc-canary" &&
    form.get("scope") === "https://api.businesscentral.dynamics.com/.default";
  if (!isRight) return { status: 400, body: { error: "invalid_client" } };
  return {
    status: 200,
    body: { token_type: "Bearer", expires_in: 3599, access_token: "bc-token" },
  };
}
