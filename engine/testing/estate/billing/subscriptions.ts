import { isJsonObject, type JsonObject } from "../../../model/json.ts";
import { type EstateRequest, listAt, type Reply, type Routes, stringAt } from "../exchange.ts";
import { decodeForm } from "./form.ts";
import type { Invoices } from "./invoices.ts";
import { costOf, priceOf, prices } from "./prices.ts";
import { type BillingObject, type BillingRecords, listed, merged, searched } from "./records.ts";
import { integerAt, invalid, missing, required } from "./refusal.ts";

const year = 365 * 86_400;

/** Customers, prices and subscriptions. A new subscription becomes active after a while. */
export class Subscriptions {
  readonly #records: BillingRecords;
  readonly #invoices: Invoices;
  readonly #activationMs: number;

  constructor(records: BillingRecords, invoices: Invoices, activationMs: number) {
    this.#records = records;
    this.#invoices = invoices;
    this.#activationMs = activationMs;
  }

  route(routes: Routes): void {
    const records = this.#records;
    routes
      .on("POST", "/customers", (request) => this.#createCustomer(decodeForm(request.text)))
      .on("GET", "/customers", (request) => list(request, records.all("customer"), ["email"]))
      .on("GET", "/customers/search", (request) => searched(request, records.all("customer")))
      .on("GET", "/customers/:id", (_, { id }) => shown(records.must("customer", id)))
      .on("POST", "/customers/:id", (request, { id }) => this.#updateCustomer(request, id))
      .on("GET", "/prices", (request) => {
        const keys = request.query.getAll("lookup_keys[]");
        const known = (row: JsonObject) => keys.includes(stringAt(row, "lookup_key") ?? "");
        return listed(request, keys.length === 0 ? prices : prices.filter(known));
      })
      .on("POST", "/subscriptions", (request) => this.#create(decodeForm(request.text)))
      .on("GET", "/subscriptions", (request) =>
        list(request, records.all("subscription"), ["customer", "status"]),
      )
      .on("GET", "/subscriptions/search", (request) =>
        searched(request, records.all("subscription")),
      )
      .on("GET", "/subscriptions/:id", (_, { id }) => shown(records.must("subscription", id)))
      .on("POST", "/subscriptions/:id", (request, { id }) => this.#update(request, id))
      .on("DELETE", "/subscriptions/:id", (_, { id }) => this.#cancel(id));
  }

  #createCustomer(form: JsonObject): Reply {
    const customer = this.#records.add("customer", {
      name: form["name"] ?? null,
      email: form["email"] ?? null,
      phone: form["phone"] ?? null,
      description: form["description"] ?? null,
      address: form["address"] ?? null,
      currency: "eur",
      metadata: merged({}, form),
    });
    this.#records.announce("customer.created", customer);
    this.#records.record("customer.created", customer);
    return shown(customer);
  }

  #updateCustomer(request: EstateRequest, id: string | undefined): Reply {
    const customer = this.#records.must("customer", id);
    const form = decodeForm(request.text);
    const names = ["name", "email", "phone", "description", "address"];
    const given = names.filter((name) => form[name] !== undefined);
    const values = Object.fromEntries(given.map((name) => [name, form[name] ?? null]));
    const metadata = merged(customer["metadata"], form);
    this.#records.update(customer, "customer.updated", { ...values, metadata });
    this.#records.record("customer.updated", customer);
    return shown(customer);
  }

  #create(form: JsonObject): Reply {
    const records = this.#records;
    const customer = records.must("customer", required(form, "customer"), "customer");
    const items = this.#items(form);
    const start = form["backdate_start_date"];
    const from = start === undefined ? records.now() : integerAt(form, "backdate_start_date");
    const subscription = records.add("subscription", {
      customer: customer.id,
      status: "incomplete",
      currency: currencyOf(items),
      collection_method: form["collection_method"] ?? "charge_automatically",
      days_until_due:
        form["days_until_due"] === undefined ? null : integerAt(form, "days_until_due"),
      description: form["description"] ?? null,
      items: { object: "list", data: items, has_more: false },
      start_date: from,
      current_period_start: from,
      current_period_end: from + year,
      cancel_at: form["cancel_at"] === undefined ? null : integerAt(form, "cancel_at"),
      canceled_at: null,
      ended_at: null,
      latest_invoice: null,
      metadata: merged({}, form),
    });
    subscription["latest_invoice"] = this.#invoices.ofSubscription(subscription, items);
    records.announce("customer.subscription.created", subscription);
    const cost = items.reduce((sum, item) => sum + costOf(item), 0);
    records.record("subscription.created", subscription, cost);
    records.world.agenda.after(this.#activationMs, () => this.#activate(subscription));
    return shown(subscription);
  }

  #activate(subscription: BillingObject): void {
    if (subscription["status"] !== "incomplete") return;
    const values = { status: "active" };
    this.#records.update(subscription, "customer.subscription.updated", values);
    this.#records.record("subscription.activated", subscription);
  }

