import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TaskRow } from "../../engine/ports/store-reader.ts";
import {
  type Deal,
  type EstateOptions,
  type RemoteEstate,
  spawnEstate,
} from "../../engine/testing/index.ts";
import { planDeals, type PlannedDeal, seeded } from "./deal-plan.ts";
import { EngineClient } from "./engine-client.ts";
import { Life, type LifeOptions } from "./life.ts";
import { type EndState, readEndState } from "./end-state.ts";
import { copyWorkspace } from "./workspace-copy.ts";
import { pace } from "./pace.ts";

export interface CrashRunOptions {
  readonly seed: number;
  readonly deals: number;
  /** None for the undisturbed run that others are compared with. */
  readonly kills: number;
  /** Faults of the partners, beside the kills. */
  readonly faults?: EstateOptions["faults"];
  /** How long nothing may get on after the last kill; 30 seconds unless told. */
  readonly patienceMs?: number;
  /** After so long no more kills are begun, so that the run comes to a verdict. */
  readonly budgetMs?: number;
  readonly tell?: (line: string) => void;
}

/** What one run came to, for the comparison and the report. */
export interface CrashRunResult {
  readonly deals: readonly { readonly deal: Deal; readonly plan: PlannedDeal }[];
  readonly end: EndState;
  readonly kills: Readonly<Record<string, number>>;
  /** From the start of a process to its first answer, after a kill. */
  readonly recoveryMs: readonly number[];
  readonly answered: number;
  /** What was seen on the way, and must not be. */
  readonly wrong: readonly string[];
  readonly seconds: number;
  /** Why it did not come to rest in time. */
  readonly unrest?: string;
  readonly output: string;
}

/** What partners do to us all day; a kill is only one more thing that goes wrong. */
export const usualFaults: NonNullable<CrashRunOptions["faults"]> = {
  chance: 0.04,
  kinds: [
    "error",
    "drop-before-commit",
    "drop-after-commit",
    "throttle",
    "expire-session",
    "malformed",
    "duplicate-webhook",
    "delay-webhook",
  ],
};

const token = "crash-test";
const restMsMax = 300_000;
/** Nobody listens there: partners try again until the engine says where it is. */
const nowhere = "http://127.0.0.1:1";
const points = [
  "message-accepted",
  "before-commit",
  "after-commit",
  "before-send",
  "after-send",
  "run-ended",
];

interface EngineAtWork {
  readonly backlog: number;
  readonly deciding: number;
  readonly sending: number;
  readonly counts: Readonly<Record<string, number>>;
}

/** Closes deals while the engine is killed again and again, lets all come to rest, and looks. */
export async function crashRun(options: CrashRunOptions): Promise<CrashRunResult> {
  const run = await CrashRun.open(options);
  try {
    return await run.play();
  } finally {
    await run.close();
  }
}

class CrashRun {
  readonly #options: CrashRunOptions;
  readonly #folder: string;
  readonly #estate: RemoteEstate;
  readonly #random: () => number;
  readonly #plan: readonly PlannedDeal[];
  readonly #deals: { deal: Deal; plan: PlannedDeal }[] = [];
  readonly #kills: Record<string, number> = {};
  readonly #recoveryMs: number[] = [];
  /** Tasks whose answer was accepted. */
  readonly #answered = new Set<string>();
  readonly #wrong = new Set<string>();
  #life: Life | undefined;

  private constructor(options: CrashRunOptions, folder: string, estate: RemoteEstate) {
    this.#options = options;
    this.#folder = folder;
    this.#estate = estate;
    this.#random = seeded(options.seed ^ 0x5eed);
    this.#plan = planDeals(options.seed, options.deals);
  }

