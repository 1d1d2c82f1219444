import type { Json, JsonObject } from "../../../model/json.ts";
import { credentials } from "../credentials.ts";
import {
  type EstateRequest,
  jsonBody,
  type Partner,
  Refused,
  type Reply,
  replyOf,
  Routes,
} from "../exchange.ts";
import type { Faults } from "../faults.ts";
import type { Habits, World } from "../world.ts";
import { accepts, objectTypes, type ObjectType, type SObject } from "./objects.ts";
import { attributesOf, rowsOf, sobjectsPath } from "./query.ts";
import { CrmRecords } from "./records.ts";
import { parseSoql } from "./soql.ts";

const queryPath = "/services/data/v60.0/query";

/** A CRM that speaks as Salesforce's REST API does. */
export class Crm implements Partner {
  readonly faults: Faults;
  readonly records: CrmRecords;
  readonly #world: World;
  readonly #habits: Habits;
  readonly #url: () => string;
  readonly #tokens = new Map<string, number>();
  readonly #pages = new Map<string, readonly Json[]>();
  readonly #routes: Routes;

  constructor(world: World, habits: Habits, url: () => string) {
    this.faults = world.faults;
    this.#world = world;
    this.#habits = habits;
    this.#url = url;
    this.records = new CrmRecords(world);
    this.#routes = new Routes()
      .on("GET", queryPath, (request) => this.#query(request))
      .on("GET", `${queryPath}/:cursor`, (_, { cursor = "" }) => this.#nextPage(cursor))
      .on("GET", `${sobjectsPath}/:type/:id`, (request, at) => this.#read(request, at))
      .on("GET", `${sobjectsPath}/:type/:field/:value`, (request, at) => this.#find(request, at))
      .on("PATCH", `${sobjectsPath}/:type/:id`, (request, at) => this.#update(request, at))
      .on("POST", `${sobjectsPath}/:type`, (request, at) => this.#create(request, at));
  }

  now(): number {
    return this.#world.agenda.now();
  }

  answer(request: EstateRequest): Reply {
    return replyOf(() => {
      if (request.path === "/services/oauth2/token") return this.#token(request);
      const token = request.headers["authorization"]?.replace(/^Bearer /, "") ?? "";
      const until = this.#tokens.get(token);
      if (until === undefined || until <= this.#world.agenda.now()) return deadSession();
      return this.#routes.answer(request) ?? notFound();
    });
  }

  expireSessions(): Reply {
    this.#tokens.clear();
    return deadSession();
  }

  throttled(retryAfter: number): Reply {
    const reply = failed(429, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.");
    return { ...reply, headers: { "retry-after": String(retryAfter) } };
  }

  unavailable(status: number): Reply {
    return failed(status, "SERVER_UNAVAILABLE", "The service is not available at the moment.");
  }

  #token(request: EstateRequest): Reply {
    const form = new URLSearchParams(request.text);
    const basic = /^Basic (.+)$/.exec(request.headers["authorization"] ?? "")?.[1] ?? "";
    const [user, password] = Buffer.from(basic, "base64").toString().split(":");
    const { client, secret } = credentials.crm;
    if (
      (form.get("client_id") ?? user) !== client ||
      (form.get("client_secret") ?? password) !== secret
    ) {
      const body = { error: "invalid_client", error_description: "invalid client credentials" };
      return { status: 400, body };
    }
    if (form.get("grant_type") !== "client_credentials") {
      const body = {
        error: "unsupported_grant_type",
        error_description: "grant type not supported",
      };
      return { status: 400, body };
    }
    const token = `00D${this.#world.random.hex(12)}!${this.#world.random.hex(32)}`;
    const now = this.#world.agenda.now();
    this.#tokens.set(token, now + this.#habits.crmTokenMs);
    const body = {
      access_token: token,
      instance_url: this.#url(),
      token_type: "Bearer",
      issued_at: String(now),
      expires_in: Math.floor(this.#habits.crmTokenMs / 1000),
    };
    return { status: 200, body };
  }

  #query(request: EstateRequest): Reply {
    const query = parseSoql(request.query.get("q") ?? "");
    if (query === undefined) return failed(400, "MALFORMED_QUERY", "unexpected token in the query");
    const rows = rowsOf(this.records, query);
    if (rows.length <= this.#habits.crmPageSize) return this.#page("", rows, 0);
    const cursor = `01g${this.#world.random.hex(15)}`;
    this.#pages.set(cursor, rows);
    return this.#page(cursor, rows, 0);
  }

  #nextPage(locator: string): Reply {
    const [, cursor = "", from = ""] = /^(.+)-(\d+)$/.exec(locator) ?? [];
    const rows = this.#pages.get(cursor);
    if (rows === undefined) {
      return failed(400, "INVALID_QUERY_LOCATOR", "invalid query locator");
    }
    return this.#page(cursor, rows, Number(from));
  }

  #root(): string {
    return new URL(this.#url()).pathname.replace(/\/$/, "");
  }

  #page(cursor: string, rows: readonly Json[], from: number): Reply {
    const to = from + this.#habits.crmPageSize;
    const done = to >= rows.length;
    const body = {
      totalSize: rows.length,
      done,
      // From the root of the host, where a partner of its own would have no path before it.
      ...(done ? {} : { nextRecordsUrl: `${this.#root()}${queryPath}/${cursor}-${to}` }),
      records: rows.slice(from, to),
    };
    return { status: 200, body };
  }

  #read(request: EstateRequest, at: Readonly<Record<string, string>>): Reply {
    const type = typeOf(at["type"]);
    return this.#shown(request, type, this.records.get(type.name, at["id"] ?? ""));
  }

  #find(request: EstateRequest, at: Readonly<Record<string, string>>): Reply {
    const type = typeOf(at["type"]);
    const field = at["field"] ?? "";
    if (!type.externalIds.includes(field)) {
      return failed(
        404,
        "NOT_FOUND",
        "Provided external ID field does not exist or is not accessible",
      );
    }
    const all = this.records.all(type.name).filter((record) => record[field] === at["value"]);
    if (all.length > 1) {
      const body = all.map(({ Id }) => `${sobjectsPath}/${type.name}/${Id}`);
      return { status: 300, body };
    }
    return this.#shown(request, type, all[0]);
  }

  #shown(request: EstateRequest, type: ObjectType, record: SObject | undefined): Reply {
    if (record === undefined) return notFound();
    const names = request.query.get("fields")?.split(",") ?? Object.keys(type.fields);
    const unknown = names.find((name) => type.fields[name] === undefined);
    if (unknown !== undefined) throw noSuchField(type, unknown);
    const values = names.map((name) => [name, record[name] ?? null]);
    const shown = Object.fromEntries([...values, ["Id", record.Id]]) as JsonObject;
    return { status: 200, body: { attributes: attributesOf(type.name, record.Id), ...shown } };
  }

  #update(request: EstateRequest, at: Readonly<Record<string, string>>): Reply {
    const type = typeOf(at["type"]);
    const record = this.records.get(type.name, at["id"] ?? "");
    if (record === undefined) return notFound();
    this.records.update(type, record.Id, checked(type, request), "api");
    return { status: 204 };
  }

  #create(request: EstateRequest, at: Readonly<Record<string, string>>): Reply {
    const type = typeOf(at["type"]);
    const values = checked(type, request);
    const missing = type.required.filter((name) => (values[name] ?? null) === null);
    if (missing.length > 0) {
      const message = `Required fields are missing: [${missing.join(", ")}]`;
      return failed(400, "REQUIRED_FIELD_MISSING", message, missing);
    }
    const { Id } = this.records.create(type, values, "api");
    return { status: 201, body: { id: Id, success: true, errors: [] } };
  }
}

function checked(type: ObjectType, request: EstateRequest): JsonObject {
  const body = jsonBody(request);
  if (body === undefined) {
    throw new Refused(failed(400, "JSON_PARSER_ERROR", "the body is not a JSON object"));
  }
  for (const [name, value] of Object.entries(body)) {
    const kind = type.fields[name];
    if (kind === undefined) throw noSuchField(type, name);
    if (type.readOnly.includes(name)) {
      const message = `Unable to create/update fields: ${name}.`;
      throw new Refused(failed(400, "INVALID_FIELD_FOR_INSERT_UPDATE", message, [name]));
    }
    if (!accepts(kind, value)) {
      const message = `${name}: value not of required type: ${JSON.stringify(value)}`;
      throw new Refused(failed(400, "INVALID_TYPE_ON_FIELD_IN_RECORD", message, [name]));
    }
  }
  return body;
}

function typeOf(name = ""): ObjectType {
  const type = objectTypes.get(name);
  if (type === undefined) throw new Refused(notFound());
  return type;
}

function noSuchField(type: ObjectType, name: string): Refused {
  const message = `No such column '${name}' on sobject of type ${type.name}`;
  return new Refused(failed(400, "INVALID_FIELD", message));
}

function deadSession(): Reply {
  return failed(401, "INVALID_SESSION_ID", "Session expired or invalid");
}

function notFound(): Reply {
  return failed(404, "NOT_FOUND", "The requested resource does not exist");
}

function failed(
  status: number,
  errorCode: string,
  message: string,
  fields?: readonly string[],
): Reply {
  return { status, body: [{ message, errorCode, ...(fields === undefined ? {} : { fields }) }] };
}
