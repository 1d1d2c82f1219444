import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { request } from "undici";
import { isJsonObject, type Json, type JsonObject } from "../../../engine/model/json.ts";

const run = promisify(execFile);
const script = join(import.meta.dirname, "../tryton/start.sh");

/** A Tryton that runs. */
export interface Tryton {
  /** `http://127.0.0.1:PORT`, without the database. */
  readonly url: string;
  /** What the adapter needs of the environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Asks Tryton itself, as an administrator: the other side of what the engine says it did. */
  readonly admin: TrytonClient;
}

/** A client of Tryton's JSON-RPC that shares nothing with the adapter. */
export interface TrytonClient {
  call(method: string, ...params: readonly Json[]): Promise<Json>;
  /** Records of a model that meet a domain. */
  find(
    model: string,
    domain: readonly Json[],
    fields: readonly string[],
  ): Promise<readonly JsonObject[]>;
}

/** Finds the one that was started before the tests. */
export async function startTryton(): Promise<Tryton> {
  const { stdout } = await run(script, [process.env["SLUICE_TRYTON_DIR"] ?? ""]);
  const told: unknown = JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
  const text = (name: string) => textAt(told, name);
  const admin = await client(`${text("url")}/${text("database")}/`, {
    user: text("admin"),
    password: text("adminPassword"),
  });
  return {
    url: text("url"),
    environment: {
      TRYTON_URL: text("url"),
      TRYTON_DATABASE: text("database"),
      TRYTON_USER: text("user"),
      TRYTON_PASSWORD: text("password"),
      TRYTON_CRM_URL: text("url"),
      TRYTON_CRM_DATABASE: text("database"),
      TRYTON_CRM_USER: text("user"),
      TRYTON_CRM_PASSWORD: text("password"),
    },
    admin,
  };
}

async function client(
  url: string,
  login: { readonly user: string; readonly password: string },
): Promise<TrytonClient> {
  const post = async (method: string, params: readonly Json[], authorization?: string) => {
    const { body } = await request(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(authorization === undefined ? {} : { authorization }),
      },
      body: JSON.stringify({ id: 1, method, params }),
    });
    const answer: unknown = await body.json();
    if (!isJsonObject(answer)) throw new TypeError(`${method} was not answered`);
    if (answer["error"] !== undefined) {
      throw new TypeError(`${method}: ${JSON.stringify(answer["error"])}`);
    }
    return answer["result"] ?? null;
  };
  const session = await post("common.db.login", [login.user, { password: login.password }]);
  if (!Array.isArray(session)) throw new TypeError("the log-in gave no session");
  const [id, key] = (session as readonly Json[]).map((part) =>
    typeof part === "string" ? part : JSON.stringify(part),
  );
  const authorization = `Session ${btoa(`${login.user}:${id ?? ""}:${key ?? ""}`)}`;
  const context = { company: 1, language: "en" };
  const call = (method: string, ...params: readonly Json[]) =>
    post(method, [...params, context], authorization);
  return {
    call,
    find: async (model, domain, fields) => {
      const order = [["id", "ASC"]];
      const rows = await call(`model.${model}.search_read`, domain, 0, null, order, fields);
      return Array.isArray(rows) ? (rows as readonly Json[]).filter(isJsonObject) : [];
    },
  };
}

/** Tryton's tagged decimal, as text; undefined for anything else. */
export function decimalAt(record: JsonObject | undefined, name: string): string | undefined {
  const value = record?.[name];
  const text = isJsonObject(value) ? value["decimal"] : undefined;
  return typeof text === "string" ? text : undefined;
}

/** Tryton's tagged decimal, in cents. */
export const centsAt = (record: JsonObject, name: string): number =>
  Math.round(Number(decimalAt(record, name)) * 100);

/** What a record says in words; empty where it says nothing. */
export function wordsAt(record: JsonObject | undefined, name: string): string {
  const value = record?.[name];
  return typeof value === "string" ? value : "";
}

/** Records that hang on a record, as `lines.` or `invoice.`. */
export function rowsAt(record: JsonObject | undefined, name: string): readonly JsonObject[] {
  const value = record?.[name] ?? [];
  const rows: readonly Json[] = Array.isArray(value) ? (value as readonly Json[]) : [value];
  return rows.filter(isJsonObject);
}

/** Tryton's tagged date as `2026-12-01`. */
export function dayAt(record: JsonObject | undefined, name: string): string {
  const [date] = rowsAt(record, name);
  return ["year", "month", "day"]
    .map((part) => JSON.stringify(date?.[part] ?? null).padStart(2, "0"))
    .join("-");
}

/** A day as Tryton takes it. */
export function day(text: string): JsonObject {
  const [year, month, date] = text.split("-").map(Number);
  return { __class__: "date", year: year ?? 0, month: month ?? 0, day: date ?? 0 };
}

/** A decimal as Tryton takes it. */
export const decimal = (text: string): JsonObject => ({ __class__: "Decimal", decimal: text });

function textAt(value: unknown, name: string): string {
  const text = isJsonObject(value) ? value[name] : undefined;
  if (typeof text !== "string") throw new TypeError(`start.sh did not say "${name}"`);
  return text;
}
