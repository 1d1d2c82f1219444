import type { Failure } from "../errors/failure.ts";
import { isJsonObject, type Json } from "../model/json.ts";
import type { Instant } from "../model/json.ts";
import type { Generation } from "../model/plan/generation.ts";
import type { Received } from "../model/received.ts";
import type { HttpRequest, RawOutcome } from "../model/request.ts";
import { type Difference, differences } from "./difference.ts";
import type { Happening, Rehearsed, RehearsalWorld, Script, Waits } from "./rehearsal.ts";
import { rehearse, type RehearsalRules } from "./rehearse.ts";

/** What was recorded of a run: its answers are those of the rehearsal. */
export interface RecordedRun {
  readonly id: string;
  readonly results: Readonly<Record<string, Json>>;
  /** Path of the step that failed: what it was answered is no answer to go on with. */
  readonly failedPath?: string;
  readonly requests: readonly {
    readonly path: string;
    readonly name: string;
    readonly read: boolean;
    readonly request: HttpRequest;
    /** Under which the ledger knows it. */
    readonly effectKey?: string;
    /** The last answer, if it was answered. */
    readonly answer?: RawOutcome;
  }[];
}

/** A call in doubt that is taken for done: the ledger of the rehearsal has what it gave. */
export interface SettledCall {
  /** Of its step. */
  readonly path: string;
  readonly key: string;
  readonly bodyHash: string;
  readonly output: Json;
}

export interface ReplayEffectsInput {
  readonly generation: Generation;
  readonly flow: string;
  readonly received: Received;
  readonly messageId: string;
  /** Of the run that is replayed, where one step of it is. */
  readonly identity?: string;
  readonly now: Instant;
  readonly laneState: Json;
  readonly recorded: RecordedRun;
  /** A person lets the run itself go on: what nobody can ask about is sent again. */
  readonly resumes?: boolean;
  readonly settled?: SettledCall;
  readonly rules: RehearsalRules;
  readonly world: RehearsalWorld;
}

/**
 * What a replay would do to the outside, beside what the run did:
 * - `same`, `changed`: it would be sent, as it was or otherwise;
 * - `new`: it would be sent, and was not;
 * - `done`: the ledger has it, so that it would not be sent again;
 * - `gone`: it was sent, and would not be any more;
 * - `conflict`: the ledger has another body under its key: the replay would stop for a person;
 * - `in-doubt`: it was sent, and nobody knows whether it took effect: `next` says what would be done.
 */
export type EffectVerdict = "same" | "changed" | "new" | "done" | "gone" | "conflict" | "in-doubt";

/**
 * What would become of a doubt: it is looked up, sent again under its key, left to a person, sent again
 * since a person says so, or left as it is while it is sent as a second effect.
 */
export type DoubtNext = "look-up" | "same-key" | "person" | "again" | "second";

export interface ReplayEffect {
  readonly path: string;
  /** `erp.createOrder`. */
  readonly name: string;
  readonly verdict: EffectVerdict;
  /** Of one in doubt; absent where the rehearsal does not come so far. */
  readonly next?: DoubtNext;
  readonly differences: readonly Difference[];
}

export interface ReplayEffects {
  readonly effects: readonly ReplayEffect[];
  /** Reads that would be sent again. */
  readonly reads: number;
  /** Where the rehearsal ended. */
  readonly status: Rehearsed["status"];
  /** Set where it could go no further, and why. */
  readonly openEnd?: string;
  /** Events that it would emit. */
  readonly events: Rehearsed["events"];
  /** Of a call that is taken for done: ids that the crosswalk would not get. */
  readonly linksOpen?: readonly string[];
  /** Why it would stop for a person; undefined where it would not. */
  readonly parks?: Failure;
}

