import { isJsonObject, type Json, type JsonObject } from "../../model/json.ts";
import { type DealOptions, variations } from "./deals.ts";
import type { Estate } from "./estate.ts";
import {
  type EstateRequest,
  jsonBody,
  Refused,
  type Reply,
  replyOf,
  Routes,
  stringAt,
} from "./exchange.ts";
import { type Fault, requestFaults, webhookFaults } from "./faults.ts";
import type { EffectFilter } from "./ledger.ts";
import type {
  BillOptions,
  PersonChange,
  PersonOptions,
  TicketChange,
  TicketOptions,
} from "./person.ts";
import { type System, systems } from "./system.ts";

type ControlledEstate = Omit<Estate, "urls" | "environment">;

const paymentKinds = ["paid", "partial", "failed", "refunded", "charged-back"] as const;

/** The estate's own paths, for tests and demos in another process. Answers with problems as 400. */
export function controlOf(estate: ControlledEstate): (request: EstateRequest) => Promise<Reply> {
  const routes = new Routes()
    .on("GET", "/health", () => ok({ ok: true, seed: estate.seed, pid: process.pid }))
    .on("POST", "/deals", (request) => ok(plain(estate.closeDeal(dealOf(request)))))
    .on("POST", "/deals/:id/win", (_, { id = "" }) => {
      estate.winDeal(id);
      return ok({});
    })
    .on("POST", "/deals/:id/redeliver", (request, { id = "" }) => {
      estate.person.redeliver(id, Number(bodyOf(request)["times"] ?? 1));
      return ok({});
    })
    .on("PATCH", "/records/:type/:id", (request, { type = "", id = "" }) => {
      estate.editRecord(type, id, bodyOf(request));
      return ok({});
    })
    .on("POST", "/period", (request) => {
      const body = bodyOf(request);
      estate.person.closePeriod(
        textOf(body, "closed"),
        stringAt(body, "reopens_on") ?? "9999-01-01",
      );
      return ok({});
    });
  routePeople(routes, estate);
  routeFaults(routes, estate);
  routeLedger(routes, estate);
  return async (request) => {
    if (request.method === "POST" && request.path === "/webhooks/idle") {
      await estate.webhooks.idle();
      return ok({});
    }
    const unknown = { error: `no such path: ${request.method} /_estate${request.path}` };
    return replyOf(() => routes.answer(request) ?? { status: 404, body: unknown });
  };
}

function routePeople(routes: Routes, { person }: ControlledEstate): void {
  routes
    .on("POST", "/tickets", (request) => {
      const body = bodyOf(request);
      textOf(body, "subject");
      return ok(structuredClone(person.openTicket(body as unknown as TicketOptions)));
    })
    .on("PATCH", "/tickets/:id", (request, { id }) => {
      const change = bodyOf(request) as TicketChange;
      return ok(structuredClone(person.changeTicket(Number(id), change)));
    })
    .on("POST", "/people", (request) => {
      const body = bodyOf(request);
      textOf(body, "name");
      return ok(structuredClone(person.writeToSupport(body as unknown as PersonOptions)));
    })
    .on("PATCH", "/people/:id", (request, { id }) => {
      const change = bodyOf(request) as PersonChange;
      return ok(structuredClone(person.changeSupportUser(Number(id), change)));
    })
    .on("POST", "/payments", (request) => {
      const body = bodyOf(request);
      const kind = paymentKinds.find((one) => one === body["kind"]);
      if (kind === undefined) throw bad(`kind is one of ${paymentKinds.join(", ")}`);
      const amount = body["amount"];
      person.pay(textOf(body, "invoice"), kind, typeof amount === "number" ? amount : undefined);
      return ok({});
    })
    .on("POST", "/invoices", (request) => {
      const body = bodyOf(request);
      textOf(body, "customer");
      return ok(person.bill(body as unknown as BillOptions));
    });
}

function routeFaults(routes: Routes, estate: ControlledEstate): void {
  routes
    .on("POST", "/faults", (request) => {
      const body = bodyOf(request);
      const system = systemOf(body["system"]);
      const kinds = [...requestFaults, ...webhookFaults];
      if (!kinds.some((kind) => kind === body["kind"])) {
        throw bad(`kind is one of ${kinds.join(", ")}`);
      }
      estate[system].faults.next(body as unknown as Fault);
      return ok({});
    })
    .on("DELETE", "/faults", () => {
      for (const system of systems) estate[system].faults.clear();
      return ok({});
    })
    .on("PUT", "/webhooks", (request) => {
      for (const [name, url] of Object.entries(bodyOf(request))) {
        if (url !== null && typeof url !== "string") throw bad(`${name} is a URL or null`);
        estate.webhooks.to(systemOf(name), url);
      }
      return ok({});
    });
}

function routeLedger(routes: Routes, { ledger }: ControlledEstate): void {
  const filterOf = (request: EstateRequest): EffectFilter => {
    const system = request.query.get("system");
    const rest = ["effect", "reference", "id"].flatMap((name) => {
      const value = request.query.get(name);
      return value === null ? [] : [[name, value]];
    });
    const filter = Object.fromEntries(rest) as EffectFilter;
    return system === null ? filter : { ...filter, system: systemOf(system) };
  };
  routes
    .on("GET", "/ledger", (request) => ok({ effects: plain(ledger.effects(filterOf(request))) }))
    .on("GET", "/ledger/summary", () => ok(plain(ledger.summary())))
    .on("GET", "/ledger/requests", (request) =>
      ok({ requests: plain(ledger.requests(filterOf(request).system)) }),
    )
    .on("GET", "/ledger/webhooks", (request) =>
      ok({ webhooks: plain(ledger.webhooks(filterOf(request).system)) }),
    );
}

function dealOf(request: EstateRequest): DealOptions {
  const body = bodyOf(request);
  const given = body["variations"] ?? [];
  const known: readonly Json[] = variations;
  const list: readonly Json[] = Array.isArray(given) ? (given as readonly Json[]) : [given];
  const unknown = list.find((one) => !known.includes(one));
  if (unknown === undefined) return { ...body, variations: list } as DealOptions;
  throw bad(`unknown variation ${JSON.stringify(unknown)}: one of ${variations.join(", ")}`);
}

function systemOf(value: Json | undefined): System {
  const system = systems.find((name) => name === value);
  if (system === undefined) throw bad(`system is one of ${systems.join(", ")}`);
  return system;
}

function bodyOf(request: EstateRequest): JsonObject {
  if (request.text === "") return {};
  const body = jsonBody(request);
  if (body === undefined) throw bad("the body is not a JSON object");
  return body;
}

function textOf(body: JsonObject, name: string): string {
  const value = stringAt(body, name);
  if (value === undefined) throw bad(`${name} is required, as text`);
  return value;
}

function bad(error: string): Refused {
  return new Refused({ status: 400, body: { error } });
}

function ok(body: Json): Reply {
  return { status: 200, body };
}

/** Rows as the JSON they will be on the wire. */
function plain(rows: unknown): Json {
  const copy = JSON.parse(JSON.stringify(rows)) as Json;
  return isJsonObject(copy) ? { ...copy } : copy;
}
