import type { Failure } from "../errors/failure.ts";
import type { FactRequest } from "./expression.ts";
import type { Instant, Json } from "./json.ts";
import type { HttpRequest } from "./request.ts";
import type { RunState, RunStatus } from "./run.ts";
import type { TimerName } from "./run-event.ts";

/** `decide` either decides, or says which facts it needs first. It is a pure function. */
export type Decided =
  | { readonly kind: "decision"; readonly decision: Decision }
  | { readonly kind: "needs"; readonly facts: readonly FactRequest[] };

/** All that one event changes: plain data, taken by the store in one transaction. */
export interface Decision {
  readonly status: RunStatus;
  readonly state: RunState;
  /** How many of its writes are in doubt now, where that changed. */
  readonly doubts?: number;
  /** New or changed step results, by path; `undefined` results are not rows. */
  readonly results: Readonly<Record<string, Json>>;
  /**
   * Paths of what is over for good, such as an item of a long split: their results, and those of
   * everything inside, are history, and no decision gets them any more. Absent for none.
   */
  readonly forgets?: readonly string[];
  readonly history: readonly HistoryEntry[];
  readonly deliveries: readonly NewDelivery[];
  /**
   * The same request once more, not before `due`: a retry never builds its body anew. The delivery
   * may be settled already (its doubt was looked into, or its run was resumed).
   */
  readonly resends: readonly {
    readonly deliveryId: string;
    readonly due: Instant;
    readonly attempt: number;
    /** Of a write that may have happened: until then the partner knows its key. */
    readonly sendBefore?: Instant;
  }[];
  /** Deliveries that no longer matter, by path prefix (the step timed out before they were sent). */
  readonly cancelDeliveries: readonly string[];
  readonly timers: readonly {
    readonly path: string;
    readonly name: TimerName;
    readonly due: Instant;
  }[];
  readonly cancelTimers: readonly { readonly path: string; readonly name: TimerName }[];
  readonly emits: readonly NewEvent[];
  readonly children: readonly NewChild[];
  /**
   * Child runs, done before, that must undo their steps: each gets a `compensate` event with this
   * path in the same commit, although it had ended.
   */
  readonly compensations?: readonly { readonly childRunId: string; readonly path: string }[];
  readonly listens: readonly NewListen[];
  readonly tasks: readonly NewTask[];
  /** Paths whose open listens and tasks end here. */
  readonly closes: readonly string[];
  /** Events that a listen was told of and does not take: it listens on, and the next is offered them. */
  readonly declines?: readonly { readonly path: string; readonly messageId: string }[];
  /** RFC 7396 merge patches for the lane's `$state`, in order. */
  readonly remembers: readonly Json[];
  readonly links: readonly CrosswalkLink[];
  /** Values that did not stand against those of their system of record. */
  readonly conflicts?: readonly OwnershipConflict[];
  readonly caches: readonly CacheEntry[];
  readonly milestones: readonly { readonly name: string; readonly path: string }[];
  /** Outcomes for the effect ledger. */
  readonly effects: readonly EffectRecord[];
  /** Answer for the caller of an API flow. */
  readonly response?: ApiResponse;
  /** Set when the run parks for a person, or reports an issue and goes on. */
  readonly problems: readonly Problem[];
  /** Set when the run ends: told to the parent, if there is one. */
  readonly end?: { readonly output: Json } | { readonly failure: Failure };
  /** Where the end is to be told, when it is not the path that the parent started the run from. */
  readonly endPath?: string;
}

/** A decision that says where the run stands, and does nothing else. */
export function plainDecision({ status, state }: Pick<Decision, "status" | "state">): Decision {
  return {
    status,
    state,
    results: {},
    history: [],
    deliveries: [],
    resends: [],
    cancelDeliveries: [],
    timers: [],
    cancelTimers: [],
    emits: [],
    children: [],
    listens: [],
    tasks: [],
    closes: [],
    remembers: [],
    links: [],
    caches: [],
    milestones: [],
    effects: [],
    problems: [],
  };
}

/** One line of a run's journal. */
export interface HistoryEntry {
  readonly path: string;
  /** `started`, `sent`, `answered`, `retrying`, `done`, `failed`, `undone`, `waiting`, … */
  readonly what: string;
  readonly detail?: Json;
}

