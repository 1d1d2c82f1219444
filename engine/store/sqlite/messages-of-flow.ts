import type { Queries } from "./queries.ts";
import type { MessageListRecord } from "./rows.ts";

/** Messages looked at between two looks for the flow's next run: a millisecond or two. */
const pageDefault = 2000;
/** A message's runs begin when it is taken: at most so long after it came. */
const takenWithinMs = 600_000;
/** So far a clock may have been set back in between. */
const setBackMs = 60_000;

type Range = Readonly<Record<"since" | "until" | "limit", number>>;

/**
 * The newest messages that started a run of a flow. Where the flow had none for long, what came
 * meanwhile is skipped: of a flow that is seldom, or not there, all messages would be read.
 */
export function messagesOfFlow(
  query: Queries,
  {
    flow,
    type,
    since,
    until,
    limit,
  }: Range & {
    readonly flow: string;
    readonly type?: string | undefined;
  },
  page = pageDefault,
): readonly MessageListRecord[] {
  const found: MessageListRecord[] = [];
  let upper = until;
  while (found.length < limit) {
    const before = upper + takenWithinMs;
    const newest = query.get<{ at: number | null }>("run-flow-newest", { flow, before })?.at;
    if (newest === null || newest === undefined) break;
    upper = Math.min(upper, newest + setBackMs);
    const end = query.get<{ receivedAt: number }>("message-page-end", {
      since,
      until: upper,
      rows: page,
    })?.receivedAt;
    const values = { flow, since: end ?? since, until: upper, limit: limit - found.length };
    found.push(
      ...(type === undefined
        ? query.all<MessageListRecord>("message-list", values)
        : query.all<MessageListRecord>("message-list-type", { ...values, type })),
    );
    if (end === undefined) break;
    upper = end;
  }
  return found;
}
