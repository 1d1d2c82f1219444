import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { request } from "undici";
import { isJsonObject, type Json, type JsonObject } from "../../../engine/model/json.ts";
import { takeLock } from "./lock.ts";

const run = promisify(execFile);
const scripts = join(import.meta.dirname, "../request-tracker");

/** A Request Tracker that runs. */
export interface RequestTracker {
  /** What the adapter needs of the environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Asks it as the person at the desk does: the other side of what the engine says it did. */
  ask(method: "GET" | "POST" | "PUT", path: string, body?: Json): Promise<Json>;
  /** A field of a ticket or user. */
  field(path: string, name: string): Promise<string | undefined>;
  /** Lets the next test file have it. */
  release(): Promise<void>;
}

/** Finds the one that was started before the tests. Its events go to one engine at a time: others wait. */
export async function startRequestTracker(): Promise<RequestTracker> {
  const release = await takeLock();
  const home = process.env["SLUICE_RT_DIR"] ?? "";
  const hook = `http://127.0.0.1:${process.env["SLUICE_REAL_PORT"] ?? ""}/webhooks/request-tracker/events`;
  const { stdout } = await run(join(scripts, "start.sh"), [home, hook]);
  const told: unknown = JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
  const text = (name: string): string => {
    const value = isJsonObject(told) ? told[name] : undefined;
    if (typeof value !== "string") throw new TypeError(`start.sh did not say "${name}"`);
    return value;
  };
  const authorization = `Basic ${btoa(`${text("agent")}:${text("agentPassword")}`)}`;
  const ask: RequestTracker["ask"] = async (method, path, body) => {
    const answer = await request(`${text("url")}/REST/2.0${path}`, {
      method,
      headers: { authorization, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const value = (await answer.body.json()) as Json;
    if (answer.statusCode >= 300) throw new TypeError(`${path}: ${JSON.stringify(value)}`);
    return value;
  };
  return {
    environment: {
      RT_URL: text("url"),
      RT_USER: text("user"),
      RT_TOKEN: text("token"),
      RT_WEBHOOK_SECRET: text("webhookSecret"),
    },
    ask,
    release,
    field: async (path, name) => {
      const record = await ask("GET", path);
      const fields = isJsonObject(record) ? record["CustomFields"] : undefined;
      const all = Array.isArray(fields) ? (fields as readonly Json[]).filter(isJsonObject) : [];
      const found: JsonObject | undefined = all.find((one) => one["name"] === name);
      const values = found?.["values"];
      const [value] = Array.isArray(values) ? (values as readonly Json[]) : [];
      return typeof value === "string" ? value : undefined;
    },
  };
}
