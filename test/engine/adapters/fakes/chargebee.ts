import type { JsonObject } from "../../../../engine/model/json.ts";
import { type Answer, type Asked, Fake } from "./exchange.ts";

const key = "test_canary";

/** Chargebee: forms with indexed names, ids of ours, errors by `api_error_code`, replayed by key. */
export class Chargebee extends Fake {
  static readonly secrets = {
    CHARGEBEE_KEY: key,
    CHARGEBEE_WEBHOOK_USER: "hook",
    CHARGEBEE_WEBHOOK_PASSWORD: "hook-password",
  };
  readonly customers = new Map<string, JsonObject>();
  readonly subscriptions = new Map<string, JsonObject>();
  readonly forms: Readonly<Record<string, string>>[] = [];
  readonly #answered = new Map<string, Answer>();

  protected handle(asked: Asked): Answer {
    const { headers, method } = asked;
    if (headers.authorization !== `Basic ${Buffer.from(`${key}:`).toString("base64")}`) {
      return failed(401, "api_authentication_failed", "The api key is invalid");
    }
    if (method === "GET") return this.#get(asked);
    if (headers["content-type"] !== "application/x-www-form-urlencoded") {
      return failed(415, "unsupported_media_type", "forms are taken here");
    }
    const given = headers["chargebee-idempotency-key"];
    if (typeof given !== "string") return failed(400, "invalid_request", "no key was given");
    const before = this.#answered.get(given);
    if (before !== undefined) {
      return { ...before, headers: { "chargebee-idempotency-replayed": "true" } };
    }
    const answer = this.#post(asked);
    this.#answered.set(given, answer);
    return answer;
  }

  #get({ path }: Asked): Answer {
    const [, kind, id = ""] = /^\/api\/v2\/(item_prices|subscriptions)\/([^/]+)$/.exec(path) ?? [];
    if (kind === "item_prices" && id === "platform-annual-USD") {
      return { status: 200, body: { item_price: { id, name: id, pricing_model: "per_unit" } } };
    }
    const subscription = kind === "subscriptions" ? this.subscriptions.get(id) : undefined;
    if (subscription !== undefined) return { status: 200, body: { subscription } };
    if (path === "/api/v2/events") return { status: 200, body: { list: [] } };
    return failed(404, "resource_not_found", `${id} not found`);
  }

  #post({ body, path }: Asked): Answer {
    const form = Object.fromEntries(new URLSearchParams(body));
    this.forms.push(form);
    const id = form["id"] ?? "";
    if (path === "/api/v2/customers") {
      if (this.customers.has(id)) return duplicate("id");
      this.customers.set(id, { id, company: form["company"] ?? "" });
      return { status: 200, body: { customer: { id } } };
    }
    const [, customer = ""] =
      /^\/api\/v2\/customers\/([^/]+)\/subscription_for_items$/.exec(path) ?? [];
    if (!this.customers.has(customer)) return failed(404, "resource_not_found", "no customer");
    if (this.subscriptions.has(id)) return duplicate("id");
    const price = form["subscription_items[item_price_id][0]"];
    if (price !== "platform-annual-USD" || form["subscription_items[quantity][0]"] === undefined) {
      return failed(400, "param_wrong_value", "subscription_items[item_price_id][0]");
    }
    const subscription = {
      id,
      customer_id: customer,
      status: "future",
      start_date: Number(form["start_date"]),
      meta_data: JSON.parse(form["meta_data"] ?? "{}") as JsonObject,
    };
    this.subscriptions.set(id, subscription);
    return { status: 200, body: { subscription, customer: { id: customer } } };
  }

  /** The event that a subscription began, as it is posted. */
  started(id: string, at: number) {
    const { start_date: started, ...rest } = this.subscriptions.get(id) ?? {};
    const subscription = { ...rest, status: "active", started_at: started ?? 0 };
    this.subscriptions.set(id, subscription);
    return {
      body: JSON.stringify({
        id: `ev_${id}`,
        occurred_at: Math.floor(at / 1000),
        source: "scheduled_job",
        event_type: "subscription_started",
        api_version: "v2",
        content: { subscription, customer: { id: "c" } },
      }),
      headers: {
        "content-type": "application/json;charset=UTF-8",
        authorization: `Basic ${Buffer.from("hook:hook-password").toString("base64")}`,
      },
    };
  }
}

function duplicate(param: string): Answer {
  const answer = failed(400, "duplicate_entry", `${param} : The value is already present.`);
  return answer;
}

function failed(status: number, code: string, message: string): Answer {
  return {
    status,
    body: { message, type: "invalid_request", api_error_code: code, http_status_code: status },
  };
}
