import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import Table from "cli-table3";
import { Pool } from "undici";
import { openReader } from "../engine/store/sqlite/index.ts";
import { machine } from "./machine.ts";
import { eventOf } from "./workload/event.ts";
import { Part } from "./workload/part.ts";
import type { Call } from "./workload/target.ts";

interface KillOptions {
  readonly flows?: number;
  readonly kills?: number;
  readonly inFlight?: number;
}

interface KillRow {
  readonly name: string;
  readonly accepted: number;
  readonly kills: number;
  /** Accepted events without exactly one flow that ended well. */
  readonly lost: number;
  /** Calls that the target saw again, all under the key of the first… */
  readonly repeats: number;
  /** …of at most so many that can have been under way at the kills. */
  readonly repeatsAllowed: number;
  /** Effects at the target that no accepted event asked for, or that have two keys. */
  readonly strays: number;
}

interface Suite {
  readonly suite: string;
  readonly machine: string;
  readonly rows: readonly KillRow[];
}

/** Measures and prints; as JSON for programs. */
export async function run(options: KillOptions & { readonly json: boolean }): Promise<Suite> {
  const suite = { suite: "kill", machine: machine(), rows: [await measureKills(options)] };
  const table = new Table({
    head: ["", "accepted", "kill -9", "lost", "repeats", "allowed", "strays"],
    style: { head: [], border: [] },
  });
  for (const row of suite.rows) {
    const { name, accepted, kills, lost, repeats, repeatsAllowed, strays } = row;
    table.push([name, accepted, kills, lost, repeats, repeatsAllowed, strays]);
  }
  console.log(options.json ? JSON.stringify(suite) : `${suite.machine}\n${table.toString()}`);
  return suite;
}

/**
 * The workload while the engine is killed with signal 9 and started again on the same store. Senders
 * repeat what was not acknowledged, as senders do; then the store and the target must agree.
 */
export async function measureKills(options: KillOptions = {}): Promise<KillRow> {
  const { flows = 3000, kills = 5, inFlight = 64 } = options;
  const folder = mkdtempSync(join(tmpdir(), "sluice-bench-"));
  const path = join(folder, "store.db");
  const target = new Part("target.ts", ["record"]);
  let app: Part | undefined;
  try {
    const env = { TARGET_URL: await target.next<string>("url") };
    const ends = new Ends();
    const start = async (): Promise<string> => {
      app = new Part("engine.ts", [path], env);
      if (app.output !== null) ends.listen(app.output);
      return app.next<string>("url");
    };
    let url = start();
    let acknowledged = 0;
    let killed = 0;
    const killNow = async (): Promise<string> => {
      await (app as Part).kill();
      const next = await start();
      await untilDone(path, acknowledged);
      // Some of the ends were on disk, and told to nobody.
      ends.releaseAll();
      return next;
    };
    const accepted = (id: string): Promise<void> => {
      acknowledged += 1;
      const end = ends.of(id);
      if (killed < kills && acknowledged >= ((killed + 1) * flows) / (kills + 1)) {
        killed += 1;
        url = killNow();
      }
      return end;
    };
    await sendAll(flows, inFlight, () => url, accepted);
    await untilDone(path, flows);
    await app?.end();
    app = undefined;
    const calls = await target.ask<readonly Call[]>({}, "calls");
    return {
      name: "sluice",
      kills: killed,
      ...(await verdict(path, flows, calls)),
      repeatsAllowed: killed * inFlight,
    };
  } finally {
    await app?.end();
    await target.end();
    rmSync(folder, { recursive: true });
  }
}

/** Which flows ended, as the engine tells on standard output. */
class Ends {
  readonly #waiting = new Map<string, () => void>();
  readonly #early = new Set<string>();

  listen(input: Readable): void {
    createInterface({ input }).on("line", (id) => {
      if (this.#waiting.has(id)) this.#release(id);
      else this.#early.add(id);
    });
  }

  of(id: string): Promise<void> {
    if (this.#early.delete(id)) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
    });
  }

  releaseAll(): void {
    for (const id of this.#waiting.keys()) this.#release(id);
  }

  #release(id: string): void {
    this.#waiting.get(id)?.();
    this.#waiting.delete(id);
  }
}

/** So many senders, each of which waits for its flow to end before it sends the next. */
async function sendAll(
  flows: number,
  inFlight: number,
  url: () => Promise<string>,
  accepted: (id: string) => Promise<void>,
): Promise<void> {
  let begun = 0;
  const pools = new Map<string, Pool>();
  const post = async (number: number): Promise<string | undefined> => {
    const { origin, pathname } = new URL(await url());
    const pool = pools.get(origin) ?? new Pool(origin, { connections: 64, pipelining: 1 });
    pools.set(origin, pool);
    try {
      const answer = await pool.request({
        method: "POST",
        path: pathname,
        headers: { "content-type": "application/json" },
        body: JSON.stringify(eventOf(number)),
      });
      const { id } = (await answer.body.json()) as { readonly id?: string };
      return answer.statusCode === 202 ? id : undefined;
    } catch {
      return undefined;
    }
  };
  const loop = async (): Promise<void> => {
    while (begun < flows) {
      begun += 1;
      const number = begun;
      let id = await post(number);
      while (id === undefined) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        id = await post(number);
      }
      await accepted(id);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, loop));
  await Promise.all([...pools.values()].map((pool) => pool.destroy()));
}

async function untilDone(path: string, flows: number): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    const reader = openReader(path);
    const { done = 0 } = await reader.counts();
    reader.close();
    if (done >= flows) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The store's word against the target's. */
async function verdict(
  path: string,
  flows: number,
  calls: readonly Call[],
): Promise<Pick<KillRow, "accepted" | "lost" | "repeats" | "strays">> {
  const reader = openReader(path);
  const runs = await reader.runs({ limit: 10 * flows });
  reader.close();
  const ended = new Map<string, number>();
  for (const { identity, status } of runs) {
    if (status === "done") ended.set(identity, (ended.get(identity) ?? 0) + 1);
  }
  let lost = 0;
  const wanted = new Set<string>();
  for (let number = 1; number <= flows; number += 1) {
    const { deal } = eventOf(number) as { readonly deal: { readonly number: string } };
    if (ended.get(`D-${deal.number}:won`) !== 1) lost += 1;
    wanted.add(deal.number);
  }
  const keys = new Map<string, Set<string>>();
  for (const call of calls) {
    const order = /"reference":"D-(\d+)"/.exec(call.body)?.[1];
    if (order === undefined) continue;
    keys.set(order, (keys.get(order) ?? new Set()).add(call.key));
  }
  const strays = [...keys].filter(([order, used]) => !wanted.has(order) || used.size > 1).length;
  const distinct = new Set(calls.map(({ path: at, key }) => `${at} ${key}`)).size;
  return { accepted: flows, lost, repeats: calls.length - distinct, strays };
}
