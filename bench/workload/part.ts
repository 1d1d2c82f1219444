import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { serverEnvironment, serverFlags } from "../../cli/server-flags.js";

/** One process of a measurement, spoken with over IPC. It ends when it is let go. */
export class Part {
  readonly #child: ChildProcess;
  readonly #exit: Promise<unknown>;

  constructor(
    script: string,
    args: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
  ) {
    // As `sluice run` begins it.
    const isServer = script.endsWith("engine.ts");
    const flags = isServer ? serverFlags : [];
    const given = { NODE_ENV: "production", ...(isServer ? serverEnvironment : {}), ...env };
    const path = join(import.meta.dirname, script);
    this.#child = spawn(process.execPath, [...flags, path, ...args], {
      env: { ...process.env, ...given },
      stdio: ["pipe", "pipe", "inherit", "ipc"],
    });
    this.#exit = once(this.#child, "exit");
  }

  get output(): Readable | null {
    return this.#child.stdout;
  }

  get input(): Writable | null {
    return this.#child.stdin;
  }

  /** The next message's member `name`. Rejects when the process ends before. */
  async next<T>(name: string): Promise<T> {
    const message = once(this.#child, "message") as Promise<[Readonly<Record<string, T>>]>;
    const first = await Promise.race([message, this.#exit.then(() => undefined)]);
    const value = first?.[0][name];
    if (value === undefined) throw new Error(`no "${name}" came from a process of the benchmark`);
    return value;
  }

  /** Sends a message and waits for the answer's member `name`. */
  ask<T>(message: object, name: string): Promise<T> {
    const answer = this.next<T>(name);
    this.#child.send(message);
    return answer;
  }

  /** Ends it as a power failure would. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#exit;
  }

  /** Lets it end by itself, in order. */
  async end(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    await this.#exit;
  }
}
