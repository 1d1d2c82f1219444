import { isJsonObject, type Instant, type Json } from "../../model/json.ts";
import type { Failure } from "../../errors/failure.ts";
import type { RawOutcome } from "../../model/request.ts";

/**
 * What an operation remembers between events: plain data, part of the run's state. Its requests
 * are journaled, so that a crash, a retry or a resume goes on at the one that is open.
 */
export interface CallMemo {
  /** The operation's input, checked. */
  input: Json;
  /** Place of the request that is under way. */
  index: number;
  /** `$requests`: results by id. */
  done: Record<string, Json>;
  /** Set while a request with `each` is under way. */
  each?: { items: readonly Json[]; at: number; results: Json[] };
  /** Set while a request with `use` is under way: the template's requests. */
  use?: {
    at: number;
    done: Record<string, Json>;
    call: Record<string, Json>;
    /** One of the template's requests was refused: what is left only tidies up. */
    refused?: Failure;
  };
  page?: {
    number: number;
    cursor: Record<string, Json>;
    rows: Json[];
    url?: string;
    asked?: string;
  };
  open?: OpenDelivery;
  /** The answer whose expectations are being checked. */
  answered?: Answered;
  /** A row of a reference table that is being read. */
  reading?: { path: string; table: string; key: string; deliveryId?: string };
  /** The last answer: `$result` and `$response` of what comes after the requests. */
  last?: { result: Json; response: Json };
  /** Path of the last write that was answered. */
  wrote?: string;
  /** Set when a template was refused: a retry begins it anew. */
  anew?: boolean;
  /** Request from which a retry starts anew. */
  againFrom?: string;
  /** How often each delivery was built; a further one has a path of its own. */
  builds: Record<string, number>;
  /** Keys of effects that stood in doubt before, and may be sent: looked up, or a person said so. */
  cleared?: string[];
  /** Rows of reference tables read for this call, by fact key. */
  references: Record<string, Json>;
  effects: EffectOfCall[];
  /** Set once the operation's own expectations held. */
  checked?: true;
  /** An older answer may stand in for this one's. */
  replaceable?: true;
}

/** A delivery that is out, or whose outcome is being judged. */
export interface OpenDelivery {
  /**
   * `doubt`: did it happen? `adopt`: what was there already? `expect`: a look before going on.
   * `verify`: does what was done show?
   */
  kind: "request" | "doubt" | "adopt" | "expect" | "verify";
  path: string;
  write: boolean;
  firstAt: Instant;
  deliveryId?: string;
  effect?: EffectOfCall;
  /** Name of the look-up, for all but requests. */
  lookup?: string;
  /** The request that a look-up is about. */
  about?: OpenDelivery;
  /** Its outcome, until it is judged. */
  outcome?: RawOutcome;
  crashed?: boolean;
  /** Set while a request in doubt is left to settle. */
  settling?: boolean;
  /** Set while its outcome is looked up because we crashed: that is no failure of the partner. */
  doubtedByCrash?: true;
  /** Set once an earlier attempt may have taken effect. */
  doubted?: boolean;
  /** The ledger has it as in doubt. */
  onRecord?: true;
  /** It was sent by a run before this one, and not by this one yet. */
  left?: LeftInDoubt;
}

/** How an effect came to stand in doubt in the ledger. */
export interface LeftInDoubt {
  /** When it was first sent. */
  readonly at: Instant;
  /** By which run, where that is not gone. */
  readonly runId?: string;
  /** What was sent then is not what would be sent now. */
  readonly isOther?: true;
  /** It was done; whether it was undone is what nobody knows. */
  readonly isUndoing?: true;
}

export interface Answered {
  result: Json;
  response: Json;
  /** Place of the next expectation. */
  expectation: number;
  /** Until when it is looked whether the write shows; set by the first look. */
  verifyUntil?: Instant;
  verified?: true;
  /** The request's own delivery, to send again when an expectation says so. */
  open?: OpenDelivery;
}

/** The identity of one effect, for the ledger. */
export interface EffectOfCall {
  key: string;
  bodyHash: string;
  path: string;
  /** What it does is set rather than made: as often as one likes, and no harm where it is left. */
  safe?: true;
}

export function newMemo(input: Json): CallMemo {
  return { input, index: 0, done: {}, builds: {}, references: {}, effects: [] };
}

/** True while a write may have happened and nobody knows, by what a step recorded of its operation. */
export function isInDoubt(recorded: Json): boolean {
  if (!isJsonObject(recorded) || !isJsonObject(recorded["open"])) return false;
  const open = recorded["open"] as unknown as OpenDelivery;
  if (open.kind === "doubt") return true;
  return open.kind === "request" && (open.settling === true || open.doubted === true);
}

/** The recorded memo as a copy that may be changed: what it holds of answers is shared, not copied. */
export function openMemo(recorded: Json): CallMemo {
  const memo = { ...(recorded as unknown as CallMemo) };
  memo.done = { ...memo.done };
  memo.builds = { ...memo.builds };
  memo.references = { ...memo.references };
  memo.effects = [...memo.effects];
  const { cleared, each, use, page, open, answered, reading } = memo;
  if (cleared !== undefined) memo.cleared = [...cleared];
  if (each !== undefined) memo.each = { ...each, results: [...each.results] };
  if (use !== undefined) memo.use = { ...use, done: { ...use.done } };
  if (page !== undefined) memo.page = { ...page };
  if (open !== undefined) memo.open = copyOf(open);
  if (answered !== undefined) memo.answered = copyOfAnswered(answered);
  if (reading !== undefined) memo.reading = { ...reading };
  return memo;
}

/** The effects on record in a memo. */
export function effectsIn(recorded: Json): readonly EffectOfCall[] {
  const { effects } = recorded as unknown as CallMemo;
  return Array.isArray(effects) ? effects : [];
}

/** The delivery on record in a memo as the one that is out. */
export function openIn(recorded: Json): Readonly<OpenDelivery> | undefined {
  return (recorded as unknown as CallMemo).open;
}

function copyOf(open: OpenDelivery): OpenDelivery {
  return open.about === undefined ? { ...open } : { ...open, about: { ...open.about } };
}

function copyOfAnswered(answered: Answered): Answered {
  return answered.open === undefined
    ? { ...answered }
    : { ...answered, open: copyOf(answered.open) };
}

/** The memo as it is recorded. Members are deleted and never set to undefined, so it is plain JSON. */
export function recordable(memo: CallMemo): Json {
  return memo as unknown as Json;
}
