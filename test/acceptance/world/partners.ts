import { once } from "node:events";
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { Clock } from "../../../engine/ports/clock.ts";

/** One request as a partner saw it. */
export interface Seen {
  /** By the engine's clock. */
  readonly at: number;
  readonly system: string;
  readonly method: string;
  /** Below the system's base URL, without the query. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readonly<Record<string, unknown>>;
}

export type Answer =
  | {
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: unknown;
      /** The body as it goes over the wire, instead. */
      readonly bytes?: Buffer;
    }
  /** Takes the request and never answers. */
  | "hang"
  /** Takes the request and breaks the connection. */
  | "drop";

/** All partners of a small world on one loopback server: what they saw, and what they say. */
export class Partners {
  readonly seen: Seen[] = [];
  clock: Clock;
  answer: (request: Seen, count: number) => Answer | Promise<Answer> = () => ({});
  readonly #server: Server;
  readonly #waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  private constructor(clock: Clock) {
    this.clock = clock;
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const url = new URL(request.url ?? "/", "http://partner");
        const [, system = "", ...rest] = url.pathname.split("/");
        const text = Buffer.concat(chunks).toString();
        const seen: Seen = {
          at: this.clock.now(),
          system,
          method: request.method ?? "",
          path: `/${rest.join("/")}`,
          query: Object.fromEntries(url.searchParams),
          headers: request.headers,
          body: text === "" ? {} : (JSON.parse(text) as Readonly<Record<string, unknown>>),
        };
        this.seen.push(seen);
        for (const { count, resolve } of this.#waiting) if (this.seen.length >= count) resolve();
        void this.#reply(seen, request, response);
      });
    });
  }

  async #reply(seen: Seen, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = await this.answer(seen, this.seen.length);
    if (answer === "hang") return;
    if (answer === "drop") {
      request.socket.destroy();
      return;
    }
    // The time of these worlds is virtual: a Date of the machine would be a clock that is years off.
    response.sendDate = false;
    response.writeHead(answer.status ?? 200, {
      "content-type": "application/json",
      ...answer.headers,
    });
    response.end(
      answer.bytes ?? JSON.stringify(answer.body ?? { number: `N-${this.seen.length}` }),
    );
  }

  static async start(clock: Clock): Promise<Partners> {
    const partners = new Partners(clock);
    partners.#server.listen(0, "127.0.0.1");
    await once(partners.#server, "listening");
    return partners;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the partners are closed");
    return `http://127.0.0.1:${address.port}`;
  }

  /** `erp POST /things 7`, in the order of arrival; `7` is the body's `id`. */
  get story(): readonly string[] {
    return this.seen.map(({ system, method, path, body }) => {
      const id = body["id"];
      return `${system} ${method} ${path}${typeof id === "string" ? ` ${id}` : ""}`;
    });
  }

  to(system: string): readonly Seen[] {
    return this.seen.filter((seen) => seen.system === system);
  }

  /** Effects as a partner has them that knows idempotency keys. */
  effects(system: string): ReadonlySet<string> {
    return new Set(
      this.to(system).flatMap(({ headers }) => {
        const key = headers["idempotency-key"];
        return typeof key === "string" ? [key] : [];
      }),
    );
  }

  /** Resolves when so many requests have come in all. */
  requests(count: number): Promise<void> {
    if (this.seen.length >= count) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ count, resolve }));
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}