  #update(request: EstateRequest, id: string | undefined): Reply {
    const subscription = this.#records.must("subscription", id);
    if (subscription["status"] === "canceled") throw missing("subscription", subscription.id);
    const form = decodeForm(request.text);
    const items = form["items"] === undefined ? {} : this.#itemsIn(subscription, form);
    const cancelAt = form["cancel_at"];
    const values: JsonObject = {
      ...items,
      ...(form["description"] === undefined ? {} : { description: form["description"] }),
      ...(cancelAt === undefined ? {} : { cancel_at: cancelAt === "" ? null : Number(cancelAt) }),
      metadata: merged(subscription["metadata"], form),
    };
    this.#records.update(subscription, "customer.subscription.updated", values);
    this.#records.record("subscription.updated", subscription);
    return shown(subscription);
  }

  #cancel(id: string | undefined): Reply {
    const subscription = this.#records.must("subscription", id);
    if (subscription["status"] === "canceled") throw missing("subscription", subscription.id);
    const at = this.#records.now();
    const values = { status: "canceled", canceled_at: at, ended_at: at };
    this.#records.update(subscription, "customer.subscription.deleted", values);
    this.#records.record("subscription.canceled", subscription);
    return shown(subscription);
  }

  #itemsIn(subscription: BillingObject, form: JsonObject): JsonObject {
    const data = this.#items(form);
    if (currencyOf(data) !== subscription["currency"]) {
      throw invalid("A subscription's currency cannot be changed.", { param: "items" });
    }
    return { items: { object: "list", data, has_more: false } };
  }

  #items(form: JsonObject): readonly JsonObject[] {
    const items = listAt(form, "items") ?? [];
    if (items.length === 0) required({}, "items");
    return items.map((item, index) => {
      const at = `items[${index}]`;
      if (!isJsonObject(item)) throw invalid(`Invalid object: ${at}`, { param: at });
      const price = priceOf(item, at, () => this.#records.id("price"));
      const quantity = item["quantity"] === undefined ? 1 : integerAt(item, "quantity");
      const si = this.#records.id("si");
      return { id: si, object: "subscription_item", price, quantity };
    });
  }
}

/** All items of a subscription are in one. */
function currencyOf(items: readonly JsonObject[]): string {
  const [first = "", ...others] = new Set(
    items.map(({ price }) => (isJsonObject(price) ? (stringAt(price, "currency") ?? "") : "")),
  );
  if (others.length === 0) return first;
  throw invalid("All prices on a subscription must have the same currency.", { param: "items" });
}

function list(
  request: EstateRequest,
  rows: readonly JsonObject[],
  filters: readonly string[],
): Reply {
  const wanted = filters.filter((name) => request.query.has(name));
  const fits = (row: JsonObject) =>
    wanted.every((name) => {
      const value = request.query.get(name);
      return row[name] === value || (name === "status" && value === "all");
    });
  return listed(request, rows.filter(fits));
}

function shown(object: BillingObject): Reply {
  return { status: 200, body: structuredClone(object) };
}
