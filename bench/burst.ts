import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Table from "cli-table3";
import { byBuyer } from "./growth/texts.ts";
import { machine } from "./machine.ts";
import type { Phase, PhaseResult } from "./workload/client.ts";
import { Part } from "./workload/part.ts";
import type { Call } from "./workload/target.ts";

interface BurstOptions {
  readonly events?: number;
  readonly overSeconds?: number;
  /** Requests a second that the target takes. */
  readonly perSecond?: number;
  /** How long the draining is watched, from the first event on. */
  readonly watchSeconds?: number;
}

interface BurstRow {
  readonly name: string;
  readonly sent: number;
  /** Events that were not answered with a 2xx. */
  readonly refused: number;
  readonly acceptP99Ms: number;
  readonly sentPerS: number;
  /** Requests in the fullest second that the target saw, and how many it may have. */
  readonly fullestSecond: number;
  readonly allowed: number;
  /** Events of one buyer that reached the target in another order than they were sent. */
  readonly outOfOrder: number;
  readonly watchedSeconds: number;
  readonly callsWatched: number;
  /** Computed, not watched: two calls an event at the target's rate. */
  readonly drainSeconds: number;
}

interface Suite {
  readonly suite: string;
  readonly machine: string;
  readonly rows: readonly BurstRow[];
}

/** Measures and prints; as JSON for programs. */
export async function run(options: BurstOptions & { readonly json: boolean }): Promise<Suite> {
  const suite = { suite: "burst", machine: machine(), rows: [await measureBurst(options)] };
  const table = new Table({ style: { head: [], border: [] } });
  for (const row of suite.rows) {
    table.push(
      { "events sent": `${row.sent}, ${row.sentPerS.toFixed(0)} a second` },
      { refused: row.refused },
      { "accept p99": `${row.acceptP99Ms.toFixed(1)} ms` },
      { "fullest second at the target": `${row.fullestSecond} of ${row.allowed}` },
      { "out of order within a buyer": row.outOfOrder },
      { watched: `${row.watchedSeconds.toFixed(0)} s, ${row.callsWatched} calls` },
      { "drain time, computed": `${(row.drainSeconds / 3600).toFixed(1)} h` },
    );
  }
  console.log(options.json ? JSON.stringify(suite) : `${suite.machine}\n${table.toString()}`);
  return suite;
}

/**
 * Far more events than the target takes: none may be refused, none sent too early, and those of one
 * buyer must keep their order. The draining is watched for a while and then cut short.
 */
export async function measureBurst(options: BurstOptions = {}): Promise<BurstRow> {
  const { events = 50_000, overSeconds = 60, perSecond = 10, watchSeconds = 90 } = options;
  const folder = mkdtempSync(join(tmpdir(), "sluice-bench-"));
  const target = new Part("target.ts", ["record"]);
  const parts = [target];
  try {
    const env = {
      TARGET_URL: await target.next<string>("url"),
      TEXTS: JSON.stringify({ ...byBuyer(), ...withBudget(perSecond) }),
    };
    const app = new Part("engine.ts", [join(folder, "store.db")], env);
    const client = new Part("client.ts");
    parts.push(app, client);
    const url = await app.next<string>("url");
    if (client.input !== null) app.output?.pipe(client.input);
    const began = performance.now();
    const phase: Phase = {
      url,
      flows: events,
      inFlight: 0,
      perSecond: events / overSeconds,
      acceptOnly: true,
    };
    const { acceptMs, refused = 0, seconds } = await client.ask<PhaseResult>(phase, "result");
    const left = watchSeconds * 1000 - (performance.now() - began);
    if (left > 0) await new Promise((resolve) => setTimeout(resolve, left));
    const calls = await target.ask<readonly Call[]>({}, "calls");
    return {
      name: "sluice",
      sent: events,
      refused,
      sentPerS: events / seconds,
      acceptP99Ms: acceptMs.toSorted((a, b) => a - b)[Math.floor(0.99 * acceptMs.length)] ?? 0,
      ...judged(calls),
      allowed: perSecond,
      watchedSeconds: (performance.now() - began) / 1000,
      callsWatched: calls.length,
      drainSeconds: (2 * events) / perSecond,
    };
  } finally {
    for (const part of parts.reverse()) await part.end();
    rmSync(folder, { recursive: true });
  }
}

function withBudget(perSecond: number): Readonly<Record<string, string>> {
  const path = "flows/system/erp.ledger.yaml";
  const own = readFileSync(join(import.meta.dirname, "workload/workspace", path), "utf8");
  const budget = `budget: [{ limit: ${perSecond}, per: 1s }]\nconcurrency`;
  return { [path]: own.replace("concurrency", budget) };
}

function judged(calls: readonly Call[]): Pick<BurstRow, "fullestSecond" | "outOfOrder"> {
  const times = calls.map(({ at }) => at).sort((a, b) => a - b);
  let fullestSecond = 0;
  let from = 0;
  for (const [index, at] of times.entries()) {
    while (at - (times[from] ?? at) >= 1000) from += 1;
    fullestSecond = Math.max(fullestSecond, index - from + 1);
  }
  const last = new Map<string, number>();
  let outOfOrder = 0;
  for (const { path, body } of calls) {
    const customer = path === "/customers" ? /"externalId":"([^"]+)"/.exec(body)?.[1] : undefined;
    const order = /"reference":"D-(\d+)"/.exec(body)?.[1];
    const buyer = customer ?? (order === undefined ? undefined : `acc-${Number(order) % 5000}`);
    if (buyer === undefined || order === undefined) continue;
    if (Number(order) <= (last.get(buyer) ?? 0)) outOfOrder += 1;
    last.set(buyer, Number(order));
  }
  return { fullestSecond, outOfOrder };
}