/** One outbound request of a run, for the outbox. */
export interface NewDelivery {
  /** `steps.order/create`, `steps.lines[SKU-7].post/find`: the step's path, then the request's id. */
  readonly path: string;
  readonly system: string;
  readonly adapter: string;
  readonly operation: string;
  readonly request: HttpRequest;
  /** True for reads: may be resent without a thought. */
  readonly read: boolean;
  /** Business identity of the effect: idempotency key at the partner; absent for reads. */
  readonly effectKey?: string;
  /** How many attempts went before, counted by failures. */
  readonly attempt: number;
  /** Not before this time. */
  readonly due: Instant;
  /** Mark `sent` in a commit of its own before the first byte leaves (neither resendable nor to be looked up). */
  readonly markSent: boolean;
  /**
   * Its answer is of no use later: what cannot leave before is told so at once, and not when the step's
   * time is up. Only of reads; kept in memory alone, since the step has a timer of its own.
   */
  readonly useBefore?: Instant;
  /** An older answer may stand in for its own: that it will hardly leave in time is enough. */
  readonly replaceable?: true;
  /**
   * What the flow declares as context for the partner's own logs (order, tier, region): sent as W3C `baggage`, with
   * correlation id, flow and lane key; kept with the request.
   */
  readonly context?: Readonly<Record<string, string>>;
}

/** An event the run emits: becomes a message in the same commit. */
export interface NewEvent {
  readonly path: string;
  readonly type: string;
  readonly data: Json;
  /** Derived from the effect's identity, so that a replay emits the same event, not a second. */
  readonly dedupeKey: string;
}

/** A child run (`run:`), in its own lane, on the parent's generation. */
export interface NewChild {
  readonly path: string;
  readonly flow: string;
  readonly data: Json;
  readonly identity: string;
}

/** A durable wait for an event; early events are matched too. */
export interface NewListen {
  readonly path: string;
  readonly event: string;
  /** Fields declared by the event's contract, with the values they must equal. */
  readonly correlate: Readonly<Record<string, string>>;
  readonly until: Instant;
  readonly consume: boolean;
  /** Only events received after this time; those that came early, too, unless told. */
  readonly after?: Instant;
}

/** A durable decision by a person. */
export interface NewTask {
  readonly path: string;
  readonly team: string;
  readonly title: string;
  readonly choices: readonly string[];
  /** Of a choice among several: what may be picked. */
  readonly among?: Readonly<Record<string, readonly string[]>>;
  readonly show: Json;
  readonly due: Instant;
}

export interface CrosswalkLink {
  readonly entity: string;
  readonly canonicalId: string;
  readonly system: string;
  readonly id: string;
}

/** A value that was given for an attribute by a system that is not its system of record. */
export interface OwnershipConflict {
  readonly entity: string;
  readonly canonicalId: string;
  readonly attribute: string;
  /** The attribute's system of record. */
  readonly owner: string;
  /** What stands. */
  readonly kept: Json;
  /** Who gave the value that does not stand. */
  readonly source: string;
  readonly given: Json;
  /** The owner says otherwise, or was not asked and nobody may speak for it. */
  readonly reason: "overruled" | "withheld";
  /** Marked by `x-pii`. */
  readonly personal: boolean;
}

export interface CacheEntry {
  /** `factKey` of a `reference` or `cache` request. */
  readonly key: string;
  readonly value: Json;
  readonly fetchedAt: Instant;
  readonly expiresAt: Instant;
}

/** What the ledger has of an effect in doubt. */
export interface DoubtRecord {
  /** `erp.createOrder`. */
  readonly operation: string;
  /** When it was first sent. */
  readonly since: Instant;
}

export type EffectRecord = {
  readonly key: string;
  readonly path: string;
} & (
  | {
      /** Hash of the body sent: another body under the same key stops for a person. */
      readonly bodyHash: string;
      readonly outcome: { readonly result: Json };
    }
  | {
      readonly bodyHash: string;
      /** What the whole operation gave, by a person's word: what this request was answered is not known. */
      readonly outcome: { readonly output: Json };
    }
  | {
      /** Of what was undone, the ledger has it. */
      readonly bodyHash?: string;
      /** Frees the key for another round. */
      readonly outcome: { readonly undone: true };
    }
  | {
      readonly bodyHash: string;
      /** It was sent, and nobody knows what became of it; of what was done before, nothing changes. */
      readonly outcome: { readonly doubt: DoubtRecord };
    }
  | {
      /** Of what stood in doubt, the ledger has it. */
      readonly bodyHash?: string;
      /** What stood in doubt did not happen: under its key nothing was ever sent. */
      readonly outcome: { readonly notDone: true };
    }
);

/** Answer of an API flow, or of the engine on its behalf. */
export interface ApiResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Json;
}

/** Something a person must know: a dead letter, an invalid message, a doubt, or an issue. */
export interface Problem {
  readonly kind: "dead" | "invalid" | "in-doubt" | "stuck" | "issue";
  readonly path: string;
  readonly failure: Failure;
}
