import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Table from "cli-table3";
import { fill } from "./growth/fill.ts";
import { byBuyer, withFlows } from "./growth/texts.ts";
import { machine } from "./machine.ts";
import type { Phase, PhaseResult } from "./workload/client.ts";
import { type EventShape, eventOf } from "./workload/event.ts";
import { Part } from "./workload/part.ts";
import type { Usage } from "./workload/report.ts";

interface GrowthOptions {
  /** Messages in the log before; the largest takes about ten minutes to fill, and 10 GB. */
  readonly messages?: readonly number[];
  readonly flowCounts?: readonly number[];
  /** Bytes of the event: up to 450 lines, and beyond that one long text. */
  readonly bodies?: readonly number[];
  readonly lanes?: readonly number[];
  /** Messages measured in each case; large bodies and one lane take a tenth. */
  readonly measured?: number;
}

interface GrowthRow {
  readonly name: string;
  readonly cpuMsPerFlow: number;
  readonly flowsPerS: number;
  readonly rssMb: number;
  /** CPU against the first row of its kind. */
  readonly ratio: number;
}

interface Suite {
  readonly suite: string;
  readonly machine: string;
  readonly rows: readonly GrowthRow[];
}

interface Case {
  readonly name: string;
  readonly filled?: number;
  readonly texts?: Readonly<Record<string, string>>;
  readonly shape?: EventShape;
  readonly measured: number;
}

/** Measures and prints; as JSON for programs. */
export async function run(options: GrowthOptions & { readonly json: boolean }): Promise<Suite> {
  const suite = await measureGrowth(options);
  const table = new Table({
    head: ["", "CPU ms/flow", "flows/s", "RSS MB", "against the first"],
    style: { head: [], border: [] },
  });
  for (const { name, cpuMsPerFlow, flowsPerS, rssMb, ratio } of suite.rows) {
    const cells = [cpuMsPerFlow.toFixed(2), flowsPerS.toFixed(0), rssMb.toFixed(0)];
    table.push([name, ...cells, ratio.toFixed(2)]);
  }
  console.log(options.json ? JSON.stringify(suite) : `${suite.machine}\n${table.toString()}`);
  return suite;
}

/** What a message of the workload costs as the log, the workspace, bodies and lanes grow. */
export async function measureGrowth(options: GrowthOptions = {}): Promise<Suite> {
  const rows: GrowthRow[] = [];
  for (const cases of kindsOf(options)) {
    let first: number | undefined;
    for (const one of cases) {
      const row = await measure(one);
      first ??= row.cpuMsPerFlow;
      rows.push({ ...row, ratio: row.cpuMsPerFlow / first });
    }
  }
  return { suite: "growth", machine: machine(), rows };
}

function kindsOf({
  messages = [10_000, 100_000, 1_000_000, 10_000_000],
  flowCounts = [1, 10, 100, 500],
  bodies = [1_000, 10_000, 100_000, 1_000_000],
  lanes = [1, 100, 10_000, 100_000],
  measured = 3000,
}: GrowthOptions): readonly (readonly Case[])[] {
  const few = Math.ceil(measured / 10);
  return [
    messages.map((filled) => ({
      name: `${inWords(filled)} messages in the log`,
      filled,
      measured,
    })),
    flowCounts.map((count) => ({
      name: `${count} flows`,
      texts: withFlows(count),
      measured,
    })),
    bodies.map((bytes) => ({
      name: `bodies of ${inWords(bytes)}B`,
      shape: shapeOf(bytes),
      measured: bytes >= 100_000 ? few : measured,
    })),
    lanes.map((buyers) => ({
      name: `${inWords(buyers)} lanes`,
      texts: byBuyer(),
      shape: { buyers },
      measured: buyers === 1 ? few : measured,
    })),
  ];
}

function shapeOf(bytes: number): EventShape {
  const lines = Math.max(5, Math.min(450, Math.round((bytes - 500) / 143)));
  const { length } = JSON.stringify(eventOf(1, { lines }));
  return { lines, padding: Math.max(0, bytes - length) };
}

function inWords(number: number): string {
  if (number >= 1_000_000) return `${Math.round(number / 1_000_000)}M`;
  return number >= 1000 ? `${Math.round(number / 1000)}k` : String(number);
}

async function measure(one: Case): Promise<Omit<GrowthRow, "ratio">> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-bench-"));
  const path = join(folder, "store.db");
  const target = new Part("target.ts");
  const parts = [target];
  try {
    if (one.filled !== undefined) await fill(path, one.filled);
    const env = {
      TARGET_URL: await target.next<string>("url"),
      ...(one.texts === undefined ? {} : { TEXTS: JSON.stringify(one.texts) }),
    };
    const app = new Part("engine.ts", [path], env);
    const client = new Part("client.ts");
    parts.push(app, client);
    const url = await app.next<string>("url");
    if (client.input !== null) app.output?.pipe(client.input);
    const { shape, measured } = one;
    const phase: Phase = {
      url,
      inFlight: 64,
      flows: measured,
      ...(shape === undefined ? {} : { shape }),
    };
    await client.ask<PhaseResult>({ ...phase, flows: Math.ceil(measured / 2) }, "result");
    const before = await app.ask<Usage>({}, "usage");
    const { seconds } = await client.ask<PhaseResult>(phase, "result");
    const after = await app.ask<Usage>({}, "usage");
    return {
      name: one.name,
      cpuMsPerFlow: (after.cpuMs - before.cpuMs) / measured,
      flowsPerS: measured / seconds,
      rssMb: after.rssMb,
    };
  } finally {
    for (const part of parts.reverse()) await part.end();
    rmSync(folder, { recursive: true });
  }
}
