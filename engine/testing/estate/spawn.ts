import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { isJsonObject, type Json, type JsonObject } from "../../model/json.ts";
import type { Deal, DealOptions } from "./deals.ts";
import type { EstateOptions } from "./estate.ts";
import type { Fault } from "./faults.ts";
import type { Effect, RequestRow, WebhookRow } from "./ledger.ts";
import type { LedgerSummary } from "./report.ts";
import { type ReadyLine, serveEstate } from "./serve.ts";
import type { System } from "./system.ts";

/** An estate in a process of its own: it outlives the crashes of whoever talks to it. */
export interface RemoteEstate extends AsyncDisposable {
  readonly pid: number;
  readonly seed: number;
  readonly urls: ReadyLine["urls"];
  readonly environment: ReadyLine["environment"];
  closeDeal(options?: DealOptions): Promise<Deal>;
  fault(system: System, fault: Fault): Promise<void>;
  clearFaults(): Promise<void>;
  webhooksTo(urls: Partial<Record<System, string | null>>): Promise<void>;
  webhooksIdle(): Promise<void>;
  effects(filter?: Readonly<Record<string, string>>): Promise<readonly Effect[]>;
  summary(): Promise<LedgerSummary>;
  requests(): Promise<readonly RequestRow[]>;
  webhooks(): Promise<readonly WebhookRow[]>;
  /** Any other control path, such as `POST /tickets`. */
  control(method: string, path: string, body?: Json): Promise<JsonObject>;
  /** Ends the process; safe to call twice. */
  close(): Promise<void>;
}

// This file is also the child's program: its own path is right in sources and in a published package.
const entry = fileURLToPath(import.meta.url);

/**
 * Starts an estate in a child process and waits until it listens. The child ends with `close`, with
 * `await using`, and by itself when this process dies, since its standard input ends then.
 */
export async function spawnEstate(
  options: Omit<EstateOptions, "clock"> = {},
): Promise<RemoteEstate> {
  const child = spawn(process.execPath, [entry, JSON.stringify(options)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ready = await readyLine(child);
  const call = (method: string, path: string, body?: Json) =>
    control(`${ready.urls.control}${path}`, method, body);
  const close = () => end(child);
  return {
    pid: ready.pid,
    seed: ready.seed,
    urls: ready.urls,
    environment: ready.environment,
    closeDeal: async (deal = {}) => (await call("POST", "/deals", plain(deal))) as unknown as Deal,
    fault: async (system, fault) => {
      await call("POST", "/faults", plain({ ...fault, system }));
    },
    clearFaults: async () => {
      await call("DELETE", "/faults");
    },
    webhooksTo: async (urls) => {
      await call("PUT", "/webhooks", plain(urls));
    },
    webhooksIdle: async () => {
      await call("POST", "/webhooks/idle");
    },
    effects: async (filter = {}) => {
      const answer = await call("GET", `/ledger?${new URLSearchParams(filter).toString()}`);
      return rowsOf(answer, "effects") as readonly Effect[];
    },
    summary: async () => (await call("GET", "/ledger/summary")) as unknown as LedgerSummary,
    requests: async () =>
      rowsOf(await call("GET", "/ledger/requests"), "requests") as readonly RequestRow[],
    webhooks: async () =>
      rowsOf(await call("GET", "/ledger/webhooks"), "webhooks") as readonly WebhookRow[],
    control: call,
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function readyLine(child: ChildProcess): Promise<ReadyLine> {
  const output = child.stdout;
  if (output === null) throw new TypeError("the child has no standard output");
  for await (const line of createInterface({ input: output })) {
    const value: unknown = JSON.parse(line);
    // Reading ends here, and a pipe that nobody reads must not hold the child up.
    output.resume();
    if (isJsonObject(value) && value["estate"] === "ready") return value as unknown as ReadyLine;
  }
  throw new Error(`the estate ended before it was ready, with status ${child.exitCode ?? "?"}`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  await exited;
}

async function control(url: string, method: string, body?: Json): Promise<JsonObject> {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await fetch(url, { method, ...sent });
  const answer: unknown = await response.json();
  if (!isJsonObject(answer)) throw new TypeError(`${method} ${url} answered no object`);
  if (response.ok) return answer;
  throw new Error(`${method} ${url} answered ${response.status}: ${JSON.stringify(answer)}`);
}

function rowsOf(answer: JsonObject, name: string): unknown {
  return answer[name] ?? [];
}

function plain(value: object): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}

if (import.meta.main) {
  const options = JSON.parse(process.argv[2] ?? "{}") as EstateOptions;
  await serveEstate({ ...options, untilInputEnds: true }, (line) => {
    process.stdout.write(`${JSON.stringify(line)}\n`);
  });
}
