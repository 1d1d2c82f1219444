import { isJsonObject, type JsonObject } from "../../../model/json.ts";
import { objectAt, stringAt } from "../exchange.ts";
import { minorAmount } from "../money.ts";
import { integerAt, invalid, missing, required } from "./refusal.ts";

/** What the platform's catalogue asks for, in minor units a year. */
export const prices: readonly JsonObject[] = [
  listPrice("price_platform_annual", "platform-annual", 480_000),
  listPrice("price_platform_plus_annual", "platform-plus-annual", 960_000),
];

function listPrice(id: string, lookupKey: string, amount: number): JsonObject {
  return {
    ...price(id, "eur", id.replace("price", "prod"), { interval: "year", interval_count: 1 }),
    unit_amount: amount,
    unit_amount_decimal: String(amount),
    lookup_key: lookupKey,
    nickname: lookupKey,
  };
}

function price(id: string, currency: string, product: string, recurring: JsonObject): JsonObject {
  return { id, object: "price", active: true, currency, product, type: "recurring", recurring };
}

/**
 * The price of a subscription's item: one of the catalogue, or one that the item brings along.
 *
 * @param at - Where the item stands in the form, such as `items[0]`.
 * @param newId - Gives the id of a price that is brought along.
 */
export function priceOf(item: JsonObject, at: string, newId: () => string): JsonObject {
  const data = objectAt(item, "price_data");
  if (data !== undefined) return broughtAlong(data, `${at}[price_data]`, newId);
  const id = required(item, "price");
  const known = prices.find((one) => one["id"] === id);
  if (known === undefined) throw missing("price", id, `${at}[price]`);
  return known;
}

function broughtAlong(data: JsonObject, at: string, newId: () => string): JsonObject {
  const product = required(data, "product");
  if (!prices.some((one) => one["product"] === product)) {
    throw missing("product", product, `${at}[product]`);
  }
  const recurring = objectAt(data, "recurring") ?? {};
  const count = recurring["interval_count"];
  return {
    ...price(newId(), required(data, "currency"), product, {
      interval: required(recurring, "interval"),
      interval_count: count === undefined ? 1 : integerAt(recurring, "interval_count"),
    }),
    ...amountOf(data, at),
    lookup_key: null,
    nickname: null,
  };
}

/** Whole minor units, or decimals of them: one of both. */
function amountOf(data: JsonObject, at: string): JsonObject {
  const text = stringAt(data, "unit_amount_decimal");
  if ((text === undefined) === (data["unit_amount"] === undefined)) {
    throw invalid("You must specify one of unit_amount or unit_amount_decimal.", { param: at });
  }
  if (text === undefined) {
    const unit = integerAt(data, "unit_amount");
    return { unit_amount: unit, unit_amount_decimal: String(unit) };
  }
  if (!/^\d+(\.\d{1,12})?$/.test(text)) {
    throw invalid(`Invalid decimal: ${at}[unit_amount_decimal]`, { param: at });
  }
  const whole = /^\d+(?:\.0*)?$/.test(text) ? Number(text) : null;
  return { unit_amount: whole, unit_amount_decimal: text };
}

/** What an item costs a period: quantity × price in minor units, rounded once, half up. */
export function costOf({ price: of, quantity }: JsonObject): number {
  const unit = isJsonObject(of) ? (stringAt(of, "unit_amount_decimal") ?? "0") : "0";
  return minorAmount(unit, Number(quantity));
}
