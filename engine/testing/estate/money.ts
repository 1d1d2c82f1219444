/** An amount in minor units of a currency with two decimals: an integer, so that sums are exact. */
export type Cents = number;

const decimal = /^(-?)(\d{1,13})(?:\.(\d{1,2}))?$/;

/** Reads `"1249.50"`; undefined when it is no decimal with at most two places. */
export function centsOf(text: string): Cents | undefined {
  const [, sign, whole, fraction = ""] = decimal.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const cents = Number(whole) * 100 + Number(fraction.padEnd(2, "0"));
  return sign === "-" ? -cents : cents;
}

/** Writes `"1249.50"`. */
export function decimalOf(cents: Cents): string {
  const digits = String(Math.abs(cents)).padStart(3, "0");
  return `${cents < 0 ? "-" : ""}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/**
 * Quantity times price less a discount, rounded half up to the cent as invoices are.
 *
 * @param discount - Hundredths of a percent: 1250 is 12.5 %.
 */
export function lineAmount(unitPrice: Cents, quantity: number, discount: number): Cents {
  const tenThousandths = BigInt(unitPrice) * BigInt(quantity) * BigInt(10_000 - discount);
  return Number((tenThousandths + 5_000n) / 10_000n);
}

/** Quantity times a price in minor units that may have decimals (`"83157.5"`), rounded half up to whole ones. */
export function minorAmount(unit: string, quantity: number): Cents {
  const [whole = "", fraction = ""] = unit.split(".");
  const scale = 10n ** BigInt(fraction.length);
  const exact = BigInt(whole + fraction) * BigInt(quantity);
  return Number((exact * 2n + scale) / (scale * 2n));
}

export function sumOf(amounts: Iterable<Cents>): Cents {
  let sum = 0;
  for (const amount of amounts) sum += amount;
  return sum;
}

/** Splits a total into equal parts; the first parts carry the odd cents. */
export function partsOf(total: Cents, count: number): readonly Cents[] {
  const each = Math.floor(total / count);
  const odd = total - each * count;
  return Array.from({ length: count }, (_, index) => each + (index < odd ? 1 : 0));
}
