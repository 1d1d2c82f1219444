import { addressOf, sendableSteps } from "../core/index.ts";
import { UsageError } from "../errors/flow-error.ts";
import { isJsonObject } from "../model/json.ts";
import type { Message } from "../model/message.ts";
import type { FlowPlan } from "../model/plan/flow.ts";
import type { Generation } from "../model/plan/generation.ts";
import type { ReceiveAnswer } from "../model/received.ts";
import { endedStatuses, parkedStatuses } from "../model/run.ts";
import { personalMask } from "./personal-data.ts";
import type { SingleStepRequest } from "../ports/replay-store.ts";
import type { RunDetail } from "../ports/store-reader.ts";
import type { ReplayEffects } from "../rehearsal/index.ts";
import { Grouping, type ReplayPreview } from "./replay-preview.ts";
import { effectsOf, goneGeneration, receivedOf, type RehearsalParts } from "./replay-rehearsal.ts";
import type { Engine } from "../runtime/index.ts";

/** What it would send, and why it would not be done, if it would not. */
export interface SingleStepPreview extends ReplayPreview {
  readonly runId: string;
  readonly path: string;
  readonly refusal?: string;
}

/** A step on its way to be replayed. */
interface Prepared {
  readonly run: RunDetail;
  readonly message: Message;
  readonly generation: Generation;
  readonly path: string;
  readonly effects: ReplayEffects;
}

interface Parts extends RehearsalParts {
  readonly engine: Engine;
  readonly generationOf: (hash: string) => Promise<Generation | undefined>;
}

/**
 * Replays one step of an ended run and nothing else of its flow: a run of its own, linked to the one it
 * is of, with what that one's steps gave; through lanes, budgets and retries as everything goes. It is
 * rehearsed first: what would send nothing, or stop for a person, is refused with its reason.
 */
export class SingleSteps {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Throws `UsageError` where there is no such step to be taken alone. */
  async preview(request: SingleStepRequest): Promise<SingleStepPreview> {
    const grouping = new Grouping(1, 0);
    const { run, path, refusal } = await this.foresee(request, grouping);
    return {
      ...grouping.preview(),
      runId: run.id,
      path,
      ...(refusal === undefined ? {} : { refusal: textOf(refusal) }),
    };
  }

  /** Adds what it would send, or why it would not be done, to what is said of others. */
  async foresee(request: SingleStepRequest, grouping: Grouping) {
    const prepared = await this.#prepare(request);
    const { run, message, generation, path, effects } = prepared;
    const item = { what: "replay", runId: run.id, messageId: message.id, flow: run.flow } as const;
    const refusal = refusalOf(prepared, request);
    const mask = personalMask(generation, run, message);
    grouping.add(run.flow, withEvents(effects), item, mask, refusal?.message);
    return { run, path, refusal };
  }

  /** Throws `UsageError` as `preview` does, and where nothing would come of it. */
  async replay(request: SingleStepRequest): Promise<{
    readonly path: string;
    readonly answer: ReceiveAnswer;
  }> {
    const prepared = await this.#prepare(request);
    const refusal = refusalOf(prepared, request);
    if (refusal !== undefined) throw refusal;
    const { run, message, generation, path } = prepared;
    const edited = await this.#editOf(run.id);
    const answer = await this.#parts.engine.replay(message.id, {
      by: request.by,
      flow: run.flow,
      generation: generation.hash,
      ...(request.reason === undefined ? {} : { reason: request.reason }),
      ...(request.job === undefined ? {} : { job: request.job }),
      ...(edited === undefined ? {} : { data: message.data }),
      only: { ...singleStep(request, path), identity: run.identity },
    });
    return { path, answer };
  }

  async #prepare(request: SingleStepRequest): Promise<Prepared> {
    const { store } = this.#parts;
    const run = await store.read.run(request.runId);
    if (run === undefined) throw unknownRun(request.runId);
    mustHaveEnded(run);
    const snapshot = await store.load(run.id);
    if (run.emptiedAt !== undefined || snapshot === undefined) throw payloadOver(run);
    const generation = await this.#generationFor(request, run);
    const { message, laneState } = snapshot;
    const path = this.#pathOf(request, run, generation);
    mustNotBeEmitted(run, path, generation.flows.get(run.flow));
    const only = singleStep(request, path);
    const received = { ...receivedOf(message), replay: { by: request.by, only } };
    const effects = await effectsOf(this.#parts, {
      generation,
      flow: run.flow,
      received,
      message,
      run,
      laneState,
      only: { path, identity: run.identity },
    });
    return { run, message, generation, path, effects };
  }

  /** What a person made of the message's data while the run was parked, if anybody did. */
  async #editOf(runId: string) {
    return (await this.#parts.store.replays.read.edits(runId)).at(-1);
  }

  async #generationFor({ generation }: SingleStepRequest, run: RunDetail): Promise<Generation> {
    const { engine, generationOf } = this.#parts;
    if (generation !== "pinned") return engine.generation();
    const pinned = await generationOf(run.generation);
    if (pinned !== undefined) return pinned;
    throw new UsageError("replay/generation-gone", goneGeneration(run.generation), {
      help: "leave the generation out",
    });
  }

  #pathOf({ step, generation }: SingleStepRequest, run: RunDetail, on: Generation): string {
    const flow = on.flows.get(run.flow);
    const today = generation === "pinned" ? "generation" : "today's generation";
    const other =
      generation === "pinned"
        ? ""
        : "; the generation that it ran on may have it: ask for `pinned`";
    if (flow === undefined) {
      const message = `there is no flow ${run.flow} in ${today} ${on.hash.slice(0, 12)}`;
      throw new UsageError("replay/no-such-step", message, { help: `it is gone${other}` });
    }
    const found = addressOf(flow, step);
    if (found.kind === "step") return found.path;
    const known = sendableSteps(flow);
    throw new UsageError(
      "replay/no-such-step",
      `${found.why}, in ${today} ${on.hash.slice(0, 12)}`,
      {
        help:
          known.length === 0
            ? `no step of it can be sent alone: replay the run whole, what was done is not done again${other}`
            : `${known.join(", ")} can be sent alone; a replay of the whole run does not do again what was done${other}`,
      },
    );
  }
}

