import { isJsonObject, type Json } from "../model/json.ts";

const decimal = /^-?\d{1,30}(?:\.\d{1,20})?$/;

/** Money at stake by currency: `{ "EUR": "12180.00" }`. */
export type Amounts = Readonly<Record<string, string>>;

/** The sum of two decimal strings, exact; the longer fraction stays. */
function addDecimals(a: string, b: string): string {
  const places = Math.max(placesOf(a), placesOf(b));
  const sum = scaled(a, places) + scaled(b, places);
  const digits = (sum < 0n ? -sum : sum).toString().padStart(places + 1, "0");
  const whole = digits.slice(0, digits.length - places);
  return `${sum < 0n ? "-" : ""}${whole}${places === 0 ? "" : `.${digits.slice(-places)}`}`;
}

/** True when `a` is at least `b`. */
export function isAtLeast(a: string, b: string): boolean {
  const places = Math.max(placesOf(a), placesOf(b));
  return scaled(a, places) >= scaled(b, places);
}

/** What one run's impact adds; nothing where it says no amount. */
export function withImpact(amounts: Amounts, impact: Json | undefined): Amounts {
  if (!isJsonObject(impact)) return amounts;
  const { amount, currency } = impact;
  const text = typeof amount === "number" ? String(amount) : amount;
  if (typeof text !== "string" || !decimal.test(text)) return amounts;
  const name = typeof currency === "string" && currency !== "" ? currency : "";
  return { ...amounts, [name]: addDecimals(amounts[name] ?? "0", text) };
}

function placesOf(text: string): number {
  return text.split(".")[1]?.length ?? 0;
}

function scaled(text: string, places: number): bigint {
  const [whole = "0", fraction = ""] = text.split(".");
  return BigInt(whole + fraction.padEnd(places, "0"));
}
