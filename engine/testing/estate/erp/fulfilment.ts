import { type EstateRequest, type Reply, type Routes } from "../exchange.ts";
import type { Catalogue } from "./catalogue.ts";
import { filtered, listed, monthsLater, type Office, type Stamped } from "./office.ts";
import type { Order } from "./orders.ts";
import { badRequest, bodyOf, checkVersion, notFound, textOrNull } from "./refusal.ts";

type Milestone = Stamped & {
  readonly id: string;
  readonly order: string;
  readonly name: string;
  readonly billable: boolean;
  invoice: string | null;
  status: string;
};

type Entitlement = {
  readonly id: string;
  readonly customer: string;
  readonly order: string;
  readonly sku: string;
  readonly sla: string;
  readonly starts_on: string;
  readonly ends_on: string;
  readonly asset: string | null;
  readonly status: string;
};

type Asset = {
  readonly serial: string;
  readonly customer: string;
  readonly order: string;
  readonly sku: string;
  readonly installed_on: string;
};

/** What follows an approved order: project milestones, service entitlements, the installed base. */
export class Fulfilment {
  readonly #office: Office;
  readonly #catalogue: Catalogue;
  readonly #milestones = new Map<string, Milestone>();
  readonly #entitlements: Entitlement[] = [];
  readonly #assets: Asset[] = [];

  constructor(office: Office, catalogue: Catalogue) {
    this.#office = office;
    this.#catalogue = catalogue;
  }

  route(routes: Routes): void {
    routes
      .on("GET", "/milestones", (request) => {
        const fields = ["order", "billable", "invoice", "status"];
        return listed(request, filtered(request, this.#milestones.values(), fields), "id");
      })
      .on("GET", "/orders/:number/milestones", (request, { number }) => {
        const rows = [...this.#milestones.values()].filter((row) => row.order === number);
        return listed(request, rows, "id");
      })
      .on("GET", "/milestones/:id", (_, { id = "" }) => {
        const found = this.#milestones.get(id);
        if (found === undefined) throw notFound(`milestone: ${id}`);
        return { status: 200, body: structuredClone(found) };
      })
      .on("PATCH", "/milestones/:id", (request, { id }) => this.#update(request, id))
      .on("GET", "/entitlements", (request) => {
        if (!request.query.has("customer")) throw badRequest("customer", "customer is required");
        const fields = ["customer", "asset", "order"];
        return listed(request, filtered(request, this.#entitlements, fields), "id");
      })
      .on("GET", "/assets", (request) => {
        const rows = filtered(request, this.#assets, ["customer", "serial", "order"]);
        return listed(request, rows, "serial");
      });
  }

  approved(order: Order): void {
    const { number, customer, requested_on: from } = order;
    const assets = order.lines
      .flatMap((line) => this.#catalogue.partsOf(line.sku, line.quantity))
      .map(({ sku }) => ({
        serial: this.#office.number("SN"),
        customer,
        order: number,
        sku,
        installed_on: from,
      }));
    this.#assets.push(...assets);
    for (const line of order.lines) {
      const product = this.#catalogue.product(line.sku);
      if (product?.kind === "service") this.#addMilestone(number, product.name);
      if (product?.kind !== "subscription") continue;
      const about = { customer, order: number, sku: line.sku, sla: product.sla ?? "bronze" };
      const term = { starts_on: from, ends_on: monthsLater(from, 12) };
      for (const asset of assets.length === 0 ? [null] : assets.map(({ serial }) => serial)) {
        const id = this.#office.number("EN");
        this.#entitlements.push({ id, ...about, ...term, asset, status: "active" });
      }
    }
  }

  #addMilestone(order: string, name: string): void {
    const milestone: Milestone = {
      id: this.#office.number("MS"),
      order,
      name,
      billable: true,
      invoice: null,
      status: "open",
      ...this.#office.stamp(),
    };
    this.#milestones.set(milestone.id, milestone);
    this.#office.change("milestone", milestone.id, "created", milestone);
  }

  /** Links a milestone to the invoice that bills it, as finance does on its screens. */
  linkInvoice(order: string, invoice: string): void {
    for (const milestone of this.#milestones.values()) {
      if (milestone.order !== order || milestone.invoice !== null) continue;
      milestone.invoice = invoice;
      this.#office.touch(milestone);
      this.#office.change("milestone", milestone.id, "updated", milestone);
    }
  }

  #update(request: EstateRequest, id = ""): Reply {
    const milestone = this.#milestones.get(id);
    if (milestone === undefined) throw notFound(`milestone: ${id}`);
    const body = bodyOf(request);
    checkVersion(body, milestone.version, true);
    if (body["invoice"] !== undefined) milestone.invoice = textOrNull(body, "invoice");
    milestone.status = textOrNull(body, "status") ?? milestone.status;
    this.#office.touch(milestone);
    this.#office.change("milestone", milestone.id, "updated", milestone);
    const data = structuredClone(milestone);
    this.#office.world.ledger.record({ system: "erp", effect: "milestone.updated", id, data });
    return { status: 200, body: data };
  }
}
