import { readAgain } from "../channels/http-in/index.ts";
import { Doubts } from "./doubts.ts";
import { UsageError } from "../errors/flow-error.ts";
import type { Json } from "../model/json.ts";
import type { Message } from "../model/message.ts";
import type { Generation } from "../model/plan/generation.ts";
import type { Received } from "../model/received.ts";
import { parkedStatuses } from "../model/run.ts";
import { personalMask } from "./personal-data.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { ReplayItem, StepOfRuns } from "../ports/replay-store.ts";
import type { Secrets } from "../ports/secrets.ts";
import type { RunDetail } from "../ports/store-reader.ts";
import { ReplayJobs, type ReplayRequest } from "../replay/index.ts";
import { effectsOf, goneGeneration, receivedOf } from "./replay-rehearsal.ts";
import { Grouping, type ReplayPreview } from "./replay-preview.ts";
import type { Engine } from "../runtime/index.ts";
import { SingleSteps } from "./single-steps.ts";
import type { OwnStore } from "../store/sqlite/index.ts";

/** Runs that a preview rehearses; the rest is like them, or the selection is to be narrowed. */
const previewMax = 200;

export interface ReplayParts {
  readonly store: OwnStore;
  readonly engine: Engine;
  readonly clock: Clock;
  readonly log: Log;
  readonly secrets: Secrets;
  /** Compiles the stored texts of an older generation. */
  readonly compile: (files: Readonly<Record<string, string>>) => Promise<Generation | undefined>;
}

/** Replay jobs on a running engine, and what they would do. */
export interface Replays {
  readonly jobs: ReplayJobs;
  preview(request: ReplayRequest): Promise<ReplayPreview>;
  /** One step of an ended run alone. */
  readonly single: SingleSteps;
  /** A call in doubt that was done, as a person says. */
  readonly doubts: Doubts;
}

export function createReplays(parts: ReplayParts): Replays {
  const { store, engine, clock } = parts;
  const generations = new Map<string, Generation | undefined>();
  const generationOf = async (hash: string): Promise<Generation | undefined> => {
    if (hash === engine.generation().hash) return engine.generation();
    if (!generations.has(hash)) {
      const record = await store.loadGeneration(hash);
      generations.set(hash, record === undefined ? undefined : await parts.compile(record.files));
    }
    return generations.get(hash);
  };
  const context = { engine, clock, secrets: parts.secrets };
  const single = new SingleSteps({ ...parts, generationOf });
  const jobs = new ReplayJobs({
    ...parts,
    store: store.replays,
    read: store.read,
    issues: store.insight.read,
    replay: async (messageId, options) => engine.replay(messageId, options),
    replayStep: async (request) => single.replay(request),
    unpark: async (runId, answer) => engine.unpark(runId, answer),
    current: () => engine.generation().hash,
    reread: async (stored, hash) => {
      const generation = await generationOf(hash);
      if (generation === undefined) return { kind: "none", why: goneGeneration(hash) };
      return readAgain(stored, generation, context);
    },
  });
  return {
    jobs,
    preview: async (request) => {
      const { items, leftOut } = await jobs.select(request);
      const grouping = new Grouping(items.length, leftOut);
      for (const item of items.slice(0, previewMax)) {
        await previewItem({ ...parts, generationOf, single }, request, item, grouping);
      }
      return grouping.preview();
    },
    single,
    doubts: new Doubts({ ...parts, generationOf }),
  };
}

interface PreviewParts extends ReplayParts {
  readonly generationOf: (hash: string) => Promise<Generation | undefined>;
  readonly single: SingleSteps;
}

/** One item, ready to be rehearsed, or the reason why it would not be replayed. */
type Prepared =
  | { readonly kind: "refused"; readonly why: string }
  | {
      readonly kind: "ready";
      readonly generation: Generation;
      readonly received: Received;
      readonly message: Message;
      readonly run: RunDetail | undefined;
      readonly laneState: Json;
    };

async function previewItem(
  parts: PreviewParts,
  request: ReplayRequest,
  item: ReplayItem,
  grouping: Grouping,
): Promise<void> {
  const { step } = request.selection;
  if (step !== undefined) return previewStep(parts.single, { ...request, step }, item, grouping);
  const prepared = await prepare(parts, request, item);
  if (prepared.kind === "refused") return grouping.refuse(prepared.why, item);
  const { generation, received, run, message } = prepared;
  const subscribed = generation.subscriptions.get(received.type) ?? [];
  const flows = item.flow === undefined ? subscribed.map(({ name }) => name) : [item.flow];
  if (flows.length === 0) return grouping.refuse(`no flow takes ${received.type}`, item);
  for (const flow of flows) {
    const resumes = item.what === "resume";
    const found = await effectsOf(parts, { ...prepared, flow, resumes });
    const mask = personalMask(generation, run ?? { flow, results: {} }, message);
    grouping.add(flow, found, item, (value) => mask(value));
  }
}

async function previewStep(
  single: SingleSteps,
  { by, generation, step }: ReplayRequest & { readonly step: StepOfRuns },
  item: ReplayItem,
  grouping: Grouping,
): Promise<void> {
  const { runId } = item;
  if (runId === undefined) return grouping.refuse("the message started no run", item);
  const { name, again } = step;
  try {
    await single.foresee(
      {
        runId,
        step: name,
        by,
        ...(again === undefined ? {} : { again }),
        ...(generation === undefined ? {} : { generation }),
      },
      grouping,
    );
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    grouping.refuse(error.message, item);
  }
}

async function prepare(
  parts: PreviewParts,
  request: ReplayRequest,
  item: ReplayItem,
): Promise<Prepared> {
  const { store, engine } = parts;
  const run = item.runId === undefined ? undefined : await store.read.run(item.runId);
  const stored = await store.read.message(item.messageId);
  if (stored === undefined) return refused("the message is gone: its retention is over");
  if (stored.emptiedAt !== undefined) return refused("its payload is gone: its retention is over");
  if (run !== undefined && item.what === "replay" && parkedStatuses.includes(run.status)) {
    return refused(`it is ${run.status} and holds its place: let it go on from its step`);
  }
  const hash = generationFor(request, item, run) ?? engine.generation().hash;
  const generation = await parts.generationOf(hash);
  if (generation === undefined) return refused(goneGeneration(hash));
  const reread =
    request.begin === "message" ? await readAgain(stored, generation, parts) : undefined;
  if (reread?.kind === "none") return refused(reread.why);
  const snapshot = run === undefined ? undefined : await store.load(run.id);
  // A run that goes on has the data that a person mended.
  const message = (item.what === "resume" ? snapshot?.message : undefined) ?? stored.message;
  return {
    kind: "ready",
    generation,
    received: reread?.received ?? receivedOf(message),
    message,
    run,
    laneState: snapshot?.laneState ?? {},
  };
}

/** A run that goes on keeps its own, unless told; a message is read by the current one. */
function generationFor(
  { generation }: ReplayRequest,
  { what }: ReplayItem,
  run: RunDetail | undefined,
): string | undefined {
  const isPinned = generation === "pinned" || (what === "resume" && generation !== "current");
  return isPinned ? run?.generation : undefined;
}

function refused(why: string): Prepared {
  return { kind: "refused", why };
}
