import type { Message } from "../../model/message.ts";
import { parse, toJson } from "./work.ts";

/** Members of a message that no query looks for. */
export type Envelope = Pick<
  Message,
  | "dedupeKey"
  | "subject"
  | "time"
  | "sequence"
  | "headers"
  | "traceparent"
  | "cause"
  | "replayOf"
  | "replay"
>;

type Always = "dedupeKey" | "time" | "headers" | "traceparent";

/**
 * Text of an envelope: a list whose places say what they hold, since each message has one. An object
 * with names, as older versions wrote it, is read as well.
 */
type EnvelopeText = readonly [
  dedupeKey: Envelope["dedupeKey"],
  time: Envelope["time"],
  headers: Envelope["headers"],
  traceparent: Envelope["traceparent"],
  more?: Omit<Envelope, Always>,
];

export function envelopeText(envelope: Envelope): string {
  const { dedupeKey, time, headers, traceparent } = envelope;
  const { subject, sequence, cause, replayOf, replay } = envelope;
  const head = [dedupeKey, time, headers, traceparent] as const;
  const more = { subject, sequence, cause, replayOf, replay };
  const isBare = Object.values(more).every((value) => value === undefined);
  return toJson(isBare ? head : [...head, more]);
}

export function envelopeOf(text: string): Envelope {
  const envelope = parse<EnvelopeText | Envelope>(text);
  if (!isList(envelope)) return envelope;
  const [dedupeKey, time, headers, traceparent, more] = envelope;
  return { dedupeKey, time, headers, traceparent, ...more };
}

/** Text of an envelope without what it says of the record. */
export function plainEnvelopeText(text: string): string {
  const { subject: _, ...envelope } = envelopeOf(text);
  return envelopeText({ ...envelope, headers: {} });
}

/** `Array.isArray` does not narrow a readonly array. */
function isList(envelope: EnvelopeText | Envelope): envelope is EnvelopeText {
  return Array.isArray(envelope);
}
