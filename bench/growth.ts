import { copyFileSync, existsSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import Table from "cli-table3";
import { openReader } from "../engine/store/sqlite/index.ts";
import { fill } from "./growth/fill.ts";
import { read, type Reading } from "./growth/reading.ts";
import { byBuyer, withFlows } from "./growth/texts.ts";
import { machine } from "./machine.ts";
import { withScratch } from "./scratch.ts";
import type { Phase, PhaseResult } from "./workload/client.ts";
import { type EventShape, eventOf } from "./workload/event.ts";
import { Part } from "./workload/part.ts";
import type { Usage } from "./workload/report.ts";

interface GrowthOptions {
  /** Messages in the log before; ten million take ten minutes of CPU to fill, and 12 GB. */
  readonly messages?: readonly number[];
  readonly flowCounts?: readonly number[];
  /** Bytes of the event: up to 450 lines, and beyond that one long text. */
  readonly bodies?: readonly number[];
  readonly lanes?: readonly number[];
  /** Messages measured in each case; large bodies and one lane take a tenth. */
  readonly measured?: number;
  /** Each case of a kind in turn, so many times: its CPU is the median. */
  readonly rounds?: number;
  /** A folder in which logs that were filled stay, to be measured again. */
  readonly keep?: string;
}

interface GrowthRow {
  readonly name: string;
  readonly cpuMsPerFlow: number;
  readonly flowsPerS: number;
  readonly rssMb: number;
  /** CPU against the first row of its kind. */
  readonly ratio: number;
  /** What a look into it costs, where a log was filled. */
  readonly reading?: Reading;
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

type Measured = Pick<GrowthRow, "cpuMsPerFlow" | "flowsPerS" | "rssMb">;

/** Measures and prints; as JSON for programs. `messages` alone leaves out all that is not the log. */
export async function run(options: GrowthOptions & { readonly json: boolean }): Promise<Suite> {
  const others = { flowCounts: [], bodies: [], lanes: [] };
  const suite = await measureGrowth({
    ...(options.messages === undefined ? {} : others),
    ...options,
  });
  console.log(options.json ? JSON.stringify(suite) : textOf(suite));
  return suite;
}

function textOf(suite: Suite): string {
  const style = { head: [], border: [] };
  const head = ["", "CPU ms/flow", "flows/s", "RSS MB", "against the first"];
  const table = new Table({ head, style });
  for (const { name, cpuMsPerFlow, flowsPerS, rssMb, ratio } of suite.rows) {
    const cells = [cpuMsPerFlow.toFixed(2), flowsPerS.toFixed(0), rssMb.toFixed(0)];
    table.push([name, ...cells, ratio.toFixed(2)]);
  }
  const read = suite.rows.filter((row) => row.reading !== undefined);
  const looks = new Table({ head: ["median ms (CPU)", ...read.map(({ name }) => name)], style });
  looks.push(["size, MB", ...read.map(({ reading }) => short(reading?.megabytes))]);
  for (const look of Object.keys(read[0]?.reading?.looks ?? {})) {
    const costs = read.map(({ reading }) => reading?.looks[look]);
    looks.push([look, ...costs.map((cost) => `${short(cost?.ms)} (${short(cost?.cpuMs)})`)]);
  }
  return [suite.machine, table.toString(), ...(read.length === 0 ? [] : [looks.toString()])].join(
    "\n",
  );
}

function short(number = Number.NaN): string {
  return number >= 100 ? number.toFixed(0) : String(Number(number.toPrecision(2)));
}

/** What a message of the workload costs as the log, the workspace, bodies and lanes grow. */
export async function measureGrowth(options: GrowthOptions = {}): Promise<Suite> {
  const { rounds = 1, keep } = options;
  const rows: GrowthRow[] = [];
  if (keep !== undefined) mkdirSync(keep, { recursive: true });
  for (const cases of kindsOf(options)) {
    await withScratch(async (folder) => {
      rows.push(...(await measureKind(cases, { folder, stores: keep ?? folder, rounds })));
    });
  }
  return { suite: "growth", machine: machine(), rows };
}

interface Place {
  readonly folder: string;
  /** Where logs that were filled are. */
  readonly stores: string;
  readonly rounds: number;
}

async function measureKind(cases: readonly Case[], place: Place): Promise<readonly GrowthRow[]> {
  const readings: (Reading | undefined)[] = [];
  for (const { filled } of cases) {
    readings.push(filled === undefined ? undefined : await filledLog(filled, place));
  }
  const results: Measured[][] = cases.map(() => []);
  for (let round = 1; round <= place.rounds; round += 1) {
    for (const [index, one] of cases.entries()) {
      results[index]?.push(await measure(one, storeOf(one, place, `${index}-${round}.db`)));
    }
  }
  const medians = results.map(medianOf);
  return cases.map(({ name }, index) => {
    const measured = medians[index] ?? { cpuMsPerFlow: 0, flowsPerS: 0, rssMb: 0 };
    const ratio = measured.cpuMsPerFlow / (medians[0]?.cpuMsPerFlow ?? Number.NaN);
    const reading = readings[index];
    return { name, ...measured, ratio, ...(reading === undefined ? {} : { reading }) };
  });
}

function medianOf(rounds: readonly Measured[]): Measured {
  const of = (member: keyof Measured): number => {
    const values = rounds.map((round) => round[member]).sort((a, b) => a - b);
    return values[Math.floor(values.length / 2)] ?? 0;
  };
  return { cpuMsPerFlow: of("cpuMsPerFlow"), flowsPerS: of("flowsPerS"), rssMb: of("rssMb") };
}

/** Fills a log, unless it is kept from before, and looks into it. */
async function filledLog(filled: number, { stores }: Place): Promise<Reading> {
  const path = logOf(filled, stores);
  if (!existsSync(path)) {
    // What is ended half-way is of no use, and leaves nothing.
    await withScratch(async (folder) => {
      await fill(logOf(filled, folder), filled);
      renameSync(logOf(filled, folder), path);
    }, stores);
  }
  return read(path, filled);
}

const logOf = (filled: number, stores: string): string => join(stores, `${filled}.db`);

/** The store of a round. A log that the round would lengthen much is copied, so that each round finds the same. */
function storeOf({ filled, measured }: Case, { folder, stores }: Place, name: string): string {
  const own = join(folder, name);
  if (filled === undefined) return own;
  const log = logOf(filled, stores);
  if (filled > 100 * measured) return log;
  copyFileSync(log, own);
  return own;
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

async function measure(one: Case, path: string): Promise<Measured> {
  const target = new Part("target.ts");
  const parts = [target];
  try {
    const after = one.filled === undefined ? 0 : await lengthOf(path);
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
      after,
      ...(shape === undefined ? {} : { shape }),
    };
    await client.ask<PhaseResult>({ ...phase, flows: Math.ceil(measured / 2) }, "result");
    const before = await app.ask<Usage>({}, "usage");
    const { seconds } = await client.ask<PhaseResult>(phase, "result");
    const used = await app.ask<Usage>({}, "usage");
    return {
      cpuMsPerFlow: (used.cpuMs - before.cpuMs) / measured,
      flowsPerS: measured / seconds,
      rssMb: used.rssMb,
    };
  } finally {
    for (const part of parts.reverse()) await part.end();
  }
}

/** Messages that a store was given so far. */
async function lengthOf(path: string): Promise<number> {
  const reader = openReader(path);
  try {
    return (await reader.counts())["messages"] ?? 0;
  } finally {
    reader.close();
  }
}
