import type { Json, JsonObject } from "../../model/json.ts";
import type { Message } from "../../model/message.ts";
import { dateTimeText } from "../../model/civil.ts";

/** A message as expressions see it: times are date-times, absent members are null. */
export function messageView(message: Message): JsonObject {
  const receivedAt = dateTimeText(message.receivedAt);
  const view: Record<string, Json> = {
    id: message.id,
    channel: message.channel,
    source: message.source,
    type: message.type,
    subject: message.subject ?? null,
    time: message.time === message.receivedAt ? receivedAt : dateTimeText(message.time),
    receivedAt,
    sequence: message.sequence ?? null,
    data: message.data,
    headers: message.headers,
    correlationId: message.correlationId,
  };
  return view;
}
