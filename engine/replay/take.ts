import { UsageError } from "../errors/flow-error.ts";
import type { ReceiveAnswer } from "../model/received.ts";
import { endedStatuses, parkedStatuses } from "../model/run.ts";
import type { ReplayItemRow, ReplayPace, StepOfRuns } from "../ports/replay-store.ts";
import type { ReplayWorld } from "./world.ts";

/** What came of one item. `later`: the engine takes nothing now. */
export type Taken =
  | { readonly kind: "taken"; readonly newMessageId?: string; readonly runIds: readonly string[] }
  | { readonly kind: "refused"; readonly why: string }
  | { readonly kind: "later"; readonly at: number };

/** Replays one item of a job. Asked twice, as after a crash, it is taken once. */
export async function take(
  world: ReplayWorld,
  job: ReplayPace,
  item: ReplayItemRow,
): Promise<Taken> {
  try {
    return item.what === "resume" ? await resume(world, job, item) : await again(world, job, item);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return refused(error.message);
  }
}

async function resume(
  { read, unpark, current }: ReplayWorld,
  job: ReplayPace,
  { runId = "" }: ReplayItemRow,
): Promise<Taken> {
  const done = await unpark(runId, {
    kind: "resume",
    by: job.by,
    ...(job.reason === undefined ? {} : { reason: job.reason }),
    ...(job.generation === "current" ? { generation: current() } : {}),
  });
  if (done) return { kind: "taken", runIds: [runId] };
  const [run] = await read.runs({ id: runId, limit: 1 });
  if (run === undefined) return refused("the run is gone: its retention is over");
  if (endedStatuses.includes(run.status)) return refused(`it is ${run.status} already`);
  // It goes on: by this very job before a crash, or because somebody was quicker.
  return { kind: "taken", runIds: [runId] };
}

/** One step of the run, and nothing else of it. */
async function stepOf(
  { replayStep }: ReplayWorld,
  { by, number, step, generation, reason }: ReplayPace & { readonly step: StepOfRuns },
  { runId, position }: ReplayItemRow,
): Promise<Taken> {
  if (runId === undefined) return refused("a step is one of a run, and the message started none");
  const { name, again: how } = step;
  const { answer } = await replayStep({
    runId,
    step: name,
    by,
    job: { number, position },
    ...(how === undefined ? {} : { again: how }),
    ...(generation === undefined ? {} : { generation }),
    ...(reason === undefined ? {} : { reason }),
  });
  return takenOf(answer);
}

async function again(world: ReplayWorld, job: ReplayPace, item: ReplayItemRow): Promise<Taken> {
  const { step } = job;
  if (step !== undefined) return stepOf(world, { ...job, step }, item);
  const { read, current } = world;
  const { messageId, runId, flow, position } = item;
  const [run] = runId === undefined ? [] : await read.runs({ id: runId, limit: 1 });
  if (run !== undefined && !endedStatuses.includes(run.status)) {
    return refused(
      parkedStatuses.includes(run.status)
        ? `run ${run.id} is ${run.status} and holds its place: let it go on from its step, or discard it first`
        : `run ${run.id} is ${run.status}: it goes on by itself`,
    );
  }
  const generation = job.generation === "pinned" ? run?.generation : undefined;
  const stored = await read.message(messageId);
  if (stored === undefined) return refused("the message is gone: its retention is over");
  if (stored.emptiedAt !== undefined) return refused("its payload is gone: its retention is over");
  const reread =
    job.begin === "message" ? await world.reread(stored, generation ?? current()) : undefined;
  if (reread?.kind === "none") return refused(reread.why);
  const answer = await world.replay(messageId, {
    by: job.by,
    job: { number: job.number, position },
    ...(flow === undefined ? {} : { flow }),
    ...(generation === undefined ? {} : { generation }),
    ...(job.reason === undefined ? {} : { reason: job.reason }),
    ...(reread === undefined ? {} : { reread: reread.received }),
  });
  return takenOf(answer);
}

function takenOf(answer: ReceiveAnswer): Taken {
  if (answer.outcome === "refused") return { kind: "later", at: answer.retryAt };
  return {
    kind: "taken",
    newMessageId: answer.messageId,
    runIds: answer.runs.map(({ id }) => id),
  };
}

function refused(why: string): Taken {
  return { kind: "refused", why };
}
