import type { Channel, Message } from "../../model/message.ts";
import type { StoredMessage } from "../../ports/store-reader.ts";
import type { Intake } from "../../ports/store.ts";
import { envelopeOf, envelopeText } from "./envelope-text.ts";
import { correlationOf, fromBlob, toBlob } from "./ids.ts";
import { parse, toJson, type Work } from "./work.ts";

interface MessageRecord {
  readonly messageNo: number;
  readonly messageId: Uint8Array;
  readonly channel: Channel;
  readonly source: string;
  readonly type: string;
  readonly receivedAt: number;
  readonly correlationId: string;
  readonly envelope: string;
  readonly data: string | null;
  readonly body: Uint8Array | null;
  readonly emptiedAt: number | null;
}

/** Writes the message; the bytes are stored once, as `body`, where the data is their JSON. */
export function insertMessage(
  work: Work,
  intake: Intake,
  found: { readonly key: Buffer; readonly ids: Buffer | null },
): number {
  const { message, raw } = intake;
  const data = toJson(message.data);
  const messageNo = work.query.insert("message-insert", {
    messageId: toBlob(message.id),
    channel: message.channel,
    source: message.source,
    type: message.type,
    receivedAt: message.receivedAt,
    bytes: raw?.byteLength ?? Buffer.byteLength(data),
    correlationId: message.correlationId === message.id ? "" : message.correlationId,
    dedupeKey: found.key,
    dedupeUntil: intake.dedupeUntil,
    ids: found.ids,
  });
  work.query.run("message-body-insert", {
    messageNo,
    envelope: envelopeText(message),
    ...once(data, raw),
  });
  return messageNo;
}

/** Bytes that are exactly the data's text need no second copy; nor does data that they parse to. */
function once(
  data: string,
  raw: Uint8Array | undefined,
): { data: string | null; body: Buffer | null } {
  if (raw === undefined) return { data, body: null };
  const body = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  const text = body.toString("utf8");
  if (!Buffer.from(text).equals(body)) return { data, body };
  const isData = text === data || (beginsAlike(text, data) && canonical(text) === data);
  return isData ? { data: null, body } : { data, body };
}

/** Spares the parse where bytes and data differ from the first name on, as mapped data does. */
function beginsAlike(text: string, data: string): boolean {
  return text
    .slice(0, 256)
    .replaceAll(/\s/g, "")
    .startsWith(data.slice(0, 16).replaceAll(/\s/g, ""));
}

function canonical(text: string): string | undefined {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return undefined;
  }
}

export function loadMessage(
  work: Pick<Work, "query">,
  messageNo: number,
): StoredMessage | undefined {
  return measureMessage(work, messageNo)?.stored;
}

/** A message, and how many characters its data has as text. */
export function measureMessage(
  work: Pick<Work, "query">,
  messageNo: number,
): { readonly stored: StoredMessage; readonly size: number } | undefined {
  const record = work.query.get<MessageRecord>("message-get", { messageNo });
  if (record === undefined) return undefined;
  const envelope = envelopeOf(record.envelope);
  const data = record.data ?? Buffer.from(record.body ?? []).toString("utf8");
  const message: Message = {
    id: fromBlob(record.messageId),
    channel: record.channel,
    source: record.source,
    type: record.type,
    receivedAt: record.receivedAt,
    correlationId: correlationOf(record),
    ...envelope,
    data: parse(data),
  };
  const stored = {
    message,
    ...(record.body === null ? {} : { raw: record.body }),
    ...(record.emptiedAt === null ? {} : { emptiedAt: record.emptiedAt }),
  };
  return { stored, size: data.length };
}