function singleStep({ runId, again }: SingleStepRequest, path: string) {
  return { path, runId, ...(again === undefined ? {} : { again }) };
}

function unknownRun(runId: string): UsageError {
  return new UsageError("replay/unknown-id", `there is no run ${JSON.stringify(runId)}`, {
    help: "`sluice runs` lists them; a step is one of a run, not of a message",
  });
}

function mustHaveEnded({ id, status }: RunDetail): void {
  if (endedStatuses.includes(status)) return;
  throw new UsageError(
    "replay/not-ended",
    parkedStatuses.includes(status)
      ? `run ${id} is ${status} and holds its place`
      : `run ${id} is ${status}: it goes on by itself`,
    {
      help: parkedStatuses.includes(status)
        ? `let it go on from its step, \`sluice replay ${id}\`, or discard it first`
        : "one step alone is replayed of a run that ended",
    },
  );
}

function payloadOver({ id, emptiedAt }: RunDetail): UsageError {
  const when =
    emptiedAt === undefined ? "" : ` on ${new Date(emptiedAt).toISOString().slice(0, 10)}`;
  return new UsageError(
    "runtime/payload-over",
    `what run ${id} was told and gave went${when}: its retention is over`,
    { help: "replay its message whole, with its data as its source knows it: `--with data.json`" },
  );
}

/** An emitted event is a message of its own, and is replayed as one. */
function mustNotBeEmitted(run: RunDetail, path: string, flow: FlowPlan | undefined): void {
  const step = flow?.stepsById.get(path.slice("steps.".length));
  const nodes = isJsonObject(run.state) ? run.state["nodes"] : undefined;
  const node = isJsonObject(nodes) ? nodes[path] : undefined;
  if (step?.kind !== "emit" || !isJsonObject(node) || node["status"] !== "done") return;
  throw new UsageError(
    "replay/event-known",
    `run ${run.id} emitted its event at ${path}: that is a message of its own`,
    {
      help: `\`sluice messages --type ${String(step.argument)}\` lists it: replay that message, and its subscribers hear it once more`,
    },
  );
}

/** Why nothing good would come of it. */
function refusalOf(
  { path, effects }: Prepared,
  { again }: SingleStepRequest,
): UsageError | undefined {
  const { parks, openEnd, reads, events } = effects;
  const isConflict = effects.effects.some(({ verdict }) => verdict === "conflict");
  const isDoubt = effects.effects.some(({ verdict }) => verdict === "in-doubt");
  if (parks !== undefined) {
    return new UsageError("replay/would-park", `it would stop for a person: ${parks.message}`, {
      help: isConflict
        ? "where both are meant, send it as another effect: `new-key`"
        : isDoubt
          ? "look at the partner's record: where it is not there, replay the message whole and let it go on, or send it as another effect: `new-key`"
          : "mend the flow or mapping first, and look at the partner's record",
    });
  }
  const sends = effects.effects.filter(({ verdict }) =>
    ["same", "changed", "new", "in-doubt"].includes(verdict),
  );
  if (sends.length + reads + events.length > 0) return undefined;
  const done = effects.effects.filter(({ verdict }) => verdict === "done");
  if (done.length > 0 && again === undefined) {
    const names = [...new Set(done.map(({ name }) => name))].join(", ");
    return new UsageError(
      "replay/done-already",
      `nothing would be sent: by the ledger ${names} of ${path} is done`,
      {
        help: "to send it all the same, say how and why: `same-key`, which the partner knows again, or `new-key`, another effect",
      },
    );
  }
  return new UsageError(
    "replay/sends-nothing",
    openEnd === undefined
      ? `${path} would send nothing: its condition does not hold now`
      : `${path} would send nothing: ${openEnd}`,
    { help: "`sluice plan` shows what the flow does with the message" },
  );
}

function withEvents(effects: ReplayEffects): ReplayEffects {
  const events = effects.events.map(({ path, type }) => ({
    path,
    name: type,
    verdict: "new" as const,
    differences: [],
  }));
  return { ...effects, effects: [...effects.effects, ...events] };
}

/** Both halves, for those who see one text. */
function textOf({ message, help }: UsageError): string {
  return help === undefined ? message : `${message}; ${help}`;
}
