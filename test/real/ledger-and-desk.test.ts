import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isJsonObject, type Json, type JsonObject } from "../../engine/model/json.ts";
import { customerOf } from "./support/customer.ts";
import { type RequestTracker, startRequestTracker } from "./support/request-tracker.ts";
import { centsAt, decimal, decimalAt } from "./support/tryton.ts";
import { startTrytonOperations, type TrytonOperations } from "./support/tryton-operations.ts";

const operations = {
  createCustomer: ["erp", "customer"],
  createInvoice: ["erp", "invoice"],
  postInvoice: ["erp", "invoice-ref"],
  getInvoice: ["erp", "invoice-ref"],
  disputeInvoice: ["erp", "dispute"],
  recordPayment: ["erp", "payment"],
  createCreditMemo: ["erp", "credit-memo"],
  listPosted: ["erp", "document-query"],
  grantEntitlement: ["support", "entitlement"],
  getCase: ["support", "case-ref"],
  reportCase: ["support", "case-report"],
} as const;
type Operation = keyof typeof operations;

/** Tells agents of each change that it was heard of. */
const heard = `
flow: case-heard
owner: support-operations
trigger: { event: support.case.changed }
input: canonical/case-ref@1
key: "$message.data.caseId"
steps:
  - { call: support.getCase, id: case, with: { caseId: "\${ $message.data.caseId }" } }
  - call: support.reportCase
    with: { caseId: "\${ $message.data.caseId }", status: "\${ 'heard: ' & $steps.case.severity & ', ' & $steps.case.status }" }
`;

let desk: RequestTracker;
let world: TrytonOperations<Operation>;
const stops: (() => Promise<void>)[] = [];
const ask: typeof world.ask = (operation, data) => world.ask(operation, data);

beforeAll(async () => {
  desk = await startRequestTracker();
  stops.push(() => desk.release());
  world = await startTrytonOperations({
    operations,
    support: "request-tracker",
    files: { "flows/process/case-heard.yaml": heard },
    environment: desk.environment,
    port: Number(process.env["SLUICE_REAL_PORT"]),
  });
  stops.push(world.stop);
});

afterAll(async () => {
  for (const stop of stops.toReversed()) await stop();
});

const run = Date.now().toString(36);
const today = new Date().toISOString().slice(0, 10);
const customerId = `L-${run}`;
const invoiceOf = (
  name: string,
  lines: readonly (readonly [net: string, tax: string])[],
  totals: JsonObject,
): JsonObject => ({
  invoiceId: `${name}-${run}`,
  number: `SLC-${name}-${run}`,
  customerId,
  orderId: null,
  contractId: null,
  subscriptionId: null,
  milestoneId: null,
  currency: "USD",
  paid: "0.00",
  status: "open",
  hold: null,
  issuedOn: today,
  ...totals,
  lines: lines.map(([net, tax], index) => ({
    lineId: String(index),
    kind: "recurring",
    description: `line ${index}`,
    sku: null,
    subscriptionId: null,
    net,
    tax,
  })),
});
const payment = (invoiceId: Json | undefined, paymentId: string, kind: string, amount: string) =>
  ask("recordPayment", {
    paymentId: `${paymentId}-${run}`,
    invoiceId: invoiceId ?? null,
    customerId,
    kind,
    amount,
    currency: "USD",
    receivedOn: today,
  });

/** Debit less credit of the customer's lines on one kind of account, in cents, as Tryton has them. */
async function balance(type: string): Promise<number> {
  const lines = await world.tryton.find(
    "account.move.line",
    [
      ["account.type.name", "=", type],
      ["OR", ["party.code", "=", customerId], ["move.lines.party.code", "=", customerId]],
    ],
    ["debit", "credit"],
  );
  return lines.reduce((sum, line) => sum + centsAt(line, "debit") - centsAt(line, "credit"), 0);
}

