import type { RunEvent, TimerName } from "../../model/run-event.ts";
import type { RunStatus } from "../../model/run.ts";
import type { DueTimer, QueuedSignal } from "../../ports/store.ts";
import { fromBlob } from "./ids.ts";
import { returnToLane } from "./lane.ts";
import { loadMessage } from "./message-row.ts";
import { parse, type Work } from "./work.ts";

interface Waiting {
  readonly runNo: number;
  readonly runId: Uint8Array;
  readonly status: RunStatus;
  readonly laneId: Uint8Array | null;
}

interface TimerRecord extends Waiting {
  readonly path: string;
  readonly name: TimerName;
  readonly due: number;
}

interface SignalRecord extends Waiting {
  readonly signalNo: number;
  readonly event: string;
  readonly messageNo: number | null;
}

export function takeDueTimers(work: Work, limit: number): readonly DueTimer[] {
  const mayGoOn = laneGate(work);
  const due = work.query.all<TimerRecord>("timer-due", { now: work.now, limit });
  // A caller is answered in time, whoever has the lane.
  const taken = due.filter((timer) => timer.name === "deadline" || mayGoOn(timer));
  return taken.map(({ runNo, runId, path, name, due: at }) => {
    work.query.run("timer-take", { runNo, path, name });
    return { runId: fromBlob(runId), path, name, due: at };
  });
}

export function takePendingSignals(work: Work, limit: number): readonly QueuedSignal[] {
  const pending = work.query.all<SignalRecord>("signal-next", { limit });
  return pending.filter(laneGate(work)).map((signal) => {
    work.query.run("signal-take", { signalNo: signal.signalNo });
    return {
      id: String(signal.signalNo),
      runId: fromBlob(signal.runId),
      event: eventOf(work, signal),
    };
  });
}

/** Runs that left their lane, and may still have events. */
const besideLane: readonly RunStatus[] = ["released", "held"];

/** Such a run goes on only once it has its lane again; it takes it once for all its events. */
function laneGate(work: Work): (waiting: Waiting) => boolean {
  const returned = new Set<number>();
  return ({ runNo, status, laneId }) => {
    if (!besideLane.includes(status) || returned.has(runNo)) return true;
    if (!returnToLane(work, runNo, laneId)) return false;
    returned.add(runNo);
    return true;
  };
}

function eventOf(work: Work, signal: SignalRecord): RunEvent {
  const event = parse<RunEvent>(signal.event);
  if (event.kind !== "matched" || signal.messageNo === null) return event;
  const stored = loadMessage(work, signal.messageNo);
  return stored === undefined ? event : { ...event, message: stored.message };
}
