import type { JsonObject } from "../../../model/json.ts";
import { countAt, bodyOf, notFound, refuse, textOf, badRequest } from "./refusal.ts";
import { type EstateRequest, listAt, type Reply, type Routes } from "../exchange.ts";
import { isJsonObject } from "../../../model/json.ts";
import { filtered, listed } from "./office.ts";

export interface Product {
  readonly sku: string;
  readonly name: string;
  readonly kind: "hardware" | "subscription" | "service" | "bundle";
  readonly list_price: string;
  /** What one costs acme. */
  readonly cost_price: string;
  readonly plan: string | null;
  readonly sla: string | null;
  readonly parts: readonly Part[];
}

interface Part {
  readonly sku: string;
  readonly quantity: number;
}

/** What acme sells. The CRM's product codes are these SKUs. */
export const products: readonly Product[] = [
  goods("GW-100", "Edge gateway", "890.00", "520.00"),
  goods("SN-200", "Line sensor", "64.50", "31.00"),
  goods("AN-300", "Long-range antenna", "139.90", "70.00"),
  bundle(["KIT-10", "Starter kit", "1450.00", "830.00"], { "GW-100": 1, "SN-200": 10 }),
  bundle(["KIT-20", "Field kit", "1120.00", "660.00"], { "GW-100": 1, "AN-300": 2 }),
  subscription(
    ["PL-ANNUAL", "Platform, annual", "4800.00", "600.00"],
    ["platform-annual", "silver"],
  ),
  subscription(
    ["PL-PLUS", "Platform Plus, annual", "9600.00", "900.00"],
    ["platform-plus-annual", "gold"],
  ),
  { ...goods("IM-STD", "Implementation day", "1180.00", "640.00"), kind: "service" },
];

type Article = Parameters<typeof goods>;

function goods(sku: string, name: string, price: string, cost: string): Product {
  const none = { plan: null, sla: null, parts: [] };
  return { sku, name, kind: "hardware", list_price: price, cost_price: cost, ...none };
}

function bundle(article: Article, of: Record<string, number>): Product {
  const parts = Object.entries(of).map(([part, quantity]) => ({ sku: part, quantity }));
  return { ...goods(...article), kind: "bundle", parts };
}

function subscription(article: Article, [plan, sla]: readonly [string, string]): Product {
  return { ...goods(...article), kind: "subscription", plan, sla };
}

const paymentTerms: readonly JsonObject[] = [
  { code: "NET14", description: "14 days net", days: 14 },
  { code: "NET30", description: "30 days net", days: 30 },
  { code: "NET60", description: "60 days net", days: 60 },
  { code: "PREPAID", description: "before delivery", days: 0 },
];

const jurisdictions: readonly JsonObject[] = [
  { code: "DE", country: "DE", region: null, rate: "19.00" },
  { code: "FR", country: "FR", region: null, rate: "20.00" },
  { code: "NL", country: "NL", region: null, rate: "21.00" },
  { code: "GB", country: "GB", region: null, rate: "20.00" },
  { code: "US-CA", country: "US", region: "CA", rate: "7.25" },
  { code: "US-NY", country: "US", region: "NY", rate: "4.00" },
  { code: "US-TX", country: "US", region: "TX", rate: "6.25" },
];

export interface Shortage {
  readonly sku: string;
  readonly quantity: number;
  readonly available: boolean;
  readonly short: number;
  readonly parts: readonly {
    readonly sku: string;
    readonly required: number;
    readonly on_hand: number;
    readonly short: number;
  }[];
}

