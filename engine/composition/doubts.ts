import { breachOfAnswer, type OpenDoubt, openDoubts } from "../core/index.ts";
import { UsageError } from "../errors/flow-error.ts";
import { isJsonObject, type Json } from "../model/json.ts";
import type { Generation } from "../model/plan/generation.ts";
import { parkedStatuses, type RunSnapshot } from "../model/run.ts";
import { personalMask } from "./personal-data.ts";
import type { SettleRequest } from "../ports/replay-store.ts";
import type { RunDetail } from "../ports/store-reader.ts";
import { Grouping, type ReplayPreview } from "./replay-preview.ts";
import { effectsOf, goneGeneration, receivedOf, type RehearsalParts } from "./replay-rehearsal.ts";
import type { Engine } from "../runtime/index.ts";

/** Which call a person's word is about, and what it leaves to be done by hand. */
export interface Settled {
  readonly runId: string;
  readonly path: string;
  /** `erp.createOrder`. */
  readonly operation: string;
  /** Later writes of the operation, which are not sent. */
  readonly notSent: readonly string[];
  /** Ids that the crosswalk does not get, since only the partner's own answer has them. */
  readonly linksOpen: readonly string[];
}

export interface SettlePreview extends ReplayPreview, Settled {}

interface Parts extends RehearsalParts {
  readonly engine: Engine;
  readonly generationOf: (hash: string) => Promise<Generation | undefined>;
}

interface Prepared {
  readonly run: RunDetail;
  readonly snapshot: RunSnapshot;
  readonly generation: Generation;
  readonly doubt: OpenDoubt;
  readonly output: Json;
}

/** Calls in doubt of which a person says that they were done, and what they gave: the run goes on from there. */
export class Doubts {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Throws `UsageError` where nothing is in doubt, or the answer is none of that call. */
  async preview(request: SettleRequest): Promise<SettlePreview> {
    return this.#foresee(await this.#prepare(request));
  }

  /** Throws `UsageError` as `preview` does, and where somebody was quicker. */
  async settle(request: SettleRequest & { readonly reason: string }): Promise<Settled> {
    const prepared = await this.#prepare(request);
    const { runId, path, operation, notSent, linksOpen } = await this.#foresee(prepared);
    const done = await this.#parts.engine.unpark(runId, {
      kind: "settle",
      by: request.by,
      reason: request.reason,
      path,
      output: prepared.output,
      ...(request.generation === "current" ? { generation: prepared.generation.hash } : {}),
    });
    if (done) return { runId, path, operation, notSent, linksOpen };
    throw new UsageError("replay/not-in-doubt", `run ${runId} goes on already`, {
      help: `somebody was quicker: \`sluice trace ${runId}\` says who`,
    });
  }

  async #prepare(request: SettleRequest): Promise<Prepared> {
    const { store } = this.#parts;
    const run = await store.read.run(request.runId);
    if (run === undefined) throw unknownRun(request.runId);
    const snapshot = await store.load(run.id);
    if (!parkedStatuses.includes(run.status) || snapshot === undefined) throw notParked(run);
    const generation = await this.#generationFor(request, run);
    const flow = generation.flows.get(run.flow);
    const { doubts, lost } =
      flow === undefined
        ? { doubts: [], lost: [run.flow] }
        : openDoubts(snapshot, flow, generation);
    const doubt = chosen(request, run, doubts, { lost, generation });
    const { output = null } = request;
    const breach = breachOfAnswer(doubt, output, generation);
    if (breach !== undefined) throw wrongAnswer(doubt, request, breach);
    return { run, snapshot, generation, doubt, output };
  }

  async #generationFor({ generation }: SettleRequest, run: RunDetail): Promise<Generation> {
    const { engine, generationOf } = this.#parts;
    if (generation === "current") return engine.generation();
    const pinned = await generationOf(run.generation);
    if (pinned !== undefined) return pinned;
    throw new UsageError("replay/generation-gone", goneGeneration(run.generation), {
      help: "ask for the `current` one",
    });
  }

  /** What follows, by a rehearsal that has the answer in its ledger. */
  async #foresee({ run, snapshot, generation, doubt, output }: Prepared): Promise<SettlePreview> {
    const { message, laneState } = snapshot;
    const { path, operation, notSent, effect } = doubt;
    const item = { what: "resume", runId: run.id, messageId: message.id, flow: run.flow } as const;
    const grouping = new Grouping(1, 0);
    const about = { runId: run.id, path, operation, notSent };
    if (path.startsWith("undo.") || effect === undefined) {
      const openEnd = "what is left to be undone is not rehearsed";
      const nothing = { effects: [], reads: 0, status: run.status, events: [], openEnd };
      grouping.add(run.flow, nothing, item, (value) => value);
      return { ...grouping.preview(), ...about, linksOpen: [] };
    }
    const effects = await effectsOf(this.#parts, {
      generation,
      flow: run.flow,
      // A run of one step alone goes on with that step alone.
      received: {
        ...receivedOf(message),
        ...(message.replay === undefined ? {} : { replay: message.replay }),
      },
      message,
      run,
      laneState,
      resumes: true,
      settled: {
        identity: snapshot.identity,
        path,
        key: effect.key,
        bodyHash: effect.bodyHash,
        output,
      },
    });
    const mask = personalMask(generation, run, message);
    grouping.add(run.flow, effects, item, mask);
    return { ...grouping.preview(), ...about, linksOpen: effects.linksOpen ?? [] };
  }
}