describe("Tryton's ledger", () => {
  const invoice = invoiceOf(
    "in1",
    [
      ["4800.00", "912.00"],
      ["33.33", "0.00"],
      ["0.10", "0.02"],
    ],
    {
      net: "4833.43",
      tax: "912.02",
      total: "5745.45",
    },
  );
  const { invoiceId } = invoice;

  test("takes an invoice as it was billed, tax line by line, once", async () => {
    const customer = { name: `Ledger ${run}`, email: "ap@ledger.example" };
    await ask("createCustomer", customerOf(customerId, customer));
    expect(await ask("getInvoice", { invoiceId: invoiceId ?? null })).toMatchObject({
      status: "none",
    });
    const first = await ask("createInvoice", invoice);
    expect(first).toMatchObject({ status: "draft", total: "5745.45" });
    expect(await ask("createInvoice", invoice)).toEqual(first);
    const found = await world.tryton.find(
      "account.invoice",
      [["reference", "=", invoiceId ?? null]],
      ["state", "tax_amount", "taxes.amount", "taxes.base"],
    );
    expect(found).toHaveLength(1);
    expect(decimalAt(found[0], "tax_amount")).toBe("912.02");
    expect(await balance("Receivable")).toBe(0);
  });

  test("takes no money for what is not posted", async () => {
    expect(await payment(invoiceId, "early", "payment", "1.00")).toMatchObject({
      code: "invoice-not-posted",
    });
  });

  test("shows what stands against an invoice, posted or not, and that nothing does any more", async () => {
    const dispute = (status: string, caseId: string | null) =>
      ask("disputeInvoice", { invoiceId: invoiceId ?? null, status, caseId });
    expect(await dispute("service-exception", "12")).toMatchObject({
      dispute: "service-exception",
      disputeCase: "12",
    });
    expect(await ask("postInvoice", { invoiceId: invoiceId ?? null })).toMatchObject({
      status: "posted",
      open: "5745.45",
    });
    expect(await ask("postInvoice", { invoiceId: invoiceId ?? null })).toMatchObject({
      status: "posted",
    });
    expect(await dispute("none", null)).toMatchObject({ dispute: "none", disputeCase: null });
    expect(await balance("Receivable")).toBe(574_545);
    expect(await balance("Tax")).toBe(-91_202);
    expect(await balance("Revenue")).toBe(-483_343);
  });

  test("a credit memo lessens it, and never by more than is left", async () => {
    const memo = (creditMemoId: string, amount: string) =>
      ask("createCreditMemo", {
        creditMemoId: `${creditMemoId}-${run}`,
        invoiceId: invoiceId ?? null,
        caseId: "12",
        amount,
        currency: "USD",
        reason: "offline",
      });
    const first = await memo("cm", "120.00");
    expect(first).toMatchObject({ amount: "120.00" });
    expect(await memo("cm", "120.00")).toEqual(first);
    expect(await memo("much", "5625.46")).toMatchObject({ code: "amount-too-high" });
    expect(await ask("getInvoice", { invoiceId: invoiceId ?? null })).toMatchObject({
      open: "5625.45",
    });
  });

  test("money comes in parts, twice told is once, what is even is paid, and a refund is owed again", async () => {
    expect(await payment(invoiceId, "p1", "payment", "1000.00")).toMatchObject({
      status: "posted",
      open: "4625.45",
    });
    expect(await payment(invoiceId, "p1", "payment", "1000.00")).toMatchObject({ open: "4625.45" });
    expect(await payment(invoiceId, "f1", "failed", "4625.45")).toMatchObject({ open: "4625.45" });
    expect(await payment(invoiceId, "p2", "payment", "4625.45")).toMatchObject({ status: "paid" });
    const [row] = await world.tryton.find(
      "account.invoice",
      [["reference", "=", invoiceId ?? null]],
      ["state"],
    );
    expect(row?.["state"]).toBe("paid");
    expect(await payment(invoiceId, "r1", "chargeback", "99.99")).toMatchObject({
      status: "posted",
      open: "99.99",
    });
    expect(await payment(invoiceId, "p3", "payment", "99.99")).toMatchObject({ status: "paid" });
    expect(await balance("Receivable")).toBe(0);
    expect(await balance("Cash")).toBe(562_545);
  });

  test("lists what was posted on a day, with what people gave back of it themselves", async () => {
    const fields = ["account", "currency", "invoice_address", "journal", "lines", "party"];
    const [billed = {}] = await world.tryton.find(
      "account.invoice",
      [["reference", "=", invoiceId ?? null]],
      fields,
    );
    const { id, lines, ...same } = billed;
    const [line] = lines as readonly number[];
    const [origin = {}] = await world.tryton.find(
      "account.invoice.line",
      [["id", "=", line ?? null]],
      ["account"],
    );
    const given = {
      type: "line",
      description: "by hand",
      quantity: -1,
      unit_price: decimal("3.00"),
      account: origin["account"] ?? null,
      origin: `account.invoice.line,${line}`,
    };
    expect(id).toEqual(expect.any(Number));
    const credit = { ...same, type: "out", lines: [["create", [given]]] };
    const made = await world.tryton.call("model.account.invoice.create", [credit]);
    await world.tryton.call("model.account.invoice.post", made);
    const [posted] = await world.tryton.find(
      "account.invoice",
      [["id", "in", made]],
      ["number", "state"],
    );
    expect(posted).toMatchObject({ state: "posted" });

    const answer = await ask("listPosted", { day: today });
    expect(answer["documents"]).toContainEqual({
      kind: "invoice",
      invoiceId,
      creditMemoId: null,
      number: expect.any(String) as string,
      customerId,
      currency: "USD",
      net: "4833.43",
      tax: "912.02",
      total: "5745.45",
    });
    const back = { kind: "credit-memo", invoiceId: null, customerId, currency: "USD", tax: "0" };
    expect(answer["documents"]).toContainEqual({
      ...back,
      creditMemoId: `cm-${run}`,
      number: expect.any(String) as string,
      net: "-120.00",
      total: "-120.00",
    });
    expect(answer["documents"]).toContainEqual({
      ...back,
      creditMemoId: posted?.["number"],
      number: posted?.["number"],
      net: "-3.00",
      total: "-3.00",
    });
  });
});