  static async open(options: CrashRunOptions): Promise<CrashRun> {
    const folder = mkdtempSync(join(tmpdir(), "sluice-crash-"));
    try {
      copyWorkspace(join(folder, "workspace"));
      mkdirSync(join(folder, "store"));
      const estate = await spawnEstate({
        seed: options.seed,
        ...(options.faults === undefined ? {} : { faults: options.faults }),
        habits: {
          webhookRetryMs: Array.from({ length: 300 }, (_, index) =>
            Math.min(1_000, 50 * (index + 1)),
          ),
        },
      });
      await estate.webhooksTo(webhooksAt(nowhere));
      return new CrashRun(options, folder, estate);
    } catch (error) {
      rmSync(folder, { recursive: true });
      throw error;
    }
  }

  async play(): Promise<CrashRunResult> {
    const { kills, budgetMs = Number.POSITIVE_INFINITY } = this.#options;
    const begun = performance.now();
    for (let nth = 0; nth < kills && performance.now() - begun < budgetMs; nth += 1) {
      await this.#liveAndDie(nth);
      if ((nth + 1) % 25 === 0)
        this.#options.tell?.(`${nth + 1} kills, ${this.#deals.length} deals`);
    }
    const client = await this.#begin();
    await this.#closeDeals(this.#plan.length);
    const unrest = client === undefined ? "the engine did not start" : await this.#rest(client);
    const output = this.#life?.output ?? "";
    await this.#life?.stop();
    const seconds = (performance.now() - begun) / 1_000;
    return {
      deals: this.#deals,
      end: await readEndState(this.#store, this.#estate),
      kills: this.#kills,
      recoveryMs: this.#recoveryMs,
      answered: this.#answered.size,
      wrong: [...this.#wrong],
      seconds,
      ...(unrest === undefined ? {} : { unrest }),
      output,
    };
  }

  async close(): Promise<void> {
    await this.#life?.kill();
    await this.#estate.close();
    rmSync(this.#folder, { recursive: true });
  }

  get #store(): string {
    return join(this.#folder, "store", "sluice.db");
  }

  /** One process: killed at a named point, at a random moment of its work, or before it serves. */
  async #liveAndDie(nth: number): Promise<void> {
    const [how, when] = [this.#random(), this.#random()];
    const until = Math.ceil((this.#plan.length * (nth + 1)) / (this.#options.kills + 1));
    if (how < 0.1) {
      this.#life = this.#spawn();
      await Promise.all([this.#killAfter(when * 1_500), this.#closeDeals(until)]);
      this.#count("while starting");
      return;
    }
    if (how < 0.25) {
      await this.#liveAndStop(until, { when, isCutShort: how < 0.18 });
      return;
    }
    const point = how < 0.55 ? points[Math.floor(when * points.length)] : undefined;
    const end = point === undefined ? undefined : `${point}:${1 + Math.floor(this.#random() * 40)}`;
    const client = await this.#begin(end);
    if (client === undefined) {
      this.#count(`at ${point ?? "no point"}, while starting`);
      return;
    }
    await Promise.all([
      // A point that is not reached any more ends the life from outside.
      this.#killAfter(end === undefined ? 30 + when * 900 : 1_500),
      this.#closeDeals(until),
      this.#answerTasks(client),
    ]);
    this.#count(point === undefined ? "at any moment" : `at ${point}`);
  }

  /** Asked to stop, it ends in order; or it is killed while it tries to. */
  async #liveAndStop(
    until: number,
    { when, isCutShort }: { readonly when: number; readonly isCutShort: boolean },
  ): Promise<void> {
    const client = await this.#begin();
    if (client === undefined) return;
    const work = Promise.all([this.#closeDeals(until), this.#answerTasks(client)]);
    await pace(when * 400);
    const stopped = this.#life?.stop();
    if (isCutShort) await this.#killAfter(when * 60);
    const status = await stopped;
    if (!isCutShort && status !== 0) this.#wrong.add(`it ended with ${status}, asked to stop`);
    await work;
    this.#count(isCutShort ? "while stopping" : "stopped in order, not killed");
  }

  #spawn(end?: string): Life {
    const options: LifeOptions = {
      workspace: join(this.#folder, "workspace"),
      store: this.#store,
      env: { ...this.#estate.environment, SLUICE_ADMIN_TOKEN: token },
      ...(end === undefined ? {} : { end }),
    };
    return new Life(options);
  }

  async #begin(end?: string): Promise<EngineClient | undefined> {
    const begun = performance.now();
    this.#life = this.#spawn(end);
    const url = await this.#life.ready;
    if (url === undefined) return undefined;
    this.#recoveryMs.push(performance.now() - begun);
    await this.#estate.webhooksTo(webhooksAt(url));
    return new EngineClient(url, token);
  }

  async #killAfter(ms: number): Promise<void> {
    const life = this.#life;
    // A kill at any moment, of which no signal may tell; a life that ends before takes the timer with it.
    const timer = setTimeout(() => void life?.kill(), ms);
    await life?.ended;
    clearTimeout(timer);
  }

  #count(how: string): void {
    this.#kills[how] = (this.#kills[how] ?? 0) + 1;
  }

  async #closeDeals(until: number): Promise<void> {
    while (this.#deals.length < until) {
      const plan = this.#plan[this.#deals.length];
      if (plan === undefined) return;
      const known = plan.accountOf === undefined ? undefined : this.#deals[plan.accountOf];
      const account = known === undefined ? {} : { accountId: known.deal.accountId };
      const deal = await this.#estate.closeDeal({ ...plan.options, ...account });
      this.#deals.push({ deal, plan });
    }
  }

  async #answerTasks(client: EngineClient): Promise<void> {
    const tasks = await client.get<{ readonly items: readonly TaskRow[] }>("/tasks?limit=1000");
    for (const task of tasks?.items ?? []) {
      if (task.answer !== undefined) continue;
      if (this.#answered.has(task.id))
        this.#wrong.add(`an accepted answer is forgotten: ${task.title}`);
      const shown = JSON.stringify(task.show);
      const found = this.#deals.find(({ deal }) => shown.includes(deal.opportunityId));
      const choice = found?.plan.answer ?? "approve";
      const taken = await client.post(`/tasks/${task.id}/choose`, { choice });
      if (taken !== undefined) this.#answered.add(task.id);
    }
  }

  /** Waits until nothing is under way anywhere; resolves with what still is when patience ends. */
  async #rest(client: EngineClient): Promise<string | undefined> {
    const patience = this.#options.patienceMs ?? 30_000;
    const end = performance.now() + restMsMax;
    let until = performance.now() + patience;
    let before: string | undefined;
    for (;;) {
      await this.#answerTasks(client);
      const unrest = await this.#unrest(client);
      if (unrest === undefined) return undefined;
      const now = performance.now();
      // A slow machine is not a stuck engine: what counts is that something gets on.
      if (unrest !== before) until = Math.min(end, now + patience);
      if (now > until) return unrest;
      before = unrest;
      if (this.#life?.isOver === true) return "the engine ended by itself";
      await pace(100);
    }
  }

  async #unrest(client: EngineClient): Promise<string | undefined> {
    await this.#estate.webhooksIdle();
    const waiting = (await this.#estate.webhooks()).filter(({ state }) => state === "waiting");
    if (waiting.length > 0) return `${waiting.length} webhooks wait to be taken`;
    const confirmed = await this.#estate.effects({ effect: "order.confirmed" });
    const status = await client.get<EngineAtWork>("/status");
    if (status === undefined) return "the engine does not answer";
    const { backlog, deciding, sending, counts } = status;
    if (backlog + deciding + sending > 0) {
      return `the engine is at work: ${JSON.stringify({ backlog, deciding, sending, ...counts })}`;
    }
    const started = await client.get<{ readonly items: readonly unknown[] }>(
      "/runs?flow=subscription-activation&limit=1000",
    );
    if ((started?.items.length ?? 0) < confirmed.length) return "not every approval was polled";
    return undefined;
  }
}

function webhooksAt(url: string) {
  return {
    crm: `${url}/webhooks/salesforce/changes`,
    support: `${url}/webhooks/zendesk/events`,
    billing: `${url}/webhooks/stripe/events`,
  };
}