function unknownRun(runId: string): UsageError {
  return new UsageError("replay/unknown-id", `there is no run ${JSON.stringify(runId)}`, {
    help: "`sluice dead-letters --status in-doubt` lists those in doubt",
  });
}

/** Also where the same answer comes twice: whose word it was is told. */
function notParked(run: RunDetail): UsageError {
  const before = settledBefore(run);
  return new UsageError(
    "replay/not-in-doubt",
    `run ${run.id} is ${run.status}: ${before ?? "nothing of it waits for a person's word"}`,
    { help: `\`sluice trace ${run.id}\` tells its story` },
  );
}

/** `steps.order was settled by ada already: …`. */
function settledBefore({ history }: RunDetail): string | undefined {
  const word = history.findLast(({ what }) => what === "settled")?.detail;
  if (!isJsonObject(word)) return undefined;
  const { path, by, reason } = word;
  if (typeof path !== "string" || typeof by !== "string") return undefined;
  const why = typeof reason === "string" ? `: ${reason}` : "";
  return `${path} was settled by ${by} already${why}`;
}

function chosen(
  { step, generation: asked }: SettleRequest,
  run: RunDetail,
  doubts: readonly OpenDoubt[],
  { lost, generation }: { readonly lost: readonly string[]; readonly generation: Generation },
): OpenDoubt {
  const found = step === undefined ? doubts : doubts.filter((doubt) => isNamed(doubt, step));
  const [first, ...more] = found;
  if (first !== undefined && more.length === 0) return first;
  const names = found.map(({ path }) => path).join(", ");
  if (first !== undefined) {
    throw new UsageError(
      "replay/which-doubt",
      `${found.length} calls of run ${run.id} are in doubt: ${names}`,
      { help: "name the one that the answer is of by --step; the others stay in doubt" },
    );
  }
  if (step !== undefined && doubts.length > 0) {
    throw new UsageError(
      "replay/no-such-step",
      `${JSON.stringify(step)} is not in doubt in run ${run.id}`,
      { help: `in doubt is ${doubts.map(({ path }) => path).join(", ")}` },
    );
  }
  if (lost.length > 0) {
    const other = asked === "current" ? "leave --current out" : "discard it, or ask for `current`";
    throw new UsageError(
      "replay/no-such-step",
      `generation ${generation.hash.slice(0, 12)} has no call at ${lost.join(", ")} any more`,
      { help: `${other}: an answer is of a call that the generation has` },
    );
  }
  const { error } = run;
  const why = error === undefined ? "" : `: ${error.message} [${error.code}]`;
  throw new UsageError(
    "replay/not-in-doubt",
    `run ${run.id} is ${run.status}, and no call of it is in doubt so that an answer would settle it${why}`,
    { help: `\`sluice dead-letters ${run.id}\` says what helps` },
  );
}

/** By its id, its path, or the path of one of its requests. */
function isNamed({ path }: OpenDoubt, step: string): boolean {
  const [own = ""] = step.split("/");
  return own === path || own === path.slice(path.lastIndexOf(".") + 1);
}

function wrongAnswer(
  { operation, output = "", at }: OpenDoubt,
  request: SettleRequest,
  breach: string,
): UsageError {
  const given =
    request.output === undefined ? `no answer is given for ${operation}, and it gives one: ` : "";
  return new UsageError("replay/answer-breach", `${given}${breach}`, {
    help: `give the output of ${operation} as ${output} has it, and not the partner's own answer; the operation stands at ${at.file}:${at.line}:${at.column}`,
  });
}
