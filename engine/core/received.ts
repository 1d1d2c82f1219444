import type { NewChild, NewEvent } from "../model/decision.ts";
import type { Received } from "../model/received.ts";
import type { RunSnapshot } from "../model/run.ts";
import type { ChildOrigin } from "./intake-input.ts";

/** An emitted event as the engine receives it from itself. */
export function receivedEvent(event: NewEvent, run: RunSnapshot): Received {
  return {
    channel: "event",
    source: run.flow,
    type: event.type,
    dedupeKey: event.dedupeKey,
    data: event.data,
    headers: {},
    correlationId: run.message.correlationId,
    traceparent: run.message.traceparent,
  };
}

/** A child run's message. */
export function receivedChild(child: NewChild, run: RunSnapshot): Received {
  return {
    channel: "run",
    source: run.flow,
    type: child.flow,
    // The commit that starts it happens once; a replay of the parent starts another.
    dedupeKey: `${run.id}/${child.path}`,
    data: child.data,
    headers: {},
    flow: child.flow,
    correlationId: run.message.correlationId,
    traceparent: run.message.traceparent,
  };
}

/** Where a child run comes from: its parent holds its own lane and those of its ancestors. */
export function childOrigin(child: NewChild, run: RunSnapshot): ChildOrigin {
  return {
    parent: { runId: run.id, path: child.path },
    ancestors: [...run.ancestors, { flow: run.flow, laneKey: run.laneKey }],
    identity: child.identity,
    ...(run.region === undefined ? {} : { region: run.region }),
  };
}
