import type { Failure } from "../errors/failure.ts";
import type { CrosswalkLink, Decision, OwnershipConflict } from "../model/decision.ts";
import { factKey, type FactRequest, type Scope } from "../model/expression.ts";
import type { Instant, Json } from "../model/json.ts";
import type { FlowPlan } from "../model/plan/flow.ts";
import type { TimerName } from "../model/run-event.ts";
import type { NodeState, RunState, RunStatus } from "../model/run.ts";
import { isInDoubt } from "../steps/operation/memo.ts";
import type { DecideInput } from "./decide-input.ts";
import type { Frame } from "./frame.ts";

const noNeeds: ReadonlyMap<string, FactRequest> = new Map();

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * The decision in the making: a copy of the run's state that may be changed, and everything that
 * the event gives rise to. Nothing outside is touched.
 */
export class Draft {
  readonly input: DecideInput;
  readonly flow: FlowPlan;
  readonly nodes: Record<string, NodeState>;
  readonly state: Mutable<Omit<RunState, "nodes" | "version">>;
  /** Results known so far, those of this decision included. */
  readonly results: Map<string, Json>;
  readonly changed: Record<string, Json> = {};
  /** `$state` of the lane, what this decision remembers included. */
  laneState: Json;
  /** Facts that came in, and over them what this decision links: a later step of it sees that. */
  facts: DecideInput["facts"];
  /** Raised whenever something changes that expressions may read. */
  version = 0;
  /** What expressions see, by where they stand and as of which version; built when one asks. */
  readonly scopes = new Map<Frame, { readonly version: number; readonly scope: Scope }>();
  fixed: Scope | undefined;

  readonly history: Mutable<Decision["history"][number]>[] = [];
  readonly deliveries: Decision["deliveries"][number][] = [];
  readonly resends: Decision["resends"][number][] = [];
  readonly cancelDeliveries: string[] = [];
  readonly timers: Decision["timers"][number][] = [];
  readonly cancelTimers: Decision["cancelTimers"][number][] = [];
  readonly emits: Decision["emits"][number][] = [];
  readonly children: Decision["children"][number][] = [];
  readonly compensations: { childRunId: string; path: string }[] = [];
  readonly listens: Decision["listens"][number][] = [];
  readonly tasks: Decision["tasks"][number][] = [];
  readonly closes: string[] = [];
  readonly forgets: string[] = [];
  readonly declines: { path: string; messageId: string }[] = [];
  readonly remembers: Json[] = [];
  readonly links: Decision["links"][number][] = [];
  readonly conflicts: OwnershipConflict[] = [];
  readonly caches: Decision["caches"][number][] = [];
  readonly milestones: Decision["milestones"][number][] = [];
  readonly effects: Decision["effects"][number][] = [];
  readonly problems: Decision["problems"][number][] = [];
  response: Decision["response"];
  end: Decision["end"];
  endPath: string | undefined;

  /** Facts that are missing, by key: then there is no decision yet. */
  needs: ReadonlyMap<string, FactRequest> = noNeeds;
  /** A step that is open lets the lane go. */
  released = false;

  constructor(input: DecideInput, flow: FlowPlan) {
    const { nodes, version: _, ...state } = input.run.state;
    this.input = input;
    this.flow = flow;
    this.nodes = { ...nodes };
    this.state = { ...state };
    this.results = new Map(Object.entries(input.run.results));
    this.laneState = input.run.laneState;
    this.facts = input.facts;
  }

  get now(): Instant {
    return this.input.now;
  }

  need(request: FactRequest): void {
    this.needs = new Map([...this.needs, [factKey(request), request]]);
  }

  link(link: CrosswalkLink): void {
    this.links.push(link);
    const { canonicalId, entity, id, system } = link;
    this.facts = new Map(this.facts)
      .set(factKey({ kind: "xref", entity, system, id: canonicalId }), id)
      .set(factKey({ kind: "canonical", entity, system, id }), canonicalId);
    this.version += 1;
  }

  setResult(path: string, value: Json): void {
    this.results.set(path, value);
    this.changed[path] = value;
    this.version += 1;
  }

  /** Merges into a node; `undefined` removes a member. */
  patch(
    path: string,
    change: { readonly [K in keyof NodeState]?: NodeState[K] | undefined },
  ): void {
    const before = this.nodes[path];
    const node: Record<string, unknown> =
      before === undefined ? { startedAt: this.now, failures: 0 } : { ...before };
    for (const name in change) {
      const value = change[name as keyof NodeState];
      if (value !== undefined) node[name] = value;
      else if (name in node) delete node[name];
    }
    this.nodes[path] = node as unknown as NodeState;
  }

  /** Takes the steps under a path out of the run's state; their history stays. */
  forget(under: string): void {
    const isInside = (path: string): boolean => path.startsWith(`${under}.`);
    for (const path of Object.keys(this.nodes)) if (isInside(path)) delete this.nodes[path];
    for (const path of this.results.keys()) if (isInside(path)) this.results.delete(path);
    this.forgets.push(under);
  }

  note(path: string, what: string, detail?: Json): void {
    this.history.push(detail === undefined ? { path, what } : { path, what, detail });
  }

  timer(path: string, name: TimerName, due: Instant): void {
    this.timers.push({ path, name, due });
  }

  cancelTimer(path: string, name: TimerName): void {
    this.cancelTimers.push({ path, name });
  }

  report(kind: Decision["problems"][number]["kind"], path: string, failure: Failure): void {
    this.problems.push({ kind, path, failure });
  }

  /** Writes of steps at work that may have happened. */
  #doubts(): number {
    return Object.values(this.nodes).filter(
      ({ status, memo }) =>
        (status === "waiting" || status === "retrying") && memo !== undefined && isInDoubt(memo),
    ).length;
  }

  /** The decision, whole. */
  close(status: RunStatus): Decision {
    const { doubts: before = 0, ...state } = this.state;
    const doubts = this.#doubts();
    const doubted = doubts === 0 ? {} : { doubts };
    const decision: Mutable<Decision> = {
      status,
      state: { version: 1, ...state, ...doubted, nodes: this.nodes },
      results: this.changed,
      history: this.history,
      deliveries: this.deliveries,
      resends: this.resends,
      cancelDeliveries: this.cancelDeliveries,
      timers: this.timers,
      cancelTimers: this.cancelTimers,
      emits: this.emits,
      children: this.children,
      listens: this.listens,
      tasks: this.tasks,
      closes: this.closes,
      remembers: this.remembers,
      links: this.links,
      caches: this.caches,
      milestones: this.milestones,
      effects: this.effects,
      problems: this.problems,
    };
    // What few decisions have. Spread into the literal, all of it would cost more than the rest.
    if (doubts !== before) decision.doubts = doubts;
    if (this.compensations.length > 0) decision.compensations = this.compensations;
    if (this.forgets.length > 0) decision.forgets = this.forgets;
    if (this.declines.length > 0) decision.declines = this.declines;
    if (this.conflicts.length > 0) decision.conflicts = this.conflicts;
    if (this.response !== undefined) decision.response = this.response;
    if (this.end !== undefined) decision.end = this.end;
    if (this.endPath !== undefined) decision.endPath = this.endPath;
    return decision;
  }
}
