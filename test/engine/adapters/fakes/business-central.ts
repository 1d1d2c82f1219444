import type { Json, JsonObject } from "../../../../engine/model/json.ts";
import { type Answer, type Asked, Fake, objectOf } from "./exchange.ts";

type Row = Record<string, Json>;

/** Business Central: tokens, OData filters, pages by address, and writes that must name the etag. */
export class BusinessCentral extends Fake {
  static readonly secrets = { BC_CLIENT_ID: "bc-client", BC_CLIENT_SECRET: "bc-canary" };
  /** Where it is reached, for the addresses of its pages. */
  url = "";
  readonly tables: Readonly<Record<string, Row[]>> = {
    customers: [],
    salesOrders: [],
    items: [
      { id: "i-1", number: "GATEWAY", type: "Inventory", inventory: 40 },
      { id: "i-2", number: "SETUP", type: "Service", inventory: 0 },
    ],
    paymentTerms: ["COD", "NET14", "NET60", "NET30", "PREPAID"].map((code) => ({
      id: `t-${code}`,
      code,
    })),
  };
  #count = 0;

  protected handle({ body, headers, method, path, query }: Asked): Answer {
    if (path === "/login/oauth2/v2.0/token") return token(body);
    if (headers.authorization !== "Bearer bc-token") {
      return failed(
        401,
        "Authentication_InvalidCredentials",
        "The server has rejected the client credentials.",
      );
    }
    const [, table = "", id] =
      /^\/bc\/api\/v2\.0\/companies\([\w-]+\)\/(\w+)(?:\(([\w-]+)\))?$/.exec(path) ?? [];
    const rows = this.tables[table];
    if (rows === undefined) return failed(404, "BadRequest_NotFound", `No resource ${path}`);
    if (id === undefined) {
      return method === "POST"
        ? this.#create(table, rows, objectOf(body))
        : this.#list(rows, path, query);
    }
    const row = rows.find((one) => one["id"] === id);
    if (row === undefined)
      return failed(404, "Internal_RecordNotFound", "The record does not exist.");
    if (method === "GET") return { status: 200, body: expanded(row, query) };
    const refused = etagRefusal(row, headers["if-match"]);
    if (refused !== undefined) return refused;
    if (method === "DELETE") {
      rows.splice(rows.indexOf(row), 1);
      return { status: 204 };
    }
    this.touch(row, objectOf(body));
    return { status: 200, body: row };
  }

  /** A change, ours or that of people there: the record's etag is another one afterwards. */
  touch(row: Row, change: JsonObject): void {
    this.#count += 1;
    Object.assign(row, change, {
      "@odata.etag": `W/"${this.#count}"`,
      lastModifiedDateTime: new Date(1_795_000_000_000 + this.#count).toISOString(),
    });
  }

  #create(table: string, rows: Row[], given: JsonObject): Answer {
    const number = given["number"] ?? `S-ORD${101_000 + rows.length + 1}`;
    if (rows.some((row) => row["number"] === number)) {
      return failed(
        400,
        "Internal_EntityWithSameKeyExists",
        `The record already exists: ${JSON.stringify(number)}`,
      );
    }
    const id = `${table.toLowerCase()}-${rows.length + 1}`;
    const row: Row = { id, number, ...(table === "customers" ? customerDefaults : {}) };
    this.touch(row, { ...given, ...(table === "salesOrders" ? orderTotals(given) : {}) });
    rows.push(row);
    return { status: 201, body: row };
  }

  #list(rows: readonly Row[], path: string, query: URLSearchParams): Answer {
    const filter = query.get("$filter");
    const wanted = filter === null ? rows : rows.filter((row) => holds(row, filter));
    const start = Number(query.get("$skiptoken") ?? 0);
    const more = start + 2 < wanted.length;
    const link = new URL(`${this.url}${path}`);
    if (filter !== null) link.searchParams.set("$filter", filter);
    link.searchParams.set("$skiptoken", String(start + 2));
    return {
      status: 200,
      body: {
        "@odata.context": `${this.url}/bc/api/v2.0/$metadata`,
        value: wanted.slice(start, start + 2),
        ...(more ? { "@odata.nextLink": link.href } : {}),
      },
    };
  }
}

const customerDefaults = {
  creditLimit: 0,
  blocked: " ",
  taxAreaDisplayName: "",
  taxRegistrationNumber: "",
};

function orderTotals({ salesOrderLines }: JsonObject): JsonObject {
  const lines = salesOrderLines as unknown as readonly Record<
    "quantity" | "unitPrice" | "discountAmount",
    number
  >[];
  const cents = lines.reduce(
    (sum, line) =>
      sum +
      Math.round(line.quantity * line.unitPrice * 100) -
      Math.round(line.discountAmount * 100),
    0,
  );
  return { status: "Draft", totalAmountExcludingTax: cents / 100 };
}

/** `a eq 'x' or a eq 'y'`, `a eq x and b eq 'y'`, `a ge 2026-…`: what the adapter asks. */
function holds(row: Row, filter: string): boolean {
  return filter.split(" or ").some((part) =>
    part.split(" and ").every((term) => {
      const [, name = "", operator, quoted, bare] =
        /^(\w+) (eq|ge) (?:'((?:[^']|'')*)'|(\S+))$/.exec(term) ?? [];
      const value = quoted?.replaceAll("''", "'") ?? bare ?? "";
      const own = typeof row[name] === "string" ? row[name] : "";
      return operator === "ge" ? own >= value : operator === "eq" && own === value;
    }),
  );
}

function expanded(row: Row, query: URLSearchParams): JsonObject {
  const wanted = query.get("$expand") === "customerFinancialDetail";
  return wanted ? { ...row, customerFinancialDetail: { balance: 125.5 } } : row;
}

function etagRefusal(row: Row, given: string | undefined): Answer | undefined {
  if (given === undefined) return failed(400, "BadRequest", "The If-Match header is missing.");
  if (given === row["@odata.etag"]) return undefined;
  return failed(412, "Request_EntityChanged", "Another user has already changed the record.");
}

function token(body: string): Answer {
  const form = new URLSearchParams(body);
  const isRight =
    form.get("client_id") === "bc-client" &&
    form.get("client_secret") === "bc-canary" &&
    form.get("scope") === "https://api.businesscentral.dynamics.com/.default";
  if (!isRight) return { status: 400, body: { error: "invalid_client" } };
  return {
    status: 200,
    body: { token_type: "Bearer", expires_in: 3599, access_token: "bc-token" },
  };
}

function failed(status: number, code: string, message: string): Answer {
  return { status, body: { error: { code, message } } };
}
