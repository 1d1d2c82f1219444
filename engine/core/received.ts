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
    dedupeKey: child.identity,
    data: child.data,
    headers: {},
    flow: child.flow,
    correlationId: run.message.correlationId,
    traceparent: run.message.traceparent,
  };
}

/** Where a child run comes from: its parent holds its own lane and those of its ancestors. */
export function childOrigin(child: NewChild, run: RunSnapshot, lane: string): ChildOrigin {
  return {
    parent: { runId: run.id, path: child.path },
    ancestors: [...run.ancestors, { flow: lane, laneKey: run.laneKey }],
    identity: child.identity,
  };
}
