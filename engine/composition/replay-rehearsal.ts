import { decide, intake } from "../core/index.ts";
import { digest } from "./digest.ts";
import { evaluateWithLibrary } from "../mapping/index.ts";
import { factKey } from "../model/expression.ts";
import type { Json } from "../model/json.ts";
import type { Message } from "../model/message.ts";
import type { Generation } from "../model/plan/generation.ts";
import type { Received } from "../model/received.ts";
import type { Clock } from "../ports/clock.ts";
import type { Secrets } from "../ports/secrets.ts";
import type { DeliveryRow, RunDetail } from "../ports/store-reader.ts";
import {
  type RecordedRun,
  type ReplayEffects,
  replayEffects,
  type SettledCall,
} from "../rehearsal/index.ts";
import type { OwnStore } from "../store/sqlite/index.ts";

export interface RehearsalParts {
  readonly store: OwnStore;
  readonly clock: Clock;
  readonly secrets: Secrets;
}

/** What is said where the texts of a generation make none any more. */
export function goneGeneration(hash: string): string {
  return `generation ${hash.slice(0, 12)} cannot be built any more: replay on the current one`;
}

/** A stored message as it came in. */
export function receivedOf(message: Message): Received {
  const { channel, source, type, dedupeKey, data, headers, time, correlationId } = message;
  const { subject, sequence } = message;
  return {
    channel,
    source,
    type,
    dedupeKey,
    data,
    headers,
    time,
    correlationId,
    ...(subject === undefined ? {} : { subject }),
    ...(sequence === undefined ? {} : { sequence }),
  };
}

/** Rehearses a replay beside what was recorded. */
export async function effectsOf(
  { store, clock, secrets }: RehearsalParts,
  at: {
    readonly generation: Generation;
    readonly flow: string;
    readonly received: Received;
    readonly message: Message;
    readonly run: RunDetail | undefined;
    readonly laneState: Json;
    /** The run itself goes on. */
    readonly resumes?: boolean;
    /** One step of the run alone. */
    readonly only?: { readonly path: string; readonly identity: string };
    /** A call in doubt of which a person says that it was done. */
    readonly settled?: SettledCall & { readonly identity: string };
  },
): Promise<ReplayEffects> {
  const now = clock.now();
  const {
    generation,
    flow,
    received,
    message,
    run,
    laneState,
    only,
    settled,
    resumes = false,
  } = at;
  const identity = only?.identity ?? settled?.identity;
  return replayEffects({
    generation,
    flow,
    received,
    messageId: message.id,
    ...(identity === undefined ? {} : { identity }),
    ...(settled === undefined ? {} : { settled }),
    now,
    laneState,
    resumes,
    recorded:
      run === undefined
        ? { id: "", results: {}, requests: [] }
        : recordedOf(run, only, settled !== undefined),
    rules: { decide, intake },
    world: {
      digest,
      env: (name) => secrets.env(name),
      fact: async (request) => (await store.facts([request], now)).get(factKey(request)) ?? null,
      evaluate: async ({ expression, scope, key }) =>
        (await evaluateWithLibrary(expression, scope, {
          now,
          seed: key,
          facts: new Map(),
          codes: generation.codes,
        })) ?? null,
    },
  });
}

function recordedOf(
  run: RunDetail,
  only: { readonly path: string } | undefined,
  /** What failed is taken for done: all that was answered counts. */
  isSettled: boolean,
): RecordedRun {
  const isOver = run.status === "done" || run.status === "stopped" || isSettled;
  const failedPath = isOver ? undefined : run.error?.path;
  return {
    id: run.id,
    results: run.results,
    ...(failedPath === undefined ? {} : { failedPath }),
    requests: run.deliveries
      .filter(({ attempts }) => attempts.length > 0)
      .filter(({ path }) => only === undefined || path.startsWith(`${only.path}/`))
      .map((delivery) => ({
        path: delivery.path,
        name: `${delivery.system}.${delivery.operation}`,
        read: delivery.read,
        request: delivery.request,
        ...(delivery.effectKey === undefined ? {} : { effectKey: delivery.effectKey }),
        ...answerOf(delivery),
      })),
  };
}

function answerOf({ attempts }: DeliveryRow): Pick<RecordedRun["requests"][number], "answer"> {
  const last = attempts.at(-1);
  if (last?.outcome !== "response" || last.response === undefined) return {};
  // Written by the store from a response, and read as it was.
  const response = last.response as unknown as {
    status: number;
    headers: Readonly<Record<string, string>>;
    body: Json;
  };
  return { answer: { kind: "response", response, ms: last.ms } };
}
