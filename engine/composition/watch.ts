import type { Meter } from "../channels/http-in/index.ts";
import { Poster } from "../channels/http-out/index.ts";
import { environmentOf } from "../channels/shared/environment.ts";
import { contextOf, textOf } from "../channels/shared/evaluation.ts";
import { digest } from "./digest.ts";
import type { SourceRef } from "../errors/diagnostic.ts";
import { type Incidents, Insight, type Sample } from "../insight/index.ts";
import { isJsonObject, type Json } from "../model/json.ts";
import type { Generation } from "../model/plan/generation.ts";
import { personalMask, personalText } from "./personal-data.ts";
import type { Clock } from "../ports/clock.ts";
import type { IssueRow } from "../ports/insight-store.ts";
import type { Log } from "../ports/log.ts";
import type { Secrets } from "../ports/secrets.ts";
import type { SignalPoint, Signals } from "../ports/signals.ts";
import type { ReplayJobs } from "../replay/index.ts";
import type { OwnStore } from "../store/sqlite/index.ts";

/** Points that say nothing of a run: something beside the records may be wrong, or right again. */
const wider: ReadonlySet<SignalPoint> = new Set(["circuit-changed", "reload-refused", "reloaded"]);

/** Members of a payload that a notice shows. */
const membersMax = 20;

export interface WatchParts {
  readonly store: OwnStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly secrets: Secrets;
  readonly generation: () => Generation;
  readonly baseUrl: () => string;
  /** What is wrong beside the records. */
  readonly incidents: () => Incidents;
}

/** Insight on a running engine, with the way its notices go out. */
export interface Watch {
  readonly insight: Insight;
  stop(): Promise<void>;
}

/** Composes insight from the rooms; it does nothing before `insight.start`. */
export function createWatch(parts: WatchParts): Watch {
  const { store, clock, secrets, generation } = parts;
  const poster = new Poster(clock);
  const insight = new Insight({
    ...parts,
    store: store.insight,
    promises: store.promises,
    read: store.read,
    digest,
    post: async (request) => poster.post(request),
    urlOf: (template) => {
      const env = environmentOf(generation(), secrets);
      const context = contextOf(generation(), clock.now(), "notify");
      return textOf(template.evaluate({ env }, context)) ?? "";
    },
    words: (flow, data, text) => personalText(generation(), { flow, results: {} }, { data }, text),
    sample: async (issue) => sampleOf(parts, issue),
  });
  return {
    insight,
    stop: async () => {
      await insight.stop();
      await poster.close();
    },
  };
}

/** Tells insight and replay jobs of what failed and ended, the meter of milestones, and everybody else of all. */
export function watched(
  signals: Signals | undefined,
  listeners: { readonly insight?: Insight; readonly replays?: ReplayJobs; readonly meter: Meter },
): Signals {
  return {
    reach: (point: SignalPoint, detail) => {
      signals?.reach(point, detail);
      if (point === "message-accepted") listeners.insight?.accepted();
      if (point === "milestone-reached")
        listeners.meter.add("sluice_milestones_total", detail ?? {});
      if (wider.has(point)) listeners.insight?.kick();
      const isEnd = point === "run-ended";
      if (!isEnd && point !== "run-parked" && point !== "problem-recorded") return;
      const { insight, replays } = listeners;
      const runId = detail?.["runId"] ?? "";
      if (!isEnd || detail?.["status"] === "failed") insight?.kick();
      if (isEnd) insight?.ended(runId);
      replays?.ended(runId);
    },
  };
}

async function sampleOf(parts: WatchParts, issue: IssueRow): Promise<Sample> {
  const { read } = parts.store;
  const run = issue.sampleRunId === "" ? undefined : await read.run(issue.sampleRunId);
  if (run === undefined) return { runId: issue.sampleRunId };
  const message = (await read.message(run.messageId))?.message;
  const mask = personalMask(parts.generation(), run, message);
  const [problem] = await read.deadLetters({ id: run.id, limit: 1 });
  const failure = problem?.failure ?? run.error;
  const at = placeOf(parts.generation(), issue, failure?.at);
  return {
    runId: run.id,
    messageId: run.messageId,
    ...(failure === undefined
      ? {}
      : {
          failure: {
            class: failure.class,
            code: failure.code,
            message: textOf(mask(failure.message)) ?? "",
            ...(failure.system === undefined ? {} : { system: failure.system }),
            ...(failure.adapter === undefined ? {} : { adapter: failure.adapter }),
          },
        }),
    ...(at === undefined ? {} : { at }),
    ...(message === undefined ? {} : { payload: partOf(mask(message.data)) }),
  };
}

function placeOf(
  generation: Generation,
  { flow, step }: IssueRow,
  failedAt: SourceRef | undefined,
): string | undefined {
  const id = /([^.[\]/]+)(?:\[\])?$/.exec(step)?.[1] ?? "";
  const at = generation.flows.get(flow)?.stepsById.get(id)?.at ?? failedAt;
  return at === undefined ? undefined : `${at.file}:${at.line}:${at.column}`;
}

/** The plain members at the top: enough to know the record by. */
function partOf(data: Json): Json {
  if (!isJsonObject(data)) return typeof data === "object" ? null : data;
  const plain = Object.entries(data).filter(
    ([, value]) => typeof value !== "object" || value === null,
  );
  return Object.fromEntries(plain.slice(0, membersMax));
}
