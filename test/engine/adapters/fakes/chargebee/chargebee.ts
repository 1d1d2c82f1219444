import { decodeForm } from "../../../../../engine/testing/estate/billing/form.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../../../engine/model/json.ts";
import { type Answer, type Asked, Fake, Refusal, textAt } from "../exchange.ts";
import { Invoices } from "./invoices.ts";
import { failed, listed, type News, prices, refusal, type Row, Shelf } from "./records.ts";

const key = "test_canary";

/** Chargebee: forms with indexed names, ids of ours, errors by `api_error_code`, replayed by key. */
export class Chargebee extends Fake {
  static readonly secrets = {
    CHARGEBEE_KEY: key,
    CHARGEBEE_WEBHOOK_USER: "hook",
    CHARGEBEE_WEBHOOK_PASSWORD: "hook-password",
  };
  /** Who is told of what happens here; nobody unless set. */
  listener:
    | ((made: { body: string; headers: Readonly<Record<string, string>> }) => void)
    | undefined;
  readonly customers = new Shelf("customer_id");
  readonly subscriptions = new Shelf("subscription_id");
  readonly billed = new Invoices((news) => this.#tell(news));
  readonly forms: Readonly<Record<string, string>>[] = [];
  readonly #answered = new Map<string, Answer>();
  #events = 0;

  protected handle(asked: Asked): Answer {
    const { headers, method } = asked;
    if (headers.authorization !== `Basic ${Buffer.from(`${key}:`).toString("base64")}`) {
      return failed(401, "api_authentication_failed", "The api key is invalid");
    }
    if (method === "GET") return this.#safely(() => this.#get(asked));
    if (headers["content-type"] !== "application/x-www-form-urlencoded") {
      return failed(415, "unsupported_media_type", "forms are taken here");
    }
    const given = headers["chargebee-idempotency-key"];
    if (typeof given !== "string") return failed(400, "invalid_request", "no key was given");
    const before = this.#answered.get(given);
    if (before !== undefined) {
      return { ...before, headers: { "chargebee-idempotency-replayed": "true" } };
    }
    const answer = this.#safely(() => this.#post(asked));
    this.#answered.set(given, answer);
    return answer;
  }

  #safely(work: () => Answer): Answer {
    try {
      return work();
    } catch (error) {
      if (error instanceof Refusal) return error.answer;
      throw error;
    }
  }

