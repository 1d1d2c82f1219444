import type { Diagnostic } from "../errors/diagnostic.ts";
import type { Instant } from "../model/json.ts";
import type { Generation } from "../model/plan/generation.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { Signals } from "../ports/signals.ts";
import type { Engine } from "./engine.ts";

const quietMsDefault = 150;
const everyMsDefault = 30_000;
/** Under changes without end, a reload still comes after so many quiet periods. */
const patience = 10;

type Files = Readonly<Record<string, string>>;

export interface ReloadParts {
  readonly engine: Pick<Engine, "adopt" | "generation">;
  readonly clock: Clock;
  readonly log: Log;
  readonly signals?: Signals;
  /** Every spec of the workspace as it is now, by path. */
  readonly read: () => Promise<Files>;
  readonly compile: (files: Files) => Promise<{
    readonly generation?: Generation;
    readonly diagnostics: readonly Diagnostic[];
  }>;
  /** Told after each reading that found something else than the one before; for people at a terminal. */
  readonly told?: (status: ReloadStatus, files: Files) => void;
  /** How long nothing must change before the workspace is read. */
  readonly quietMs?: number;
  /** How often it is read without a hint: watchers miss changes on network disks and in containers. */
  readonly everyMs?: number;
}

export interface ReloadStatus {
  /** `current`: the texts on disk are what runs. `refused`: they are not, and `findings` say why. */
  readonly state: "current" | "pending" | "refused";
  /** Findings of the last texts that were read, warnings of the running ones included. */
  readonly findings: readonly Diagnostic[];
  readonly since: Instant;
}

/**
 * Keeps the engine on what the workspace says: compiles beside, swaps when there is no error, and
 * otherwise leaves everything as it is. A change is taken whole once it has settled: a file between
 * the two halves of an atomic rename, or the first of two files of one save, is not a deletion.
 */
export class Reload {
  readonly #parts: ReloadParts;
  readonly #quietMs: number;
  #status: ReloadStatus;
  #tried: Files;
  #vanished: Files | undefined;
  #wake: (() => void) | undefined;
  #hintedAt: Instant | undefined;
  #reading: Promise<void> = Promise.resolve();
  #cancelPeriod: (() => void) | undefined;
  #open = false;

  constructor(parts: ReloadParts) {
    this.#parts = parts;
    this.#quietMs = parts.quietMs ?? quietMsDefault;
    this.#tried = parts.engine.generation().files;
    this.#status = { state: "current", findings: [], since: parts.clock.now() };
  }

  start(): void {
    this.#open = true;
    this.#armPeriod();
  }

  async stop(): Promise<void> {
    this.#open = false;
    this.#wake?.();
    this.#wake = undefined;
    this.#cancelPeriod?.();
    await this.#reading;
  }

  status(): ReloadStatus {
    return this.#status;
  }

  /** Something in the workspace may have changed. */
  hint(): void {
    if (!this.#open) return;
    const now = this.#parts.clock.now();
    this.#hintedAt ??= now;
    const at = Math.min(now + this.#quietMs, this.#hintedAt + patience * this.#quietMs);
    this.#wake?.();
    this.#wake = this.#parts.clock.schedule(Math.max(at, now), () => {
      this.#wake = undefined;
      this.#hintedAt = undefined;
      void this.check();
    });
  }

  /** Reads the workspace now, one reading at a time. Resolves when it is adopted or refused. */
  check(): Promise<void> {
    this.#reading = this.#reading.then(() => this.#check());
    return this.#reading;
  }

  /** Resolves when no reading is under way. */
  async settled(): Promise<void> {
    await this.#reading;
  }

  async #check(): Promise<void> {
    try {
      const files = await this.#parts.read();
      if (isSame(files, this.#tried)) this.#settle();
      else if (this.#isVanishing(files)) this.#again(files);
      else await this.#take(files);
    } catch (error) {
      this.#refuse([unreadable(error)]);
    }
  }

  /** True when a file of the running generation is missing for the first time: perhaps for a moment only. */
  #isVanishing(files: Files): boolean {
    const { files: running } = this.#parts.engine.generation();
    const isMissing = Object.keys(running).some((path) => !Object.hasOwn(files, path));
    return isMissing && (this.#vanished === undefined || !isSame(files, this.#vanished));
  }

  #again(files: Files): void {
    this.#vanished = files;
    this.#status = { ...this.#status, state: "pending", since: this.#parts.clock.now() };
    this.hint();
  }

  async #take(files: Files): Promise<void> {
    const { engine, compile, read } = this.#parts;
    this.#vanished = undefined;
    const { generation, diagnostics } = await compile(files);
    // Texts of two moments may even compile: only what stands still is taken.
    if (!isSame(files, await read())) {
      this.hint();
      return;
    }
    this.#tried = files;
    if (generation === undefined) {
      this.#refuse(diagnostics);
      return;
    }
    const adoption = await engine.adopt(generation);
    if (adoption.outcome === "refused") this.#refuse([...diagnostics, ...adoption.findings]);
    else this.#agree(diagnostics);
  }

  #agree(findings: readonly Diagnostic[]): void {
    const { clock, log, engine, told } = this.#parts;
    const wasRefused = this.#status.state === "refused";
    this.#status = { state: "current", findings, since: clock.now() };
    if (wasRefused) {
      log.write("info", "the workspace is sound again", { generation: engine.generation().hash });
    }
    told?.(this.#status, this.#tried);
  }

  /** The texts are those tried last: a change was taken back before it was read. */
  #settle(): void {
    this.#vanished = undefined;
    if (this.#status.state !== "pending") return;
    const { engine, clock } = this.#parts;
    const isRunning = isSame(this.#tried, engine.generation().files);
    this.#status = {
      ...this.#status,
      state: isRunning ? "current" : "refused",
      since: clock.now(),
    };
  }

  #refuse(findings: readonly Diagnostic[]): void {
    const { clock, log, signals, engine, told } = this.#parts;
    this.#status = { state: "refused", findings, since: clock.now() };
    const first = findings.find(({ severity }) => severity === "error");
    log.write("error", "the changed workspace has findings; the running generation stays", {
      findings: findings.length,
      generation: engine.generation().hash,
      ...(first === undefined
        ? {}
        : {
            first: `${first.at.file}:${first.at.line}:${first.at.column}: ${first.message}`,
            code: first.code,
          }),
    });
    told?.(this.#status, this.#tried);
    signals?.reach("reload-refused", first === undefined ? {} : { code: first.code });
  }

  #armPeriod(): void {
    const { clock, everyMs = everyMsDefault } = this.#parts;
    this.#cancelPeriod = clock.schedule(clock.now() + everyMs, () => {
      if (!this.#open) return;
      this.#armPeriod();
      void this.check();
    });
  }
}

function isSame(a: Files, b: Files): boolean {
  const paths = Object.keys(a);
  return (
    paths.length === Object.keys(b).length &&
    paths.every((path) => Object.hasOwn(b, path) && a[path] === b[path])
  );
}

function unreadable(error: unknown): Diagnostic {
  const why = error instanceof Error ? error.message : "not an error";
  return {
    code: "runtime/workspace-unreadable",
    severity: "error",
    message: `the workspace could not be read: ${why}`,
    at: { file: "sluice.yaml", line: 1, column: 1, length: 1 },
    help: "it is read again with the next change, and every 30 seconds",
  };
}
