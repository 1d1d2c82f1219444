import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadSystem, serve, type Serving, type SignalPoint } from "../../engine/index.ts";
import { type Estate, startEstate } from "../../engine/testing/index.ts";
import { readWorkspace } from "../workspace/read.ts";

/** The simulated world and the engine on it. */
export interface Stage {
  readonly estate: Estate;
  readonly serving: Serving;
  readonly storePath: string;
  /** Resolves with the run's id when a run of `flow` ends or parks after `since` others did. */
  ended(flow: string, count?: number): Promise<void>;
  /** Resolves when nothing is under way anywhere. */
  quiet(): Promise<void>;
  close(keep: boolean): Promise<void>;
}

const packageRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const patienceMs = 30_000;

/** Sets up the partners, the engine on a temporary store, and where webhooks go. */
export async function openStage(seed: number): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-demo-"));
  const storePath = join(folder, "sluice.db");
  const estate = await startEstate({ seed });
  const ends = new Ends();
  const { SystemSecrets, SystemClock, createLog } = await loadSystem();
  const lines: string[] = [];
  const serving = await serve({
    read: async () => Promise.resolve(readWorkspace(packageRoot).files),
    storePath,
    secrets: new SystemSecrets(estate.environment()),
    log: createLog({ clock: new SystemClock(), format: "json", write: (line) => lines.push(line) }),
    port: 0,
    signals: { reach: (point, detail) => ends.reach(point, detail) },
  });
  estate.webhooks.to("crm", `${serving.url}/webhooks/salesforce/changes`);
  estate.webhooks.to("support", `${serving.url}/webhooks/zendesk/events`);
  estate.webhooks.to("billing", `${serving.url}/webhooks/stripe/events`);
  return {
    estate,
    serving,
    storePath,
    ended: async (flow, count = 1) => {
      await ends.wait(flow, count);
    },
    quiet: async () => {
      await estate.webhooks.idle();
      await serving.engine.idle();
    },
    close: async (keep) => {
      ends.giveUp();
      await serving.stop({ drainMs: 2_000 });
      await estate.close();
      if (!keep) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Counts the runs of each flow that came to rest. */
class Ends {
  readonly #counts = new Map<string, number>();
  readonly #waiting: { flow: string; count: number; resolve: () => void }[] = [];

  reach(point: SignalPoint, detail: Readonly<Record<string, string>> = {}): void {
    const { flow } = detail;
    if ((point !== "run-ended" && point !== "run-parked") || flow === undefined) return;
    this.#counts.set(flow, (this.#counts.get(flow) ?? 0) + 1);
    for (const waiting of this.#waiting)
      if (this.#has(waiting.flow, waiting.count)) waiting.resolve();
  }

  async wait(flow: string, count: number): Promise<void> {
    if (this.#has(flow, count)) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ flow, count, resolve });
    const timer = setTimeout(resolve, patienceMs);
    await promise;
    clearTimeout(timer);
  }

  /** Nobody waits for what will not come any more. */
  giveUp(): void {
    for (const { resolve } of this.#waiting) resolve();
  }

  #has(flow: string, count: number): boolean {
    return (this.#counts.get(flow) ?? 0) >= count;
  }
}