  #get({ path, query }: Asked): Answer {
    const [, kind = "", id] = /^\/api\/v2\/(\w+)(?:\/([^/]+))?$/.exec(path) ?? [];
    if (kind === "events") return { status: 200, body: { list: [] } };
    if (kind === "item_prices" && id !== undefined && id in prices) {
      return {
        status: 200,
        body: { item_price: { id, name: id, pricing_model: "per_unit", price: prices[id] ?? 0 } },
      };
    }
    const shelf = this.#shelf(kind);
    const name = kind.slice(0, -1);
    if (shelf === undefined) throw refusal(404, "resource_not_found", `${id ?? kind} not found`);
    if (id === undefined) return listed(name, [...shelf.rows.values()], query);
    return { status: 200, body: { [name]: shelf.must(id) } };
  }

  #shelf(kind: string): Shelf | undefined {
    const { creditNotes, invoices, transactions } = this.billed;
    const shelves: Readonly<Record<string, Shelf>> = {
      customers: this.customers,
      subscriptions: this.subscriptions,
      credit_notes: creditNotes,
      invoices,
      transactions,
    };
    return shelves[kind];
  }

  #post({ body, path }: Asked): Answer {
    this.forms.push(Object.fromEntries(new URLSearchParams(body)));
    const form = decodeForm(body);
    const parts = path.replace("/api/v2/", "").split("/");
    const [kind = "", id = "", action = ""] = parts;
    const shown = (name: string, row: Row): Answer => ({ status: 200, body: { [name]: row } });
    if (path === "/api/v2/customers") {
      return shown(
        "customer",
        this.customers.add({ id: textAt(form, "id"), company: form["company"] ?? "" }),
      );
    }
    if (action === "subscription_for_items") return this.#subscribe(id, form);
    if (action === "update_for_items") return shown("subscription", this.#change(id, form));
    if (action === "cancel_for_items") {
      const row = this.subscriptions.must(id);
      row["status"] = "cancelled";
      return shown("subscription", row);
    }
    if (id === "create_for_charge_items_and_charges") return shown("invoice", this.#charge(form));
    if (kind === "credit_notes" && id === "") return shown("credit_note", this.billed.credit(form));
    if (kind === "credit_notes" && action === "void")
      return shown("credit_note", this.billed.voidCredit(id));
    if (kind === "invoices") return shown("invoice", this.billed.act(id, action, form));
    throw refusal(404, "resource_not_found", `${path} not found`);
  }

  #subscribe(customer: string, form: JsonObject): Answer {
    this.customers.must(customer);
    const items = itemsOf(form);
    const start = Number(form["start_date"]);
    // One that begins later begins with an event of its own: `started`.
    const begun = start * 1000 <= Date.now();
    const subscription = this.subscriptions.add({
      id: textAt(form, "id"),
      customer_id: customer,
      status: begun ? "active" : "future",
      currency_code: currencyOf(items),
      billing_period: 1,
      billing_period_unit: "year",
      start_date: start,
      ...(begun ? { started_at: start } : {}),
      subscription_items: items,
      meta_data: JSON.parse(textAt(form, "meta_data") || "{}") as JsonObject,
    });
    if (begun) {
      this.#tell({
        type: "subscription_created",
        content: { subscription, customer: { id: customer } },
      });
      this.#bill(subscription);
    }
    return { status: 200, body: { subscription, customer: { id: customer } } };
  }

  #bill(subscription: Row): void {
    this.billed.make({
      customer: textAt(subscription, "customer_id"),
      subscription: subscription.id,
      currency: textAt(subscription, "currency_code"),
      lines: (subscription["subscription_items"] as unknown as readonly JsonObject[]).map(
        (item) => ({
          amount: Number(item["amount"]),
          description: textAt(item, "item_price_id"),
          entityType: "plan_item_price",
          entityId: textAt(item, "item_price_id"),
        }),
      ),
    });
  }

  #change(id: string, form: JsonObject): Row {
    const row = this.subscriptions.must(id);
    Object.assign(row, {
      subscription_items: itemsOf(form),
      meta_data: JSON.parse(textAt(form, "meta_data") || "{}") as JsonObject,
    });
    return row;
  }

  #charge(form: JsonObject): Row {
    const subscription = this.subscriptions.must(textAt(form, "subscription_id"));
    const { amount, description } = form["charges"] as unknown as {
      amount: string[];
      description: string[];
    };
    const more = Object.entries(form).filter(([name]) => name.startsWith("cf_"));
    return this.billed.make({
      customer: textAt(subscription, "customer_id"),
      subscription: subscription.id,
      currency: textAt(form, "currency_code"),
      lines: amount.map((minor, index) => ({
        amount: Number(minor),
        description: description[index] ?? "",
        entityType: "adhoc",
      })),
      more: Object.fromEntries(more),
    });
  }

  #tell({ type, content }: News): void {
    this.#events += 1;
    this.listener?.(this.event(`ev_${this.#events}`, type, content, Date.now()));
  }

  /** The event that a subscription began, as it is posted. */
  started(id: string, at: number) {
    const { start_date: started, ...rest } = this.subscriptions.must(id);
    const subscription: Row = { ...rest, id, status: "active", started_at: started ?? 0 };
    this.subscriptions.rows.set(id, subscription);
    return this.event(
      `ev_${id}`,
      "subscription_started",
      { subscription, customer: { id: "c" } },
      at,
    );
  }

  event(id: string, type: string, content: JsonObject, at: number) {
    return {
      body: JSON.stringify({
        id,
        occurred_at: Math.floor(at / 1000),
        source: "scheduled_job",
        event_type: type,
        api_version: "v2",
        content,
      }),
      headers: {
        "content-type": "application/json;charset=UTF-8",
        authorization: `Basic ${Buffer.from("hook:hook-password").toString("base64")}`,
      },
    };
  }
}

/** Rows of the columns that a form gives. */
function itemsOf(form: JsonObject): readonly JsonObject[] {
  const columns = form["subscription_items"];
  const given = isJsonObject(columns) ? columns : {};
  const ids = given["item_price_id"] as readonly string[] | undefined;
  const quantities = given["quantity"] as readonly string[] | undefined;
  const overrides = given["unit_price"] as readonly string[] | undefined;
  const decimals = given["unit_price_in_decimal"] as readonly string[] | undefined;
  return (ids ?? []).map((id, index): JsonObject => {
    const price = prices[id];
    const quantity = Number(quantities?.[index]);
    if (price === undefined || !Number.isInteger(quantity)) {
      throw refusal(400, "param_wrong_value", `subscription_items[item_price_id][${index}]`);
    }
    const exact = decimals?.[index];
    const unit = exact === undefined ? Number(overrides?.[index] ?? price) : Number(exact) * 100;
    return {
      item_price_id: id,
      item_type: "plan",
      quantity,
      unit_price: Math.round(unit),
      ...(exact === undefined ? {} : { unit_price_in_decimal: exact }),
      amount: Math.round(unit * quantity),
    };
  });
}

function currencyOf([first]: readonly JsonObject[]): Json {
  return (
    textAt(first ?? {}, "item_price_id")
      .split("-")
      .at(-1) ?? ""
  );
}
