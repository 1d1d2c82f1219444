import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";
import { SystemSecrets } from "../../../engine/ports/system/index.ts";
import type { SignalPoint } from "../../../engine/ports/signals.ts";
import { serve, type ServeOptions, type Serving } from "../../../engine/composition/serve.ts";
import { RecordingSignals } from "../../../engine/testing/signals.ts";
import { VirtualClock } from "../../../engine/testing/virtual-clock.ts";
import { Partners } from "./partners.ts";
import { type Files, texts } from "./texts.ts";

export const shopSecret = "shop-secret";
const adminToken = "admin-token";

/** What the shop tells: `data` becomes the message, `sequence` its place. */
export interface ShopEvent {
  readonly id: string;
  readonly type?: "made" | "confirmed";
  readonly sequence?: number;
  readonly data: Readonly<Record<string, unknown>>;
}

export const made = (id: string, key = "k", more: Readonly<Record<string, unknown>> = {}) => ({
  id: `made-${id}`,
  type: "made" as const,
  data: { id, key, ...more },
});

export interface WorldOptions {
  readonly files?: Files;
  readonly env?: Readonly<Record<string, string>>;
  readonly limits?: NonNullable<ServeOptions["limits"]>;
  readonly patience?: NonNullable<ServeOptions["patience"]>;
  /** Goes on where another world ended: its store, partners and clock. */
  readonly after?: World;
  /** Sets the partners up before the engine starts. */
  readonly arrange?: (world: Pick<World, "partners" | "clock">) => void;
}

/** A running engine as composed for production, on a virtual clock, with partners on loopback. */
export class World {
  readonly serving: Serving;
  readonly partners: Partners;
  readonly clock: VirtualClock;
  readonly signals: RecordingSignals;
  readonly log: readonly string[];
  readonly folder: string;
  files: Files;

  private constructor(
    parts: Pick<World, "serving" | "partners" | "clock" | "signals" | "log" | "folder" | "files">,
  ) {
    this.serving = parts.serving;
    this.partners = parts.partners;
    this.clock = parts.clock;
    this.signals = parts.signals;
    this.log = parts.log;
    this.folder = parts.folder;
    this.files = parts.files;
  }

  static async open({
    files,
    env = {},
    after,
    arrange,
    limits,
    patience,
  }: WorldOptions = {}): Promise<World> {
    const clock = after?.clock ?? new VirtualClock();
    const partners = after?.partners ?? (await Partners.start(clock));
    const folder = after?.folder ?? mkdtempSync(join(tmpdir(), "sluice-acceptance-"));
    const signals = new RecordingSignals();
    const log: string[] = [];
    const holder: { world?: World } = {};
    const first = files ?? after?.files ?? texts();
    if (after === undefined) {
      cleanups.push(async () => {
        await partners.close();
        rmSync(folder, { recursive: true, force: true });
      });
    }
    arrange?.({ partners, clock });
    const serving = await serve({
      read: () => Promise.resolve(holder.world?.files ?? first),
      storePath: join(folder, "sluice.db"),
      secrets: new SystemSecrets({
        PARTNERS_URL: partners.url,
        SHOP_SECRET: shopSecret,
        SLUICE_ADMIN_TOKEN: adminToken,
        ...env,
      }),
      log: {
        write: (level, what, more) => void log.push(`${level} ${what} ${JSON.stringify(more)}`),
      },
      port: 0,
      ...(limits === undefined ? {} : { limits }),
      ...(patience === undefined ? {} : { patience }),
      clock,
      signals,
    });
    const world = new World({ serving, partners, clock, signals, log, folder, files: first });
    holder.world = world;
    open.add(world);
    return world;
  }

  /** The process ends, and another one goes on with its store. In-flight work is not waited for. */
  async restart(options: Omit<WorldOptions, "after"> = {}): Promise<World> {
    await this.close();
    return World.open({ ...options, after: this });
  }

  /** Ends as a process that is not given any time: what is under way is not waited for. */
  async close(): Promise<void> {
    if (!open.delete(this)) return;
    const stopped = this.serving.stop({ drainMs: 0 }).then(() => true);
    const turn = async (): Promise<boolean> => {
      await this.clock.advance(0);
      await new Promise(setImmediate);
      return false;
    };
    while (!(await Promise.race([stopped, turn()])));
  }

  /** As the shop delivers: signed, over HTTP. */
  async deliver(
    event: ShopEvent,
    options: {
      readonly signedAt?: number;
      readonly tamper?: (text: string) => string;
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ): Promise<Response> {
    const text = JSON.stringify({ type: "made", sequence: 0, ...event });
    const time = String(Math.floor((options.signedAt ?? this.clock.now()) / 1000));
    const signature = createHmac("sha256", shopSecret).update(`${time}.${text}`).digest("hex");
    return fetch(`${this.serving.url}/webhooks/web-shop/events`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "x-shop-timestamp": time,
        "x-shop-signature": signature,
        ...options.headers,
      },
      body: options.tamper?.(text) ?? text,
    });
  }

  /** Delivers and waits until the engine has nothing more to do now. */
  async tell(...events: readonly ShopEvent[]): Promise<void> {
    for (const event of events) {
      const answer = await this.deliver(event);
      if (!answer.ok) throw new Error(`refused: ${answer.status} ${await answer.text()}`);
    }
    await this.idle();
  }

  /** The engine has nothing to do now; channels had their say in between. */
  async idle(): Promise<void> {
    for (let round = 0; round < 5; round += 1) {
      await this.serving.engine.idle();
      await this.serving.insight.idle();
      await this.serving.replays.idle();
      await new Promise(setImmediate);
    }
  }

  /** Time goes on; the engine comes to rest at each step. */
  advance(ms: number): Promise<void> {
    return this.clock.advance(ms, () => this.idle());
  }

  async admin(method: "GET" | "POST", path: string, body?: unknown): Promise<Response> {
    return fetch(`${this.serving.url}/admin/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${adminToken}`,
        "content-type": "application/json",
        "x-sluice-actor": "ada",
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  /** What Prometheus would scrape. */
  async metrics(): Promise<string> {
    const headers = { authorization: `Bearer ${adminToken}` };
    return (await fetch(`${this.serving.url}/metrics`, { headers })).text();
  }

  async statuses(): Promise<Readonly<Record<string, number>>> {
    const counts: Record<string, number> = {};
    for (const { status } of await this.serving.store.read.runs({ limit: 10_000 })) {
      counts[status] = (counts[status] ?? 0) + 1;
    }
    return counts;
  }

  /** The newest run, in full. */
  async lastRun(flow = "post-thing") {
    const [row] = await this.serving.store.read.runs({ flow, limit: 1 });
    const run = row === undefined ? undefined : await this.serving.store.read.run(row.id);
    if (run === undefined) throw new Error("no run");
    return run;
  }

  reached(point: SignalPoint): number {
    return this.signals.count(point);
  }
}

const open = new Set<World>();
const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const world of open) await world.close();
  for (const cleanup of cleanups.splice(0)) await cleanup();
});
