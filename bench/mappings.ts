import { cpus } from "node:os";
import jsonata from "jsonata";
import Table from "cli-table3";
import { compileExpression } from "../engine/mapping/index.ts";
import { library } from "../engine/mapping/library/index.ts";
import type { EvaluationContext } from "../engine/model/expression.ts";
import { deal } from "./maps/deal.ts";
import { erpOrder } from "./maps/erp-order.ts";
import { invoice } from "./maps/invoice.ts";
import type { BenchMap } from "./maps/map.ts";
import { ticket } from "./maps/ticket.ts";
import { usage } from "./maps/usage.ts";
import { customer, order } from "./maps/workspace.ts";

const maps: readonly BenchMap[] = [deal, invoice, ticket, erpOrder, customer, usage, order];
const context: EvaluationContext = {
  now: 1_774_915_200_000,
  seed: "bench",
  facts: new Map(),
  codes: new Map(),
};

/** Microseconds of CPU time per evaluation, by contestant. */
interface Row {
  readonly name: string;
  readonly oursUs: number;
  readonly jsonataUs: number;
  readonly handUs: number;
  readonly parseUs: number;
}

/** Each contestant runs for about this long in a round. */
const roundMs = 25;
const rounds = 9;
/**
 * Rounds before those that count. A process maps for hours, and V8's last compiler, which works beside,
 * takes a quarter of a second to come to a function of this size when the machine is busy.
 */
const warmUpRounds = 16;

type Contestant = () => unknown;

let sink: unknown;

/** CPU microseconds per call over about `roundMs`. Contestants that give promises are awaited. */
async function once(contestant: Contestant, calls: number): Promise<number> {
  const before = process.cpuUsage();
  for (let i = 0; i < calls; i += 1) {
    const value = contestant();
    // Kept, so that no compiler leaves the work out.
    sink = value instanceof Promise ? ((await value) as unknown) : value;
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / calls;
}

async function callsFor(contestant: Contestant): Promise<number> {
  let calls = 16;
  for (;;) {
    const us = (await once(contestant, calls)) * calls;
    if (us > roundMs * 500) return Math.max(1, Math.round((calls * roundMs * 1000) / us));
    calls *= 4;
  }
}

/** Rounds are interleaved, so that a busy machine slows all contestants alike. */
async function race(contestants: readonly Contestant[]): Promise<number[]> {
  const calls: number[] = [];
  for (const contestant of contestants) {
    const count = await callsFor(contestant);
    for (let round = 0; round < warmUpRounds; round += 1) await once(contestant, count);
    calls.push(count);
  }
  const times = contestants.map((): number[] => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, contestant] of contestants.entries()) {
      times[index]?.push(await once(contestant, calls[index] ?? 1));
    }
  }
  return times.map((list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0);
}

/**
 * Another copy of the input for each call, read from JSON as a message would be. With one object for
 * ever V8 takes its members for constants, and code by hand shrinks to a literal that nobody's
 * program could be.
 */
function inputs(input: unknown): () => unknown {
  const text = JSON.stringify(input);
  const copies = Array.from({ length: 64 }, () => JSON.parse(text) as unknown);
  let at = 0;
  return () => {
    at = (at + 1) & 63;
    return copies[at];
  };
}

function ours({ name, text, input }: BenchMap): Contestant {
  const ref = (offset: number, length: number) => ({ file: name, line: 1, column: offset, length });
  const { expression, diagnostics } = compileExpression({
    id: name,
    text,
    place: { file: name, ref },
    mode: "mapping",
    roots: ["input"],
  });
  if (expression === undefined) throw new Error(diagnostics.map((one) => one.message).join("; "));
  const next = inputs(input);
  return () => expression.evaluate({ input: next() }, context);
}

function theirs({ text, input }: BenchMap): Contestant {
  const program = jsonata(text);
  for (const { name, checks, run } of library) {
    program.registerFunction(name, (...args: unknown[]) => run(args), checks);
  }
  const next = inputs(input);
  return async () => (await program.evaluate(next())) as unknown;
}

async function measure(map: BenchMap): Promise<Row> {
  const text = JSON.stringify(map.input);
  const next = inputs(map.input);
  const contestants = [ours(map), theirs(map), () => map.hand(next() as never)] as const;
  const [mine, reference] = [JSON.stringify(contestants[0]()), await contestants[1]()];
  if (mine !== JSON.stringify(reference)) throw new Error(`${map.name}: the results differ`);
  const [oursUs = 0, jsonataUs = 0, handUs = 0, parseUs = 0] = await race([
    ...contestants,
    () => JSON.parse(text) as unknown,
  ]);
  return { name: map.name, oursUs, jsonataUs, handUs, parseUs };
}

/** Compares our evaluation with the library, with code by hand and with reading the input. */
export async function run({ json }: { readonly json: boolean }): Promise<void> {
  const rows: Row[] = [];
  for (const map of maps) rows.push(await measure(map));
  if (sink === undefined) throw new Error("nothing was measured");
  const machine = `${cpus()[0]?.model ?? "unknown"}, ${cpus().length} CPUs, Node ${process.version}`;
  if (json) {
    console.log(JSON.stringify({ suite: "mappings", machine, rows }));
    return;
  }
  const head = [
    "µs of CPU per evaluation",
    "ours",
    "jsonata",
    "by hand",
    "JSON.parse",
    "× jsonata",
  ];
  const table = new Table({ head: [...head, "of by hand"], style: { head: [], border: [] } });
  for (const { name, oursUs, jsonataUs, handUs, parseUs } of rows) {
    const times = [oursUs, jsonataUs, handUs, parseUs].map((us) => us.toFixed(1));
    table.push([name, ...times, (jsonataUs / oursUs).toFixed(0), (oursUs / handUs).toFixed(2)]);
  }
  console.log(`${machine}\n${table.toString()}`);
}