/** Products, stock, payment terms and tax: what an order is checked against. */
export class Catalogue {
  // Enough for any load test: only what a deal asks for on purpose is ever short.
  readonly #stock = new Map<string, { onHand: number; reserved: number }>([
    ["GW-100", { onHand: 1_000_000, reserved: 0 }],
    ["SN-200", { onHand: 10_000_000, reserved: 0 }],
    ["AN-300", { onHand: 0, reserved: 0 }],
  ]);

  route(routes: Routes): void {
    const one = (rows: readonly JsonObject[], wanted = "") => {
      const body = rows.find((row) => row["code"] === wanted);
      if (body === undefined) throw notFound(`code: ${wanted}`);
      return { status: 200, body };
    };
    routes
      .on("GET", "/payment-terms", (request) => listed(request, paymentTerms, "code"))
      .on("GET", "/payment-terms/:code", (_, at) => one(paymentTerms, at["code"]))
      .on("GET", "/tax-jurisdictions", (request) => listed(request, jurisdictions, "code"))
      .on("GET", "/tax-jurisdictions/:code", (_, at) => one(jurisdictions, at["code"]))
      .on("GET", "/products", (request) => {
        const rows = products.map((product) => this.#shown(product));
        return listed(request, filtered(request, rows, ["kind"]), "sku");
      })
      .on("GET", "/products/:sku", (_, { sku = "" }) => {
        const product = this.product(sku);
        if (product === undefined) throw notFound(`product: ${sku}`);
        return { status: 200, body: this.#shown(product) };
      })
      .on("POST", "/availability", (request) => this.#availability(request));
  }

  product(sku: string): Product | undefined {
    return products.find((product) => product.sku === sku);
  }

  knowsTerm(code: string): boolean {
    return paymentTerms.some((term) => term["code"] === code);
  }

  /** The tax set-up for a place; undefined where nobody set one up. */
  jurisdiction(country: string | null, region: string | null): JsonObject | undefined {
    return jurisdictions.find(
      (row) => row["country"] === country && (row["region"] === null || row["region"] === region),
    );
  }

  /** What is in stock for these lines, counted together: two lines may want the same part. */
  shortages(lines: readonly Part[]): readonly Shortage[] {
    const left = new Map<string, number>();
    return lines.map(({ sku, quantity }) => {
      const parts = this.partsOf(sku, quantity).map((part) => {
        const onHand = left.get(part.sku) ?? this.#available(part.sku);
        left.set(part.sku, Math.max(0, onHand - part.quantity));
        const short = Math.max(0, part.quantity - onHand);
        return { sku: part.sku, required: part.quantity, on_hand: onHand, short };
      });
      const short = parts.reduce((most, part) => Math.max(most, part.short), 0);
      return { sku, quantity, available: short === 0, short, parts };
    });
  }

  /** Takes parts out of what is available, or with a negative sign gives them back. */
  reserve(lines: readonly Part[], sign: 1 | -1): void {
    for (const { sku, quantity } of lines) {
      for (const part of this.partsOf(sku, quantity)) {
        const stock = this.#stock.get(part.sku);
        if (stock !== undefined) stock.reserved += sign * part.quantity;
      }
    }
  }

  /** Goods that a line takes from stock; none for subscriptions and services. */
  partsOf(sku: string, quantity: number): readonly Part[] {
    const product = this.product(sku);
    if (product?.kind === "hardware") return [{ sku, quantity }];
    return (product?.parts ?? []).map((part) => ({
      sku: part.sku,
      quantity: part.quantity * quantity,
    }));
  }

  setStock(sku: string, onHand: number): void {
    this.#stock.set(sku, { onHand, reserved: 0 });
  }

  #available(sku: string): number {
    const { onHand, reserved } = this.#stock.get(sku) ?? { onHand: 0, reserved: 0 };
    return onHand - reserved;
  }

  #shown(product: Product): JsonObject {
    const stocked = product.kind === "hardware";
    const onHand = stocked ? (this.#stock.get(product.sku)?.onHand ?? 0) : null;
    const parts = product.parts.map((part): JsonObject => ({ ...part }));
    const available = stocked ? this.#available(product.sku) : null;
    return { ...product, parts, on_hand: onHand, available };
  }

  #availability(request: EstateRequest): Reply {
    const wanted = (listAt(bodyOf(request), "lines") ?? []).map((line, index) => {
      if (!isJsonObject(line)) throw badRequest(`lines[${index}]`, "a line is an object");
      return { sku: textOf(line, "sku"), quantity: countAt(line, "quantity") };
    });
    for (const [index, { sku }] of wanted.entries()) {
      if (this.product(sku) !== undefined) continue;
      throw refuse(unknownProduct(sku, index));
    }
    const lines = this.shortages(wanted);
    const shown = lines.map((line): JsonObject => ({
      ...line,
      parts: line.parts.map((part): JsonObject => ({ ...part })),
    }));
    const body = { available: lines.every((line) => line.available), lines: shown };
    return { status: 200, body };
  }
}

export function unknownProduct(sku: string, index: number) {
  const message = `product ${sku} is not in the catalogue`;
  return { code: "PRODUCT_UNKNOWN", message, field: `lines[${index}].sku` };
}
