import { closeSync, mkdtempSync, openSync, readdirSync, readSync, rmSync, statSync } from "node:fs";
import { endianness, tmpdir } from "node:os";
import { join } from "node:path";
import Table from "cli-table3";
import { machine } from "./machine.ts";
import type { Phase, PhaseResult } from "./workload/client.ts";
import { Part } from "./workload/part.ts";
import type { Usage } from "./workload/report.ts";
import type { Server } from "./workload/server-process.ts";
import { startServer, type Variant, variants } from "./workload/variant.ts";

/** How much is measured; the defaults take about a minute without peers, four with them. */
interface WorkloadOptions {
  /** Flows of each measurement, after half of them to warm up. */
  readonly flows?: number;
  /** Each variant is measured so often, in turn; the median counts. */
  readonly rounds?: number;
  readonly inFlight?: number;
  /** Flows at 100 a second, for the latencies. */
  readonly paced?: number;
  /** Other engines beside, where they are installed. */
  readonly peers?: boolean;
}

/** One variant. Milliseconds of CPU are those of its own process and of the engine behind it. */
interface WorkloadRow {
  readonly name: string;
  readonly cpuMsPerFlow: number;
  /** Least and most of all rounds. */
  readonly cpuMsSpread: readonly [number, number];
  readonly flowsPerS: number;
  /** At 100 flows a second: until the sender has its 202… */
  readonly acceptP99Ms: number;
  /** …and until the final status is on disk. */
  readonly completeP99Ms: number;
  /** Transactions, each synced once; what a checkpoint syncs is not counted. Null where not known. */
  readonly syncsPerFlow: number | null;
  readonly diskBytesPerFlow: number | null;
  /** Of its own process. */
  readonly rssMb: number;
}

interface Suite {
  readonly suite: string;
  readonly machine: string;
  /** What is not among the rows, and why. */
  readonly absent: readonly string[];
  readonly rows: readonly WorkloadRow[];
}

/** Measures and prints; as JSON for programs. */
export async function run(options: WorkloadOptions & { readonly json: boolean }): Promise<Suite> {
  const suite = await measureWorkload({ peers: true, ...options });
  console.log(options.json ? JSON.stringify(suite) : tableOf(suite));
  return suite;
}

function tableOf({ machine: on, absent, rows }: Suite): string {
  const head = ["", "CPU ms/flow", "least–most", "flows/s", "accept p99 ms", "complete p99 ms"];
  const table = new Table({
    head: [...head, "syncs/flow", "disk B/flow", "RSS MB"],
    style: { head: [], border: [] },
  });
  for (const row of rows) {
    table.push([
      row.name,
      row.cpuMsPerFlow.toFixed(2),
      row.cpuMsSpread.map((ms) => ms.toFixed(2)).join("–"),
      row.flowsPerS.toFixed(0),
      row.acceptP99Ms.toFixed(1),
      row.completeP99Ms.toFixed(1),
      row.syncsPerFlow?.toFixed(2) ?? "–",
      row.diskBytesPerFlow?.toFixed(0) ?? "–",
      row.rssMb.toFixed(0),
    ]);
  }
  return [on, table.toString(), ...absent].join("\n");
}

/**
 * A webhook with an idempotency key becomes a durable flow: schema, two mappings, two calls, each on
 * record before the next, final status. Beside it, in turn, the same written for itself alone, and on
 * other engines.
 */
export async function measureWorkload(options: WorkloadOptions = {}): Promise<Suite> {
  const { rounds = 3, peers = false } = options;
  const { present, absent } = variants(peers);
  const rows: WorkloadRow[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const variant of present) rows.push(await measure(variant, options));
  }
  return {
    suite: "workload",
    machine: machine(),
    absent,
    rows: present.map(({ name }) => median(rows.filter((row) => row.name === name))),
  };
}

