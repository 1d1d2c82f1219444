import { UsageError } from "../errors/flow-error.ts";
import type { Instant } from "../model/json.ts";
import type { Message, SingleStep } from "../model/message.ts";
import type { ReceiveAnswer, Received } from "../model/received.ts";
import type { Generation } from "../model/plan/generation.ts";
import type { EngineReplay } from "./engine.ts";
import type { Replaying } from "./receive.ts";
import type { World } from "./world.ts";

/** A stored message as if it were received once more; `id` tells it from all other replays. */
export function receivedAgain(
  stored: { readonly message: Message; readonly raw?: Uint8Array },
  options: EngineReplay,
  id: string,
): Received {
  const { message, raw } = stored;
  const { channel, source, headers, correlationId } = message;
  const { type, data, time, subject, sequence } = { ...message, ...options.reread };
  const { by, reason, job } = options;
  const name = job === undefined ? id : `${job.number}-${job.position}`;
  const invalid = options.reread?.invalid;
  return {
    channel,
    source,
    type,
    dedupeKey: `${message.dedupeKey}#replay-${name}`,
    data: options.data ?? data,
    headers,
    time,
    correlationId,
    replay: {
      by,
      ...(reason === undefined ? {} : { reason }),
      ...(job === undefined ? {} : { job: job.number }),
      ...(options.data === undefined ? {} : { edited: true }),
      ...(options.only === undefined ? {} : { only: singleStep(options.only) }),
    },
    ...(subject === undefined ? {} : { subject }),
    ...(sequence === undefined ? {} : { sequence }),
    ...(invalid === undefined ? {} : { invalid }),
    // Edited data is no longer what the bytes say.
    ...(raw === undefined || options.data !== undefined ? {} : { raw }),
    ...(options.flow === undefined ? {} : { flow: options.flow }),
  };
}

function singleStep({ path, runId, again }: SingleStep): SingleStep {
  return { path, runId, ...(again === undefined ? {} : { again }) };
}

/** What the replay is of, and what it takes over from there. */
export function replayingOf(
  { id, cause }: Message,
  generation: Generation,
  { only }: EngineReplay,
): Replaying {
  return {
    of: id,
    generation,
    ...(cause === undefined ? {} : { cause }),
    ...(only === undefined ? {} : { identity: only.identity }),
  };
}

/** What is left of a message whose retention is over makes no run. */
export function payloadOver(messageId: string, emptiedAt: Instant): UsageError {
  return new UsageError(
    "runtime/payload-over",
    `the payload of message ${messageId} went on ${new Date(emptiedAt).toISOString().slice(0, 10)}: its retention is over`,
    { help: "replay it with its data, as its source knows it: `--with data.json --reason …`" },
  );
}

export function notReplayable(messageId: string, { generation }: EngineReplay): UsageError {
  return generation === undefined
    ? new UsageError("runtime/no-such-message", `no message has the id ${messageId}`, {
        help: "`sluice messages` lists them; bodies go after their retention time",
      })
    : new UsageError(
        "runtime/cannot-replay",
        `message ${messageId} or generation ${generation} is not there`,
        { help: "leave the generation out to replay on the current one" },
      );
}

/** Who replayed what, why, and what came of it. */
export async function auditReplay(
  { store, clock }: World,
  messageId: string,
  { by, data, job, only, reason }: EngineReplay,
  answer: ReceiveAnswer,
): Promise<void> {
  const detail = {
    ...(answer.outcome === "refused" ? { refused: answer.reason } : { as: answer.messageId }),
    ...(reason === undefined ? {} : { reason }),
    ...(data === undefined ? {} : { edited: true }),
    ...(job === undefined ? {} : { job: job.number }),
    ...(only === undefined ? {} : { only: { ...singleStep(only) } }),
  };
  await store.audit(
    { actor: by, action: "replay", target: `message ${messageId}`, detail },
    clock.now(),
  );
}