describe("Request Tracker's desk", () => {
  const entitlement = (serviceLevel: string, more: JsonObject = {}): JsonObject => ({
    customerId,
    orderId: `O-${run}`,
    name: `Ledger ${run}`,
    domain: null,
    plan: "platform-annual",
    serviceLevel,
    startsOn: "2026-12-01",
    endsOn: "2027-12-01",
    implementationService: false,
    contractId: null,
    erpId: null,
    ...more,
  });
  const fields = ["Service Level", "Implementation Service", "Contract", "ERP Customer"];
  const kept = async () =>
    Promise.all(fields.map((name) => desk.field(`/user/customer-${customerId}`, name)));

  test("knows what a customer may expect, and once it changes, the new", async () => {
    expect(await ask("grantEntitlement", entitlement("standard"))).toMatchObject({ customerId });
    expect(await kept()).toEqual(["standard", "no", undefined, undefined]);
    const more = { implementationService: true, contractId: "CT-1", erpId: "7" };
    await ask("grantEntitlement", entitlement("gold", more));
    expect(await kept()).toEqual(["gold", "yes", "CT-1", "7"]);
    await ask("grantEntitlement", entitlement("silver", { ...more, implementationService: null }));
    expect(await kept()).toEqual(["silver", "yes", "CT-1", "7"]);
    await ask("grantEntitlement", entitlement("gold"));
    expect(await kept()).toEqual(["gold", "no", undefined, undefined]);
  });

  test("tells of a ticket that an agent makes and changes, signed, and is told back, without echo", async () => {
    const made = await desk.ask("POST", "/ticket", {
      Queue: "Support",
      Subject: "Gateway is offline",
      Priority: 90,
      CustomFields: { "Customer Code": customerId, "Invoice Number": `SLC-in1-${run}` },
    });
    const given = isJsonObject(made) ? made["id"] : undefined;
    const ticketId = typeof given === "string" ? given : "";
    const status = async () => desk.field(`/ticket/${ticketId}`, "Integration Status");
    await expect.poll(status, { timeout: 30_000, interval: 300 }).toBe("heard: urgent, open");
    expect(await ask("getCase", { caseId: ticketId })).toMatchObject({
      caseId: ticketId,
      customerId,
      severity: "urgent",
      status: "open",
      invoiceNumber: `SLC-in1-${run}`,
      claim: null,
    });
    await desk.ask("PUT", `/ticket/${ticketId}`, { Status: "resolved" });
    await expect.poll(status, { timeout: 30_000, interval: 300 }).toBe("heard: urgent, resolved");
    await world.serving.engine.idle();
    // Its own write came back and started nothing.
    const runs = await world.serving.store.read.runs({ flow: "case-heard", limit: 200 });
    const own = runs.filter(({ laneKey }) => laneKey === ticketId);
    expect(own.length).toBeGreaterThan(0);
    expect(own.every((one) => one.status === "done")).toBe(true);
  });

  test("a case that is not there is said so", async () => {
    expect(await ask("getCase", { caseId: "999999" })).toMatchObject({
      class: "business",
      code: "case-missing",
    });
  });
});
