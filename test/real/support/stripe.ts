import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { promisify } from "node:util";
import Stripe from "stripe";
import { isJsonObject, type Json, type JsonObject } from "../../../engine/model/json.ts";
import { recorded } from "./payloads.ts";
import { startStripeFront } from "./stripe-front.ts";
import { wordsAt } from "./tryton.ts";

const run = promisify(execFile);
const script = join(import.meta.dirname, "../stripe/start.sh");
const secret = "whsec_of_tests";

export interface InvoiceLine {
  readonly description: string;
  /** Minor units, before tax. */
  readonly amount: number;
  readonly tax: number;
  /** The plan it charges; a line that charges none is for work. */
  readonly plan?: string;
}

/** Stripe, as far as others wrote it down: the mock, recorded objects, and the vendor's own client. */
export interface StripeDesk {
  readonly environment: Readonly<Record<string, string>>;
  /** The vendor's client, on the mock: what it has is what was done. */
  readonly client: Stripe;
  /** A subscription of the mock goes from incomplete to active, and Stripe says so. */
  activate(orderId: string): Promise<JsonObject>;
  /** Issues an invoice and says so: its id. */
  issue(order: JsonObject, lines: readonly InvoiceLine[], metadata: JsonObject): Promise<string>;
  invoice(id: string): JsonObject;
  /** The customer pays all of it by card: the charge's id. */
  pay(invoiceId: string): Promise<string>;
  close(): Promise<void>;
}

/** Finds the mock that was started before the tests. Events go to `hook`, signed by the vendor's library. */
export async function openStripe(hook: string): Promise<StripeDesk> {
  const { stdout } = await run(script, [process.env["SLUICE_STRIPE_DIR"] ?? ""]);
  const told = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as { url: string; key: string };
  const { hostname, port } = new URL(told.url);
  const client = new Stripe(told.key, { host: hostname, port, protocol: "http", telemetry: false });
  const invoices = new Map<string, JsonObject>();
  const shown = (record: JsonObject): JsonObject => {
    if (record["object"] === "charge") {
      const { invoice = null, customer = null } = metadataOf(record);
      return { ...record, invoice, customer };
    }
    if (record["object"] !== "subscription") return record;
    return { ...record, currency: priceOf(record)["currency"] ?? "usd" };
  };
  const front = await startStripeFront({
    url: told.url,
    invoices,
    shown,
    list: async (kind) =>
      (await client[kind].list({ limit: 100 }).autoPagingToArray({ limit: 1000 })).map(plain),
    write: (id, form) => {
      const invoice = invoices.get(id);
      if (invoice !== undefined) invoices.set(id, written(invoice, form));
      return invoices.get(id);
    },
  });
  await ensurePrices(client);

  /** Posts an event as Stripe does; what was recorded of its kind is around what is ours. */
  const send = async (type: string, object: JsonObject, previous: JsonObject = {}) => {
    const event = recorded(`stripe/event.${type}.json`) ?? {};
    const payload = JSON.stringify({
      ...event,
      id: `evt_${randomUUID().replaceAll("-", "")}`,
      object: "event",
      type,
      created: now(),
      data: { object: { ...objectOf(event), ...object }, previous_attributes: previous },
    });
    const answer = await fetch(hook, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "stripe-signature": client.webhooks.generateTestHeaderString({ payload, secret }),
      },
      body: payload,
    });
    if (!answer.ok) throw new Error(`${type}: HTTP ${answer.status} ${await answer.text()}`);
  };

  let numbers = 0;
  return {
    environment: {
      BILLING_URL: front.url,
      BILLING_KEY: told.key,
      BILLING_WEBHOOK_SECRET: secret,
    },
    client,
    activate: async (orderId) => {
      const all = await client.subscriptions
        .list({ limit: 100 })
        .autoPagingToArray({ limit: 1000 });
      const made = all.find(({ metadata }) => metadata["order_id"] === orderId);
      if (made === undefined) throw new Error(`no subscription of ${orderId}`);
      const object = shown(plain(made));
      await send("customer.subscription.updated", object, { status: "incomplete" });
      return object;
    },
    issue: async (subscription, lines, metadata) => {
      const number = `SLC-${process.pid}-${now()}-${++numbers}`;
      const invoice = invoiceOf(subscription, lines, metadata, number);
      const id = wordsAt(invoice, "id");
      invoices.set(id, invoice);
      await send("invoice.finalized", invoice);
      return id;
    },
    invoice: (id) => invoices.get(id) ?? {},
    pay: async (invoiceId) => {
      const invoice = invoices.get(invoiceId) ?? {};
      const customer = wordsAt(invoice, "customer");
      const { id: card } = await client.customers.createSource(customer, { source: "tok_visa" });
      const charge = await client.charges.create({
        amount: Number(invoice["total"]),
        currency: wordsAt(invoice, "currency"),
        customer,
        source: card,
        // The mock keeps neither on a charge.
        metadata: { invoice: invoiceId, customer },
      });
      const paid = { status: "paid", amount_paid: invoice["total"] ?? 0, amount_remaining: 0 };
      invoices.set(invoiceId, { ...invoice, ...paid, charge: charge.id });
      await send("charge.succeeded", shown(plain(charge)));
      return charge.id;
    },
    close: front.close,
  };
}