async function measure(variant: Variant, options: WorkloadOptions): Promise<WorkloadRow> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-bench-"));
  const target = new Part("target.ts");
  const ends: (() => Promise<void>)[] = [() => target.end()];
  try {
    const server = await startServer(variant, folder);
    if (server !== undefined) ends.push(() => server.stop());
    const path = join(folder, "store.db");
    const env = { TARGET_URL: await target.next<string>("url"), ...server?.env };
    const app = new Part(variant.script, [path, variant.mapping], env);
    ends.push(() => app.end());
    const own = await app.next<string>("url");
    await server?.register?.(own);
    const client = new Part("client.ts");
    ends.push(() => client.end());
    if (client.input !== null) app.output?.pipe(client.input);
    const row = await load(
      { variant, app, client, server, path, url: server?.url ?? own },
      options,
    );
    if (server !== undefined) return row;
    ends.pop();
    await client.end();
    ends.pop();
    // Only now its log is part of the file.
    await app.end();
    return { ...row, diskBytesPerFlow: bytesOf(path, server) / countOf(options) };
  } finally {
    for (const end of ends.reverse()) await end();
    rmSync(folder, { recursive: true });
  }
}

async function load(
  parts: {
    readonly variant: Variant;
    readonly app: Part;
    readonly client: Part;
    readonly server: Server | undefined;
    readonly path: string;
    readonly url: string;
  },
  options: WorkloadOptions,
): Promise<WorkloadRow> {
  const { variant, app, client, server, path, url } = parts;
  const { flows, warm, paced, inFlight } = { ...defaults, ...options, ...warmOf(options) };
  const attach = server?.url === undefined ? {} : { attach: true as const };
  const phase = (more: Pick<Phase, "flows" | "perSecond">): Promise<PhaseResult> =>
    client.ask<PhaseResult>({ url, inFlight, ...attach, ...more }, "result");
  const isOwn = server === undefined;
  const usage = async () => {
    const { cpuMs, rssMb } = await app.ask<Usage>({}, "usage");
    const syncs = isOwn ? transactions(path) : 0;
    return { cpuMs: cpuMs + (server?.cpuMs() ?? 0), rssMb, syncs, bytes: bytesOf(path, server) };
  };
  await phase({ flows: warm });
  const before = await usage();
  const { seconds } = await phase({ flows });
  const after = await usage();
  const { acceptMs, completeMs } = await phase({ flows: paced, perSecond: 100 });
  const last = bytesOf(path, server);
  const cpuMsPerFlow = (after.cpuMs - before.cpuMs) / flows;
  return {
    name: variant.name,
    cpuMsPerFlow,
    cpuMsSpread: [cpuMsPerFlow, cpuMsPerFlow],
    flowsPerS: flows / seconds,
    acceptP99Ms: quantile(acceptMs, 0.99),
    completeP99Ms: quantile(completeMs, 0.99),
    syncsPerFlow: isOwn ? (after.syncs - before.syncs) / flows : null,
    diskBytesPerFlow:
      isOwn || server.data === undefined ? null : (last - before.bytes) / (flows + paced),
    rssMb: after.rssMb,
  };
}

const defaults = { flows: 3000, paced: 1000, inFlight: 64 };

/** Half as many warm up: compilers of all variants need about a thousand. */
function warmOf({ flows = defaults.flows }: WorkloadOptions): { readonly warm: number } {
  return { warm: Math.ceil(flows / 2) };
}

function countOf(options: WorkloadOptions): number {
  const { flows, warm, paced } = { ...defaults, ...options, ...warmOf(options) };
  return flows + warm + paced;
}

/** Counted by SQLite in the header of the index of its log: `iChange`, of the WAL format. */
function transactions(path: string): number {
  const header = Buffer.alloc(12);
  const file = openSync(`${path}-shm`, "r");
  readSync(file, header, 0, 12, 0);
  closeSync(file);
  return endianness() === "LE" ? header.readUInt32LE(8) : header.readUInt32BE(8);
}

function bytesOf(path: string, server: Server | undefined): number {
  if (server === undefined) return statSync(path).size;
  const { data } = server;
  if (data === undefined) return 0;
  const files = readdirSync(data, { recursive: true, withFileTypes: true });
  return files
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

/** The row of median CPU: one run as it was, not a mixture. */
function median(rows: readonly WorkloadRow[]): WorkloadRow {
  const sorted = rows.toSorted((a, b) => a.cpuMsPerFlow - b.cpuMsPerFlow);
  const row = sorted[Math.floor((sorted.length - 1) / 2)];
  const [least, most] = [sorted[0], sorted.at(-1)];
  if (row === undefined || least === undefined || most === undefined) {
    throw new Error("nothing was measured");
  }
  return { ...row, cpuMsSpread: [least.cpuMsPerFlow, most.cpuMsPerFlow] };
}