/** Rehearses a replay twice: as if nothing had been done, and with the ledger. */
export async function replayEffects(input: ReplayEffectsInput): Promise<ReplayEffects> {
  const { settled } = input;
  const alone = await play(input, async (request) =>
    request.kind === "effect" ? entryOf(request.key, input) : input.world.fact(request),
  );
  const met = await play(input, async (request) =>
    request.kind === "effect"
      ? (entryOf(request.key, input) ?? input.world.fact(request))
      : input.world.fact(request),
  );
  const sent = new Map(input.recorded.requests.map((one) => [one.path, one]));
  const wouldSend = new Set(writes(met.rehearsed).map(({ path }) => path));
  const effects: ReplayEffect[] = [];
  for (const { path, system, operation, request, effectKey } of writes(alone.rehearsed)) {
    const name = `${system}.${operation}`;
    const before = sent.get(path);
    const found = before === undefined ? [] : differencesOf(before.request, request);
    const key = (await inDoubt(input, effectKey)) ?? (await inDoubt(input, before?.effectKey));
    if (key !== undefined) {
      const next = key === effectKey ? nextOf(path, met, input) : "second";
      const more = next === undefined ? {} : { next };
      effects.push({ path, name, verdict: "in-doubt", ...more, differences: found });
      continue;
    }
    const verdict = verdictOf(path, { wouldSend, met, isKnown: before !== undefined, found });
    effects.push({ path, name, verdict, differences: found });
  }
  const named = new Set(effects.map(({ path }) => path));
  for (const { path, read, name } of settled === undefined ? [] : input.recorded.requests) {
    if (read || named.has(path) || !isWithin(path, settled?.path ?? "")) continue;
    effects.push({ path, name, verdict: "done", differences: [] });
    named.add(path);
  }
  const openEnd = met.openEnd ?? alone.openEnd;
  // What comes after an open end may still be sent.
  const gone = input.recorded.requests.filter(
    ({ path, read }) => !read && !named.has(path) && openEnd === undefined,
  );
  return {
    effects: [
      ...effects,
      ...gone.map(({ path, name }) => ({
        path,
        name,
        verdict: "gone" as const,
        differences: [],
      })),
    ],
    reads: met.rehearsed.deliveries.filter(({ delivery }) => delivery.read).length,
    status: met.rehearsed.status,
    events: met.rehearsed.events,
    ...(settled === undefined ? {} : { linksOpen: linksOpen(met.rehearsed, settled) }),
    ...parks(met.rehearsed),
    ...(openEnd === undefined ? {} : { openEnd }),
  };
}

/** What the ledger would have of the call that is taken for done. */
function entryOf(key: string, { settled, now }: ReplayEffectsInput): Json {
  if (settled?.key !== key) return null;
  const { bodyHash, path, output } = settled;
  return { bodyHash, path, at: now, outcome: { output } };
}

/** `order O-1 in erp`. */
function linksOpen({ history }: Rehearsed, { path }: SettledCall): readonly string[] {
  return history
    .filter((entry) => entry.path === path && entry.what === "link-open")
    .map(({ detail }) => linkText(isJsonObject(detail) ? detail : {}));
}

function linkText({ entity, canonicalId, system }: Readonly<Record<string, Json>>): string {
  const known = [entity, canonicalId].filter((word) => typeof word === "string");
  return `${known.join(" ")} in ${typeof system === "string" ? system : ""}`;
}

/** The key, if what the ledger has under it is that nobody knows. */
async function inDoubt(
  { world }: ReplayEffectsInput,
  key: string | undefined,
): Promise<string | undefined> {
  const entry = key === undefined ? null : await world.fact({ kind: "effect", key });
  const outcome = isJsonObject(entry) ? entry["outcome"] : undefined;
  return isJsonObject(outcome) && outcome["doubt"] === true ? key : undefined;
}

/** What the rehearsal did about a doubt. */
function nextOf(
  path: string,
  { rehearsed: { history } }: Played,
  { resumes = false }: ReplayEffectsInput,
): DoubtNext | undefined {
  const met = history.find((entry) => entry.path === path && entry.what === "in-doubt");
  const next = isJsonObject(met?.detail) ? met.detail["next"] : undefined;
  if (next === "person") return resumes ? "again" : "person";
  return next === "look-up" || next === "same-key" ? next : undefined;
}

function parks({ status, problems }: Rehearsed): Pick<ReplayEffects, "parks"> {
  const failure = problems.find(({ kind }) => kind === status)?.failure;
  return failure === undefined ? {} : { parks: failure };
}

interface Played {
  readonly rehearsed: Rehearsed;
  readonly openEnd?: string;
}

