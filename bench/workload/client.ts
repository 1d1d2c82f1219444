/**
 * The load, in a process of its own. Standard input brings the ids of flows that ended. Each message
 * of the parent is one phase: so many flows, as many at once or as many a second as it says.
 */
import { createInterface } from "node:readline";
import { Pool } from "undici";
import { type EventShape, eventOf } from "./event.ts";

/** One phase: closed loop of `inFlight`, or, where `perSecond` is given, an open one. */
export interface Phase {
  readonly url: string;
  readonly flows: number;
  readonly inFlight: number;
  readonly perSecond?: number;
  /** Where the end of a flow is asked for by its id, when nobody tells it on standard input. */
  readonly attach?: true;
  readonly shape?: EventShape;
  /** The store has so many messages, perhaps of an earlier client: the next event is another. */
  readonly after?: number;
  /** Nobody waits for the ends, and what is refused is counted. */
  readonly acceptOnly?: true;
}

/** What a phase came to, in milliseconds from the first byte that was sent. */
export interface PhaseResult {
  readonly seconds: number;
  readonly acceptMs: readonly number[];
  readonly completeMs: readonly number[];
  readonly refused?: number;
}

const pool: { current?: Pool } = {};
const waiting = new Map<string, () => void>();
/** A flow may end before its sender has read the answer. */
const early = new Set<string>();
let sent = 0;

createInterface({ input: process.stdin }).on("line", (id) => {
  const resolve = waiting.get(id);
  if (resolve === undefined) early.add(id);
  else resolve();
  waiting.delete(id);
});

process.on("message", (phase: Phase) => {
  void run(phase).then((result) => process.send?.({ result }));
});
process.on("disconnect", () => process.exit());

async function run(phase: Phase): Promise<PhaseResult> {
  sent = Math.max(sent, phase.after ?? 0);
  const { origin, pathname } = new URL(phase.url);
  pool.current ??= new Pool(origin, { connections: 256, pipelining: 1 });
  const result = { acceptMs: [] as number[], completeMs: [] as number[], refused: 0 };
  const began = performance.now();
  const way = { ...phase, path: pathname };
  const one = () => flow(pool.current as Pool, way, result);
  if (phase.perSecond === undefined) {
    let begun = 0;
    const loop = async () => {
      while (begun < phase.flows) {
        begun += 1;
        await one();
      }
    };
    await Promise.all(Array.from({ length: phase.inFlight }, loop));
  } else {
    const gap = 1000 / phase.perSecond;
    const flows: Promise<void>[] = [];
    for (let index = 0; index < phase.flows; index += 1) {
      const wait = began + index * gap - performance.now();
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      flows.push(one());
    }
    await Promise.all(flows);
  }
  return { seconds: (performance.now() - began) / 1000, ...result };
}

async function flow(
  target: Pool,
  way: Pick<Phase, "attach" | "shape" | "acceptOnly"> & { readonly path: string },
  result: { readonly acceptMs: number[]; readonly completeMs: number[]; refused: number },
): Promise<void> {
  sent += 1;
  const event = eventOf(sent, way.shape);
  const began = performance.now();
  const answer = await target.request({
    method: "POST",
    path: way.path,
    headers: { "content-type": "application/json", "idempotency-key": String(event["eventId"]) },
    body: JSON.stringify(event),
  });
  const text = await answer.body.text();
  if (answer.statusCode !== 202) {
    if (way.acceptOnly !== true) throw new Error(`not accepted: ${answer.statusCode} ${text}`);
    result.refused += 1;
    return;
  }
  result.acceptMs.push(performance.now() - began);
  if (way.acceptOnly === true) return;
  const { id, invocationId } = JSON.parse(text) as { id?: string; invocationId?: string };
  if (way.attach === true) await attached(target, invocationId ?? "");
  else await told(id ?? "");
  result.completeMs.push(performance.now() - began);
}

/** Restate answers once the invocation ended. */
async function attached(target: Pool, id: string): Promise<void> {
  const path = `/restate/invocation/${id}/attach`;
  const answer = await target.request({ method: "GET", path });
  const text = await answer.body.text();
  if (answer.statusCode !== 200) throw new Error(`not attached: ${answer.statusCode} ${text}`);
}

async function told(id: string): Promise<void> {
  if (early.delete(id)) return;
  await new Promise<void>((resolve) => {
    waiting.set(id, resolve);
  });
}
