/** One thread of `sim.ts`: plays each seed that it is given, and says what it came to. */
/* oxlint-disable unicorn/require-post-message-target-origin -- a thread has no origin */
import { parentPort, workerData } from "node:worker_threads";
import { type FaultKind, simulate } from "../engine/testing/simulator/index.ts";

/** What one seed came to. A failure is played again by whoever tells of it. */
export interface Played {
  readonly seed: number;
  readonly events: number;
  readonly lives: number;
  readonly wrong: number;
}

// Faults are met all the time, and nobody reads here where each came from.
Error.stackTraceLimit = 0;

const without = new Set(workerData as readonly FaultKind[]);

parentPort?.on("message", (seed: number) => void play(seed));

async function play(seed: number): Promise<void> {
  const { events, lives, wrong } = await simulate({ seed, without });
  const played: Played = { seed, events, lives, wrong: wrong.length };
  parentPort?.postMessage(played);
}
