import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { engineEnvironment } from "./engine-environment.ts";

const root = join(import.meta.dirname, "../..");
/** Stripping types is most of a start; once is enough for all lives of all tests. */

/** A folder of its own for one test: a workspace, and beside it the store. */
export class Scratch {
  readonly folder = mkdtempSync(join(tmpdir(), "sluice-crash-"));
  readonly workspace = join(this.folder, "workspace");
  readonly store = join(this.folder, "store.db");

  write(files: Readonly<Record<string, string>>): void {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.workspace, path)), { recursive: true });
      writeFileSync(join(this.workspace, path), text);
    }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}

/** An engine in a process of its own. */
export class EngineProcess {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #exit: Promise<unknown>;
  readonly #errors: readonly string[];

  private constructor(url: string, child: ChildProcess, exit: Promise<unknown>, errors: string[]) {
    this.url = url;
    this.#child = child;
    this.#exit = exit;
    this.#errors = errors;
  }

  /** Starts `engine-process.ts`, to be killed at `end` (`before-send:3`) or `never`. */
  static start(
    scratch: Scratch,
    env: Readonly<Record<string, string>>,
    end = "never",
  ): Promise<EngineProcess> {
    const script = fileURLToPath(import.meta.resolve("./engine-process.ts"));
    return EngineProcess.#spawn([script, scratch.workspace, scratch.store, end], env, "url");
  }

  /** Starts `sluice run`, as a person does. */
  static startCli(
    scratch: Scratch,
    env: Readonly<Record<string, string>>,
    more: readonly string[] = [],
  ): Promise<EngineProcess> {
    const where = ["--workspace", scratch.workspace, "--store", scratch.store, "--port", "0"];
    return EngineProcess.#spawn(
      [join(root, "cli/sluice.js"), "run", ...where, ...more],
      env,
      "serves",
    );
  }

  static async #spawn(
    command: readonly string[],
    env: Readonly<Record<string, string>>,
    word: string,
  ): Promise<EngineProcess> {
    const child = spawn(process.execPath, command, {
      cwd: root,
      env: engineEnvironment(env),
      stdio: ["ignore", "pipe", "pipe"],
    });
    const exit = once(child, "exit");
    const errors: string[] = [];
    createInterface({ input: child.stderr }).on("line", (line) => errors.push(line));
    const lines = createInterface({ input: child.stdout });
    const ready = new Promise<string>((resolve) => {
      lines.on("line", (line) => {
        const url = /https?:\/\/[\w.:[\]]+/.exec(line)?.[0];
        if (url !== undefined && line.includes(word)) resolve(url);
        else errors.push(line);
      });
    });
    const url = await Promise.race([ready, exit.then(() => undefined)]);
    if (url === undefined) throw new Error(`the engine did not start:\n${errors.join("\n")}`);
    return new EngineProcess(url, child, exit, errors);
  }

  /** What it wrote, for the message of a failing test. */
  get output(): string {
    return this.#errors.join("\n");
  }

  /** Resolves when the process is gone, by whatever cause. */
  async ended(): Promise<void> {
    await this.#exit;
  }

  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#exit;
  }

  async stop(): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#exit;
  }

  /** True when it took the message: then it is on disk. */
  async post(path: string, body: unknown): Promise<boolean> {
    try {
      const answer = await fetch(`${this.url}${path}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      await answer.arrayBuffer();
      return answer.ok;
    } catch {
      return false;
    }
  }
}

/** A partner that knows idempotency keys: it counts requests and effects, and outlives the engines. */
export class Partner {
  readonly requests: { readonly key: string; readonly path: string; readonly body: unknown }[] = [];
  readonly effects = new Map<string, number>();
  /** Told of each request; a true answer breaks the connection after the effect. */
  breaks: (count: number) => boolean = () => false;
  readonly #server: Server;
  readonly #waiting: { readonly effects: number; readonly resolve: () => void }[] = [];

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const key = String(request.headers["idempotency-key"] ?? "");
        const body: unknown = JSON.parse(Buffer.concat(chunks).toString() || "null");
        this.requests.push({ key, path: request.url ?? "", body });
        this.effects.set(key, (this.effects.get(key) ?? 0) + 1);
        if (this.breaks(this.requests.length)) {
          request.socket.destroy();
        } else {
          response.setHeader("content-type", "application/json");
          response.end(JSON.stringify({ id: key }));
        }
        for (const { effects, resolve } of this.#waiting) {
          if (this.effects.size >= effects) resolve();
        }
      });
    });
  }

  static async start(): Promise<Partner> {
    const partner = new Partner();
    partner.#server.listen(0, "127.0.0.1");
    await once(partner.#server, "listening");
    return partner;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the partner is closed");
    return `http://127.0.0.1:${address.port}`;
  }

  /** Resolves when so many different effects were asked for. */
  seen(effects: number): Promise<void> {
    if (this.effects.size >= effects) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ effects, resolve }));
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}
