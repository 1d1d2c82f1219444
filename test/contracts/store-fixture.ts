import { type Decision, type NewDelivery, plainDecision } from "../../engine/model/decision.ts";
import type { Message } from "../../engine/model/message.ts";
import type { RunEvent } from "../../engine/model/run-event.ts";
import type { RunState } from "../../engine/model/run.ts";
import type { ClaimedRun, Intake, NewRun, RunCommit, Store } from "../../engine/ports/store.ts";

/** Opens a fresh store for one test; it is disposed of afterwards. */
export type UseStore = () => Promise<StoreUnderTest>;

/** A store under test, and what its kind can do. */
export interface StoreUnderTest {
  readonly store: Store;
  /** As after the process died: the same data, nothing of what was in memory, `recover` not yet called. */
  readonly restart: () => Promise<Store>;
  readonly dispose: () => Promise<void>;
}

export const hour = 3_600_000;
/** Time in these tests starts here and moves only where a test says so. */
export const start = 1_700_000_000_000;
export const emptyState: RunState = { version: 1, phase: "steps", nodes: {}, completions: 0 };

/** Ids that look like UUIDv7 and come in order. */
function idSource(): (name?: string) => string {
  let last = 0;
  return () => {
    last += 1;
    return `018bcfe5-6800-7000-8000-${last.toString(16).padStart(12, "0")}`;
  };
}

/** Makes the port's inputs; each test gives what it is about. */
export class Fixture {
  readonly id = idSource();

  message(given: Partial<Message> = {}): Message {
    const id = this.id();
    return {
      id,
      channel: "event",
      source: "crm",
      type: "crm.opportunity.won",
      dedupeKey: id,
      time: start,
      receivedAt: start,
      data: { total: "12.50" },
      headers: {},
      correlationId: id,
      traceparent: `00-${"1".repeat(32)}-${"2".repeat(16)}-01`,
      ...given,
    };
  }

  run(given: Partial<NewRun> = {}): NewRun {
    const id = this.id();
    const flow = given.flow ?? "orders";
    return {
      id,
      flow,
      generation: "g1",
      laneKey: "K1",
      lane: flow,
      identity: id,
      identityUntil: start + hour,
      priority: 1,
      order: "every",
      ancestors: [],
      ...given,
    };
  }

  intake(given: Partial<Intake> = {}): Intake {
    return {
      message: this.message(),
      runs: [],
      correlate: {},
      keepUntil: start + hour,
      dedupeUntil: start + hour,
      ...given,
    };
  }

  delivery(given: Partial<NewDelivery> = {}): NewDelivery {
    return {
      path: "steps.order/create",
      system: "erp",
      adapter: "tryton",
      operation: "createOrder",
      request: {
        method: "POST",
        url: "http://erp.test/orders",
        headers: { "x-one": "1" },
        body: { number: "SO-1" },
        encode: "json",
        timeoutMs: 1000,
      },
      read: false,
      effectKey: "effect-1",
      attempt: 0,
      due: start,
      markSent: false,
      ...given,
    };
  }

  commit(
    runId: string,
    decision: Partial<Decision> = {},
    given: Partial<Omit<RunCommit, "decision">> = {},
  ): RunCommit {
    const whole = decisionOf(decision);
    return {
      runId,
      flow: "orders",
      decision: whole,
      event: { kind: "start" },
      intakes: [],
      deliveryIds: whole.deliveries.map(() => this.id()),
      taskIds: whole.tasks.map(() => this.id()),
      ...given,
    };
  }

  /** Accepts one message with one run; returns the run's id. */
  async accept(
    store: Store,
    run: Partial<NewRun> = {},
    message: Partial<Message> = {},
  ): Promise<string> {
    const made = this.run(run);
    await store.accept(this.intake({ message: this.message(message), runs: [made] }), start);
    return made.id;
  }

  /** Accepts, claims and commits: the run stands as the decision says. */
  async started(
    store: Store,
    decision: Partial<Decision> = {},
    run: Partial<NewRun> = {},
  ): Promise<{ readonly runId: string; readonly commit: RunCommit }> {
    const runId = await this.accept(store, run);
    await store.claim(100, start);
    const commit = this.commit(runId, { status: "active", ...decision });
    await store.commit(commit, start);
    return { runId, commit };
  }
}

function decisionOf(given: Partial<Decision> = {}): Decision {
  return { ...plainDecision({ status: "done", state: emptyState }), ...given };
}

export function answered(deliveryId: string, path = "steps.order/create"): RunEvent {
  const response = { status: 200, headers: {}, body: { id: 7 } };
  return {
    kind: "outcome",
    deliveryId,
    path,
    outcome: { kind: "response", response, ms: 12.5 },
    crashed: false,
  };
}

export async function claimIds(store: Store, now = start): Promise<readonly string[]> {
  return (await store.claim(100, now)).map((claimed: ClaimedRun) => claimed.snapshot.id);
}

export async function statusOf(store: Store, runId: string): Promise<string | undefined> {
  return (await store.read.run(runId))?.status;
}

/** The first item, which must be there. */
export function only<T>(items: readonly T[]): T {
  const [item] = items;
  if (item === undefined || items.length !== 1) {
    throw new Error(`expected one, got ${items.length}`);
  }
  return item;
}