const now = (): number => Math.floor(Date.now() / 1000);
/** The vendor's objects as they are on the wire. */
const plain = (record: unknown): JsonObject => JSON.parse(JSON.stringify(record)) as JsonObject;
const objectAt = (value: Json | undefined): JsonObject => (isJsonObject(value) ? value : {});
const metadataOf = (record: JsonObject): JsonObject => objectAt(record["metadata"]);
const objectOf = (event: JsonObject): JsonObject => objectAt(objectAt(event["data"])["object"]);

function priceOf(subscription: JsonObject): JsonObject {
  const items = objectAt(subscription["items"])["data"];
  const [first] = Array.isArray(items) ? (items as readonly Json[]) : [];
  return objectAt(objectAt(first)["price"]);
}

async function ensurePrices(client: Stripe): Promise<void> {
  const known = await client.prices.list({ limit: 100 });
  for (const [plan, amount] of Object.entries({
    "platform-annual": 480_000,
    "platform-plus-annual": 960_000,
  })) {
    if (known.data.some(({ lookup_key }) => lookup_key === plan)) continue;
    const price = await client.prices.create({
      currency: "usd",
      unit_amount: amount,
      lookup_key: plan,
      recurring: { interval: "year" },
      product_data: { name: plan },
    });
    // The mock subscribes to plans; in Stripe every price is also a plan of the same id.
    const { id } = price;
    const product = wordsAt(plain(price), "product");
    await client.plans.create({
      id,
      currency: "usd",
      interval: "year",
      amount,
      product,
    });
  }
}

/** The invoice that Stripe recorded, about these lines. */
function invoiceOf(
  subscription: JsonObject,
  lines: readonly InvoiceLine[],
  metadata: JsonObject,
  number: string,
): JsonObject {
  const base = objectOf(recorded("stripe/event.invoice.finalized.json") ?? {});
  const [recordedLine] = (objectAt(base["lines"])["data"] ?? []) as readonly JsonObject[];
  const sum = (amounts: readonly number[]) => amounts.reduce((total, one) => total + one, 0);
  const net = sum(lines.map(({ amount }) => amount));
  const tax = sum(lines.map((line) => line.tax));
  const created = now();
  return {
    ...base,
    id: `in_${randomUUID().replaceAll("-", "").slice(0, 24)}`,
    object: "invoice",
    number,
    status: "open",
    paid: false,
    charge: null,
    auto_advance: true,
    collection_method: "send_invoice",
    customer: subscription["customer"] ?? "",
    subscription: subscription["id"] ?? null,
    currency: "usd",
    created,
    status_transitions: { ...objectAt(base["status_transitions"]), finalized_at: created },
    subtotal: net,
    tax,
    total: net + tax,
    amount_due: net + tax,
    amount_paid: 0,
    amount_remaining: net + tax,
    metadata: { ...metadataOf(subscription), ...metadata },
    lines: {
      object: "list",
      has_more: false,
      data: lines.map((line, index) => ({
        ...recordedLine,
        id: `il_${number}_${index}`,
        amount: line.amount,
        currency: "usd",
        description: line.description,
        type: line.plan === undefined ? "invoiceitem" : "subscription",
        subscription: line.plan === undefined ? null : (subscription["id"] ?? null),
        price: line.plan === undefined ? null : priceOf(subscription),
        tax_amounts: [{ amount: line.tax, inclusive: false, tax_rate: "txr_sales" }],
      })),
    },
  };
}

/** What a form says of an invoice: an empty text takes a value of its metadata away. */
function written(invoice: JsonObject, form: URLSearchParams): JsonObject {
  const metadata = new Map(Object.entries(metadataOf(invoice)));
  for (const [name, value] of form) {
    const [, key] = /^metadata\[(\w+)\]$/.exec(name) ?? [];
    if (key === undefined) continue;
    if (value === "") metadata.delete(key);
    else metadata.set(key, value);
  }
  const advance = form.get("auto_advance");
  return {
    ...invoice,
    ...(advance === null ? {} : { auto_advance: advance === "true" }),
    metadata: Object.fromEntries(metadata),
  };
}
