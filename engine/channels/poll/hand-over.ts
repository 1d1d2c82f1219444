import type { Instant } from "../../model/json.ts";
import type { Received } from "../../model/received.ts";
import type { PollOptions } from "./poll-options.ts";

/** So many rows at once: enough to share a transaction. */
const atOnceMax = 256;

/** Rows that were new, or until when the engine takes no more of them. */
interface HandedOver {
  readonly fresh: readonly Received[];
  readonly refusedUntil?: Instant;
}

/**
 * Hands rows over in their order, as many together as the engine has room for, and waits for each lot
 * before the next. What it refuses, with all after it, is offered once more when those before it are on
 * the disk: they may have been there already, and took no room.
 */
export async function handOver(
  { receiver, room }: Pick<PollOptions, "receiver" | "room">,
  rows: readonly Received[],
): Promise<HandedOver> {
  const fresh: Received[] = [];
  for (let at = 0; at < rows.length;) {
    const lot = rows.slice(at, at + Math.min(room(), atOnceMax));
    const answers = await receiver.receiveInOrder(lot);
    const refused = answers.findIndex(({ outcome }) => outcome === "refused");
    const taken = refused < 0 ? lot.length : refused;
    fresh.push(...lot.filter((_, index) => answers[index]?.outcome === "accepted"));
    const answer = answers[refused];
    if (taken === 0 && answer?.outcome === "refused") {
      return { fresh, refusedUntil: answer.retryAt };
    }
    at += taken;
  }
  return { fresh };
}
