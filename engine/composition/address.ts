import type { HttpServer, Move } from "../channels/http-in/index.ts";
import type { Diagnostic } from "../errors/diagnostic.ts";
import type { Generation } from "../model/plan/generation.ts";
import type { Log } from "../ports/log.ts";

/** Where the engine listens, as the workspace says: a reload may move it, or be refused for that. */
export class Address {
  readonly #server: HttpServer;
  readonly #log: Log;
  readonly #moved: (url: string) => void;
  #move: Move | undefined;

  constructor(server: HttpServer, log: Log, moved: (url: string) => void = () => {}) {
    this.#server = server;
    this.#log = log;
    this.#moved = moved;
  }

  url(): string {
    return this.#server.url;
  }

  /** Listens at the generation's address as well; a finding where it cannot. */
  async prepare(generation: Generation): Promise<readonly Diagnostic[]> {
    await this.drop();
    try {
      this.#move = await this.#server.prepare(generation);
      return [];
    } catch (error) {
      return [cannotListen(generation, error)];
    }
  }

  /** What was prepared is of a generation that was never adopted after all. */
  async drop(): Promise<void> {
    await this.#move?.drop();
    this.#move = undefined;
  }

  /** The generation is the current one: what listened before takes no more. */
  take(): void {
    if (this.#move === undefined) return;
    this.#move.take();
    this.#move = undefined;
    const url = this.url();
    try {
      this.#moved(url);
    } catch (error) {
      // It listens there all the same.
      const why = error instanceof Error ? error.message : String(error);
      this.#log.write("error", "nobody could be told of the new address", { url, why });
    }
  }
}

function cannotListen({ files, workspace }: Generation, error: unknown): Diagnostic {
  const { host = "127.0.0.1", port = 8080 } = workspace.server ?? {};
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const reason = error instanceof Error ? error.message : String(error);
  return {
    code: "runtime/cannot-listen",
    severity: "error",
    message:
      code === "EADDRINUSE"
        ? `${host}:${port} is taken already, by another program or on another address of this one`
        : `nothing can listen at ${host}:${port}: ${reason}`,
    at: serverPlace(files["sluice.yaml"] ?? ""),
    help: "name another port, or free it and save the file again; until then the engine listens where it did",
  };
}

/** Of `server:` in sluice.yaml. */
function serverPlace(text: string): Diagnostic["at"] {
  const line = text.split("\n").findIndex((one) => one.startsWith("server:"));
  return { file: "sluice.yaml", line: Math.max(0, line) + 1, column: 1, length: "server".length };
}
