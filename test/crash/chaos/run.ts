import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { seeded } from "../deal-plan.ts";
import { EngineClient } from "../engine-client.ts";
import { Life } from "../life.ts";
import { pace } from "../pace.ts";
import type { PartnerReport } from "./partner.ts";
import { PartnerProcess } from "./partner-process.ts";
import { type Plan, planOf } from "./plan.ts";
import { Source } from "./source.ts";
import { type Comparison, compare, type StoreEnd, storeEnd } from "./verdict.ts";
import { files } from "./workspace.ts";

export interface ChaosOptions {
  readonly seed: number;
  readonly events: number;
  readonly kills: number;
  /** Share of the requests that meet a fault of the partner. */
  readonly faults: number;
  /** How long nothing may get on. */
  readonly patienceMs: number;
  /** After so long it is ended, wherever it stands. */
  readonly limitMs: number;
  readonly tell?: (line: string) => void;
}

export interface ChaosResult {
  readonly plan: Plan;
  readonly comparisons: readonly Comparison[];
  readonly store: StoreEnd;
  readonly partner: PartnerReport;
  readonly kills: number;
  /** From the start of a process to its address, in milliseconds. */
  readonly startMs: readonly number[];
  /** Requests of the source. */
  readonly attempts: number;
  readonly wrong: readonly string[];
  readonly seconds: number;
  readonly output: string;
}

const inFlight = 64;
const lookMs = 200;
const tellMs = 10_000;
const token = "chaos-test";

interface EngineAtWork {
  readonly backlog: number;
  readonly deciding: number;
  readonly sending: number;
}

/** A source, a real engine that is killed again and again, and partners that count: until all rests. */
export async function chaosRun(options: ChaosOptions): Promise<ChaosResult> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-chaos-"));
  const ledger = join(folder, "ledger.db");
  const partner = await PartnerProcess.start(ledger, options);
  const run = new ChaosRun(options, folder, partner);
  // Ended by a signal, nobody waits for the end below.
  const abandon = (): void => {
    run.abandon();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  process.once("exit", abandon);
  try {
    return await run.play(ledger);
  } finally {
    await run.close();
    await partner.close();
    process.off("exit", abandon);
    rmSync(folder, { recursive: true });
  }
}

class ChaosRun {
  readonly #options: ChaosOptions;
  readonly #folder: string;
  readonly #partner: PartnerProcess;
  readonly #plan: Plan;
  readonly #source: Source;
  readonly #random: () => number;
  readonly #startMs: number[] = [];
  readonly #wrong: string[] = [];
  readonly #begun = performance.now();
  #life: Life | undefined;
  #client: EngineClient | undefined;
  #kills = 0;
  #told = performance.now();

  constructor(options: ChaosOptions, folder: string, partner: PartnerProcess) {
    this.#options = options;
    this.#folder = folder;
    this.#partner = partner;
    this.#plan = planOf(options.seed, options.events);
    this.#source = new Source(this.#plan, inFlight);
    this.#random = seeded(options.seed ^ 0x5eed);
    mkdirSync(join(folder, "store"));
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, "workspace", path)), { recursive: true });
      writeFileSync(join(folder, "workspace", path), text);
    }
  }

  async play(ledger: string): Promise<ChaosResult> {
    await this.#begin();
    const sending = this.#source.run();
    await this.#killAll();
    await this.#rest();
    // What nobody took must not keep us here.
    await this.#source.close();
    await sending;
    const output = this.#life?.output ?? "";
    const status = await this.#life?.stop();
    if (status !== 0) this.#wrong.push(`the engine ended with ${status ?? "a signal"}`);
    return {
      plan: this.#plan,
      comparisons: compare(ledger, this.#plan.bookings),
      store: storeEnd(this.#store),
      partner: await this.#partner.report(),
      kills: this.#kills,
      startMs: this.#startMs,
      attempts: this.#source.attempts,
      wrong: [...this.#wrong, ...this.#source.wrong],
      seconds: this.#seconds,
      output,
    };
  }

  async close(): Promise<void> {
    await this.#source.close();
    await this.#life?.kill();
  }

  /** Kills the engine without waiting for it. */
  abandon(): void {
    void this.#life?.kill();
  }

  get #store(): string {
    return join(this.#folder, "store", "sluice.db");
  }

  get #seconds(): number {
    return (performance.now() - this.#begun) / 1_000;
  }

  /** Kills at random moments, spread over all that is to be taken and booked. */
  async #killAll(): Promise<void> {
    const { kills, events } = this.#options;
    for (let nth = 0; nth < kills; nth += 1) {
      const share = (nth + this.#random()) / (kills + 0.5);
      const isLate = await this.#until((done) => done >= share * 2 * events);
      if (isLate) return;
      await pace(this.#random() * 300);
      await this.#kill();
      // Some processes do not live to serve.
      if (this.#random() < 0.15 && nth + 1 < kills) {
        nth += 1;
        this.#life = this.#spawn();
        await pace(this.#random() * 900);
        await this.#kill();
      }
      await this.#begin();
    }
  }

  async #rest(): Promise<void> {
    const { events } = this.#options;
    await this.#until(
      () => false,
      async () => {
        if (this.#source.taken < events) return false;
        const work = await this.#client?.get<EngineAtWork>("/status");
        return work !== undefined && work.backlog + work.deciding + work.sending === 0;
      },
    );
  }

  /**
   * Looks again and again whether enough is done: bookings taken, and rows of the ledger. True when it
   * gave up: nothing got on for too long, the engine ended by itself, or all took too long.
   */
  async #until(
    isEnough: (done: number) => boolean,
    isOver: () => Promise<boolean> = async () => false,
  ): Promise<boolean> {
    const { patienceMs, limitMs } = this.#options;
    let before = "";
    let since = performance.now();
    for (;;) {
      const { bookings, notes } = await this.#partner.report();
      if (isEnough(this.#source.taken + bookings) || (await isOver())) return false;
      const now = performance.now();
      const state = `${this.#source.taken} taken, ${bookings} booked, ${notes} noted`;
      if (state !== before) since = now;
      before = state;
      this.#tell(state, now);
      const why =
        this.#life?.isOver === true
          ? "the engine ended by itself"
          : now - since > patienceMs
            ? `nothing got on for ${Math.round(patienceMs / 1_000)} s`
            : now - this.#begun > limitMs
              ? `it was not done within ${Math.round(limitMs / 1_000)} s`
              : undefined;
      if (why !== undefined) {
        this.#wrong.push(`${why}: ${state}`);
        return true;
      }
      await pace(lookMs);
    }
  }

  #tell(state: string, now: number): void {
    if (now - this.#told < tellMs) return;
    this.#told = now;
    this.#options.tell?.(`${this.#seconds.toFixed(0)} s: ${state}, ${this.#kills} kills`);
  }

  #spawn(): Life {
    return new Life({
      workspace: join(this.#folder, "workspace"),
      store: this.#store,
      env: { PARTNER_URL: this.#partner.url, SLUICE_ADMIN_TOKEN: token },
    });
  }

  async #begin(): Promise<void> {
    const begun = performance.now();
    this.#life = this.#spawn();
    const url = await this.#life.ready;
    if (url === undefined) throw new Error(`the engine does not start:\n${this.#life.output}`);
    this.#startMs.push(performance.now() - begun);
    this.#client = new EngineClient(url, token);
    this.#source.toward(url);
  }

  async #kill(): Promise<void> {
    await this.#life?.kill();
    this.#kills += 1;
  }
}
