import { closeSync, mkdtempSync, openSync, readSync, rmSync, statSync } from "node:fs";
import { cpus, endianness, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import Table from "cli-table3";
import type { Phase, PhaseResult } from "./workload/client.ts";
import { Part } from "./workload/part.ts";
import type { Usage } from "./workload/report.ts";

/** How much is measured; the defaults take about a minute. */
interface WorkloadOptions {
  /** Flows of each measurement, after a fifth of them to warm up. */
  readonly flows?: number;
  /** Each variant is measured so often, in turn; the median counts. */
  readonly rounds?: number;
  readonly inFlight?: number;
  /** Flows at 100 a second, for the latencies. */
  readonly paced?: number;
}

/** One variant. Milliseconds of CPU are those of the process that accepts, maps, calls and stores. */
interface WorkloadRow {
  readonly name: string;
  readonly cpuMsPerFlow: number;
  readonly flowsPerS: number;
  /** At 100 flows a second: until the sender has its 202… */
  readonly acceptP99Ms: number;
  /** …and until the final status is on disk. */
  readonly completeP99Ms: number;
  /** Transactions, each synced once; what a checkpoint syncs is not counted. */
  readonly syncsPerFlow: number;
  readonly diskBytesPerFlow: number;
  readonly rssMb: number;
}

interface Suite {
  readonly suite: string;
  readonly machine: string;
  readonly rows: readonly WorkloadRow[];
}

interface Variant {
  readonly name: string;
  readonly script: string;
  readonly args: readonly string[];
}

const variants: readonly Variant[] = [
  { name: "sluice", script: "engine.ts", args: [] },
  { name: "bare SQLite, mapped by hand", script: "bare.ts", args: ["hand"] },
  { name: "bare SQLite, mapped by jsonata", script: "bare.ts", args: ["jsonata"] },
];

/** Measures and prints; as JSON for programs. */
export async function run(options: WorkloadOptions & { readonly json: boolean }): Promise<Suite> {
  const suite = await measureWorkload(options);
  const head = ["", "CPU ms/flow", "flows/s", "accept p99 ms", "complete p99 ms", "syncs/flow"];
  const table = new Table({
    head: [...head, "disk B/flow", "RSS MB"],
    style: { head: [], border: [] },
  });
  for (const { name, ...row } of suite.rows) {
    table.push([
      name,
      row.cpuMsPerFlow.toFixed(2),
      row.flowsPerS.toFixed(0),
      row.acceptP99Ms.toFixed(1),
      row.completeP99Ms.toFixed(1),
      row.syncsPerFlow.toFixed(2),
      row.diskBytesPerFlow.toFixed(0),
      row.rssMb.toFixed(0),
    ]);
  }
  console.log(options.json ? JSON.stringify(suite) : `${suite.machine}\n${table.toString()}`);
  return suite;
}

/**
 * A webhook with an idempotency key becomes a durable flow: schema, two mappings, two calls, each on
 * record before the next, final status. Beside it, in turn, the same written for itself alone.
 * `machine` says how busy the machine was: only milliseconds of CPU travel.
 */
export async function measureWorkload(options: WorkloadOptions = {}): Promise<Suite> {
  const { rounds = 3 } = options;
  const rows: WorkloadRow[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const variant of variants) rows.push(await measure(variant, options));
  }
  const load = loadavg()[0]?.toFixed(1) ?? "unknown";
  return {
    suite: "workload",
    machine: `${cpus()[0]?.model ?? "unknown"}, ${cpus().length} CPUs, load ${load}, Node ${process.version}`,
    rows: variants.map(({ name }) => median(rows.filter((row) => row.name === name))),
  };
}

async function measure(variant: Variant, options: WorkloadOptions): Promise<WorkloadRow> {
  const { flows = 1500, inFlight = 64, paced = 200 } = options;
  const folder = mkdtempSync(join(tmpdir(), "sluice-bench-"));
  const path = join(folder, "store.db");
  const target = new Part("target.ts");
  const parts = [target];
  try {
    const env = { TARGET_URL: await target.next<string>("url") };
    const app = new Part(variant.script, [path, ...variant.args], env);
    const client = new Part("client.ts");
    parts.push(client, app);
    const url = await app.next<string>("url");
    if (client.input !== null) app.output?.pipe(client.input);
    const phase = (more: Omit<Phase, "url" | "inFlight">): Promise<PhaseResult> =>
      client.ask<PhaseResult>({ url, inFlight, ...more }, "result");
    const empty = bytesOf(path);
    await phase({ flows: Math.ceil(flows / 5) });
    const before = { ...(await app.ask<Usage>({}, "usage")), syncs: transactions(path) };
    const { seconds } = await phase({ flows });
    const after = { ...(await app.ask<Usage>({}, "usage")), syncs: transactions(path) };
    const { acceptMs, completeMs } = await phase({ flows: paced, perSecond: 100 });
    parts.pop();
    await app.end();
    const all = flows + Math.ceil(flows / 5) + paced;
    return {
      name: variant.name,
      cpuMsPerFlow: (after.cpuMs - before.cpuMs) / flows,
      flowsPerS: flows / seconds,
      acceptP99Ms: quantile(acceptMs, 0.99),
      completeP99Ms: quantile(completeMs, 0.99),
      syncsPerFlow: (after.syncs - before.syncs) / flows,
      diskBytesPerFlow: (bytesOf(path) - empty) / all,
      rssMb: after.rssMb,
    };
  } finally {
    for (const part of parts.reverse()) await part.end();
    rmSync(folder, { recursive: true });
  }
}

/** Counted by SQLite in the header of the index of its log: `iChange`, of the WAL format. */
function transactions(path: string): number {
  const header = Buffer.alloc(12);
  const file = openSync(`${path}-shm`, "r");
  readSync(file, header, 0, 12, 0);
  closeSync(file);
  return endianness() === "LE" ? header.readUInt32LE(8) : header.readUInt32BE(8);
}

function bytesOf(path: string): number {
  return statSync(path).size;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

/** The row of median CPU: one run as it was, not a mixture. */
function median(rows: readonly WorkloadRow[]): WorkloadRow {
  const [row] = rows
    .toSorted((a, b) => a.cpuMsPerFlow - b.cpuMsPerFlow)
    .slice(Math.floor((rows.length - 1) / 2));
  if (row === undefined) throw new Error("nothing was measured");
  return row;
}
