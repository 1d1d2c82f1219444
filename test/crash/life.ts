import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, watch } from "node:fs";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { engineEnvironment } from "./engine-environment.ts";

const root = join(import.meta.dirname, "../..");
/** Stripping types is most of a start; once is enough for all lives of all tests. */
const linesKept = 400;

export interface LifeOptions {
  readonly workspace: string;
  readonly store: string;
  readonly env: Readonly<Record<string, string>>;
  /** `before-commit:3`: ends itself by SIGKILL there. Unless told it is `sluice run` as people start it. */
  readonly end?: string;
  /** More arguments for `sluice run`. */
  readonly more?: readonly string[];
  /** A shell's word before the command, such as `ulimit -f 2000`. */
  readonly limit?: string;
}

/** One process of the engine, from its start to whatever ends it. */
export class Life {
  readonly pid: number;
  /** Its address once it serves; undefined when it ended before. */
  readonly ready: Promise<string | undefined>;
  /** Resolves when the process is gone, with its exit status; null after a signal. */
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  readonly #hearers = new Set<(line: string) => void>();
  #isOver = false;

  constructor(options: LifeOptions) {
    const child = start(options);
    this.#child = child;
    this.pid = child.pid ?? 0;
    const endWithUs = (): void => void child.kill("SIGKILL");
    process.once("exit", endWithUs);
    this.ended = once(child, "exit").then(([status]) => {
      process.off("exit", endWithUs);
      this.#isOver = true;
      return typeof status === "number" ? status : null;
    });
    const told = this.#listen();
    const written = options.end === undefined ? addressOf(options.store, this.pid) : undefined;
    this.ready = Promise.race([written?.url ?? told, this.ended.then(() => undefined)]).finally(
      () => written?.end(),
    );
  }

  /** The last lines it wrote, for the message of a failing test. */
  get output(): string {
    return this.#lines.join("\n");
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Resolves with the next line that matches, and rejects when the process ends before it. */
  async says(pattern: RegExp): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<string>();
    const hear = (line: string): void => {
      if (pattern.test(line)) resolve(line);
    };
    this.#hearers.add(hear);
    const line = await Promise.race([promise, this.ended.then(() => undefined)]);
    this.#hearers.delete(hear);
    if (line === undefined) throw new Error(`it ended and never said ${String(pattern)}`);
    return line;
  }

  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.ended;
  }

  async stop(): Promise<number | null> {
    this.#child.kill("SIGTERM");
    return this.ended;
  }

  /** Keeps what it writes; resolves with the address that `engine-process.ts` tells. */
  #listen(): Promise<string> {
    return new Promise((resolve) => {
      for (const stream of [this.#child.stdout, this.#child.stderr]) {
        if (stream === null) continue;
        createInterface({ input: stream }).on("line", (line) => {
          this.#lines.push(line);
          if (this.#lines.length > linesKept) this.#lines.shift();
          for (const hear of this.#hearers) hear(line);
          const url = /^\{"url":"([^"]+)"\}$/.exec(line)?.[1];
          if (url !== undefined) resolve(url);
        });
      }
    });
  }
}

function start({ workspace, store, env, end, more = [], limit }: LifeOptions): ChildProcess {
  const command =
    end === undefined
      ? [
          join(root, "cli/sluice.js"),
          "run",
          "--json",
          "--port",
          "0",
          "--workspace",
          workspace,
          "--store",
          store,
          ...more,
        ]
      : [join(import.meta.dirname, "engine-process.ts"), workspace, store, end];
  const options = {
    cwd: root,
    env: engineEnvironment(env),
    stdio: ["ignore", "pipe", "pipe"] as ["ignore", "pipe", "pipe"],
  };
  if (limit === undefined) return spawn(process.execPath, command, options);
  // `exec` keeps the process id: whoever kills this kills the engine.
  const script = `${limit} && exec "$0" "$@"`;
  return spawn("bash", ["-c", script, process.execPath, ...command], options);
}

/** The address that `sluice run` leaves beside its store, once this process has written it. */
function addressOf(store: string, pid: number): { url: Promise<string>; end: () => void } {
  const { promise, resolve } = Promise.withResolvers<string>();
  const path = `${store}.engine.json`;
  const look = () => {
    const found = readAddress(path);
    if (found?.pid === pid) resolve(found.url);
  };
  const watcher = watch(dirname(path), (_, name) => {
    if (name === null || name === basename(path)) look();
  });
  look();
  return { url: promise, end: () => watcher.close() };
}

function readAddress(path: string): { readonly url: string; readonly pid: number } | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as { url: string; pid: number };
  } catch {
    // Not there yet, or half written.
    return undefined;
  }
}