async function play(input: ReplayEffectsInput, fact: RehearsalWorld["fact"]): Promise<Played> {
  const script = new RecordedScript(input.recorded);
  const { generation, received, flow, now, laneState, messageId, identity, world } = input;
  const rehearsed = await rehearse(
    {
      generation,
      received,
      flow,
      now,
      laneState,
      replayOf: messageId,
      ...(identity === undefined ? {} : { identity }),
      script,
      world: { ...world, fact },
    },
    input.rules,
  );
  const why = rehearsed.started ? script.openEnd : rehearsed.why;
  return { rehearsed, ...(why === undefined ? {} : { openEnd: why }) };
}

function writes(rehearsed: Rehearsed) {
  return rehearsed.deliveries.map(({ delivery }) => delivery).filter(({ read }) => !read);
}

function verdictOf(
  path: string,
  {
    wouldSend,
    met,
    isKnown,
    found,
  }: {
    readonly wouldSend: ReadonlySet<string>;
    readonly met: Played;
    readonly isKnown: boolean;
    readonly found: readonly Difference[];
  },
): EffectVerdict {
  if (!wouldSend.has(path)) return isConflict(met.rehearsed, path) ? "conflict" : "done";
  if (!isKnown) return "new";
  return found.length === 0 ? "same" : "changed";
}

/** It stopped at this step, since the ledger has another body under the effect's key. */
function isConflict({ problems }: Rehearsed, path: string): boolean {
  return problems.some(
    ({ failure }) => failure.code.includes("conflict") && path.startsWith(failure.path ?? "\u0000"),
  );
}

/** Between what was sent and what would be: address, then body. */
function differencesOf(before: HttpRequest, now: HttpRequest): readonly Difference[] {
  const shown = ({ method, url, query, body }: HttpRequest) => ({
    method,
    url,
    query: (query ?? {}) as Json,
    body: body ?? null,
  });
  return differences(shown(before), shown(now));
}

/** The world as it answered the first time; what it was not asked then it is not asked now. */
class RecordedScript implements Script {
  openEnd: string | undefined;
  readonly #recorded: RecordedRun;
  readonly #told = new Set<string>();

  constructor(recorded: RecordedRun) {
    this.#recorded = recorded;
  }

  async answer(delivery: {
    readonly path: string;
    readonly system: string;
    readonly operation: string;
  }) {
    const { requests, failedPath } = this.#recorded;
    const known = requests.find(({ path }) => path === delivery.path);
    const isFailed = failedPath !== undefined && isWithin(delivery.path, failedPath);
    if (known?.answer === undefined || isFailed) {
      this.openEnd ??= `what comes after ${delivery.system}.${delivery.operation} depends on its answer`;
      return undefined;
    }
    return known.answer;
  }

  async child(child: { readonly path: string; readonly flow: string }) {
    const output = this.#recorded.results[child.path];
    if (output !== undefined) return { output };
    this.openEnd ??= `what comes after run ${child.flow} depends on its end`;
    return undefined;
  }

  next(waits: Waits): Happening | undefined {
    const told = this.#answered(waits);
    if (told !== undefined) return told;
    const soon = waits.timers
      .filter(({ name }) => name === "retry" || name === "settle" || name === "wait")
      .sort((a, b) => a.due - b.due)[0];
    if (soon !== undefined) return { kind: "after", ms: Math.max(0, soon.due - waits.now) };
    if (waits.tasks.length + waits.listens.length > 0) {
      this.openEnd ??= "it waits for a person or an event, as it did";
    }
    return undefined;
  }

  #answered({ tasks, listens }: Waits): Happening | undefined {
    for (const { path } of tasks) {
      const result = this.#once(path);
      if (!isJsonObject(result)) continue;
      const { choice, by, pick } = result;
      if (typeof choice === "string" && typeof by === "string") {
        return { kind: "choose", path, choice, by, ...(typeof pick === "string" ? { pick } : {}) };
      }
    }
    for (const { path, event } of listens) {
      const data = this.#once(path);
      if (data !== undefined) return { kind: "event", type: event, data };
    }
    return undefined;
  }

  #once(path: string): Json | undefined {
    if (this.#told.has(path)) return undefined;
    this.#told.add(path);
    return this.#recorded.results[path];
  }
}

function isWithin(path: string, step: string): boolean {
  return path === step || path.startsWith(`${step}/`) || path.startsWith(`${step}.`);
}
