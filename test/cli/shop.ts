import Database from "better-sqlite3";
import { createHmac } from "node:crypto";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vi } from "vitest";
import { main } from "../../cli/main.ts";
import { readAddress } from "../../cli/workspace/engine-address.ts";
import { type RecordingTerminal, recordingTerminal } from "./recording-terminal.ts";

/** What the simulated ERP answers, until it is set anew. */
export interface ErpAnswer {
  readonly status: number;
  /** What it says, or how to say it to the nth request. */
  readonly body: Readonly<Record<string, unknown>> | ((count: number) => unknown);
}

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly body: string;
}

const secret = "test";

/** A copy of the starter workspace in a folder with a blank in its name, and an ERP for it. */
export class Shop {
  readonly root: string;
  readonly seen: SeenRequest[] = [];
  answer: ErpAnswer | Promise<ErpAnswer> = { status: 201, body: { number: "SO-7001" } };
  readonly #folder: string;
  readonly #erp = createServer((request, response) => {
    void this.#serve(request, response);
  });
  #running: { readonly terminal: RecordingTerminal; readonly end: Promise<number> } | undefined;

  private constructor() {
    this.#folder = mkdtempSync(join(tmpdir(), "sluice-shop-"));
    this.root = join(this.#folder, "a shop");
    cpSync("cli/starter", this.root, { recursive: true });
    this.edit("sluice.yaml", "max: 5, backoff: 1s", "max: 1, backoff: 1ms");
  }

  static async open(): Promise<Shop> {
    const shop = new Shop();
    await new Promise<void>((resolve) => {
      shop.#erp.listen(0, "127.0.0.1", resolve);
    });
    return shop;
  }

  get storePath(): string {
    return join(this.root, ".sluice", "sluice.db");
  }

  get env(): Readonly<Record<string, string>> {
    const address = this.#erp.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    return {
      SHOP_WEBHOOK_SECRET: secret,
      ERP_TOKEN: "t0p-secret",
      ERP_URL: `http://127.0.0.1:${port}`,
    };
  }

  edit(path: string, from: string, to: string): void {
    const text = readFileSync(join(this.root, path), "utf8");
    if (!text.includes(from)) throw new Error(`${path} lacks ${from}`);
    writeFileSync(join(this.root, path), text.replace(from, to));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    this.seen.push({ method: request.method ?? "", url: request.url ?? "", body });
    const { status, body: said } = await this.answer;
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(typeof said === "function" ? said(this.seen.length) : said));
  }

  /** Calls a verb in the workspace. */
  async call(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
    const terminal = recordingTerminal({ cwd: this.root, env: this.env });
    const code = await main(argv, terminal);
    return { code, out: terminal.output(), err: terminal.errors() };
  }

  /** `sluice run` on any free port, until it listens. */
  async run(...argv: string[]): Promise<RecordingTerminal> {
    return this.serve("--port", "0", ...argv);
  }

  /** `sluice run`, until it listens. */
  async serve(...argv: string[]): Promise<RecordingTerminal> {
    const terminal = recordingTerminal({ cwd: this.root, env: this.env });
    const end = main(["run", ...argv], terminal);
    this.#running = { terminal, end };
    await vi.waitFor(() => {
      if (readAddress(this.storePath) === undefined) throw new Error(terminal.errors());
    }, waiting);
    return terminal;
  }

  async stop(): Promise<number | undefined> {
    const running = this.#running;
    this.#running = undefined;
    running?.terminal.stop();
    return running?.end;
  }

  /** What the shop's webhook sends for an order. */
  async order(number: string): Promise<number> {
    const body = JSON.stringify({
      event_id: `e-${number}`,
      type: "order.paid",
      data: {
        order_number: number,
        currency: "EUR",
        grand_total: 20,
        items: [{ product_code: "TEA-CHEST", qty: 2, row_total: 20 }],
      },
    });
    const url = readAddress(this.storePath)?.url ?? "";
    const response = await fetch(`${url}/webhooks/example-shop/orders`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "x-shop-signature": createHmac("sha256", secret).update(body).digest("hex"),
      },
      body,
    });
    return response.status;
  }

  /** The first run of the order, once it is in this status. */
  async runIn(status: string, key: string): Promise<string> {
    return vi.waitFor(async () => {
      const { out } = await this.call("runs", "--json", "--status", status);
      const rows = JSON.parse(out) as { id: string; laneKey: string }[];
      const found = rows.find(({ laneKey }) => laneKey === key);
      if (found === undefined) throw new Error(`no run of ${key} is ${status}`);
      return found.id;
    }, waiting);
  }

  /** Rows of every table: what only looks must leave them as they are. */
  rowCounts(): Readonly<Record<string, unknown>> {
    const db = new Database(this.storePath, { readonly: true });
    const tables = db
      .prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
      .pluck()
      .all() as string[];
    const counts = tables.map((name) => [
      name,
      db.prepare(`SELECT count(*) FROM "${name}"`).pluck().get(),
    ]);
    db.close();
    return Object.fromEntries(counts) as Readonly<Record<string, unknown>>;
  }

  async close(): Promise<void> {
    await this.stop();
    this.#erp.closeAllConnections();
    await new Promise((resolve) => this.#erp.close(resolve));
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

const waiting = { timeout: 15_000, interval: 20 };

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}
