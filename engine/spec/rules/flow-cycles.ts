import type { SourceRef } from "../../errors/diagnostic.ts";
import type { FlowDocument } from "../documents/document.ts";
import { allSteps, asKind, everyStep } from "./blocks.ts";
import type { Report, Rule } from "./rule.ts";
import type { Workspace } from "./workspace.ts";

/** One flow starts another. */
interface Edge {
  readonly to: string;
  readonly at: SourceRef;
  /** Where the event is emitted, when a flow that this one runs does it. */
  readonly emit?: SourceRef | undefined;
}

type Graph = ReadonlyMap<string, readonly Edge[]>;

export const flowRunCycle: Rule = {
  code: "flow/run-cycle",
  docs: "A child run waits for its lane. Flows that run one another in a circle could wait for themselves; without circles no lane can deadlock.",
  wrong: "flow: a\nsteps: [ { run: b } ]  # and flow b has { run: a }",
  right: "flow: a\nsteps: [ { run: b } ]  # and flow b runs neither a nor itself",
  check(workspace, report) {
    const graph = new Map(
      workspace.flows.map((flow) => [
        flow.name,
        stepsOf(flow).flatMap(({ step }): Edge[] => {
          const running = asKind(step, "run");
          // Declared recursion ends at its depth.
          if (running === undefined || running.beside.depth !== undefined) return [];
          return [{ to: running.argument, at: step.at }];
        }),
      ]),
    );
    reportCycles(
      graph,
      report,
      "flows run one another in a circle",
      "move what they share into a flow that both run, or declare depth: on the run that closes the circle",
    );
  },
};

export const flowEventLoop: Rule = {
  code: "flow/event-loop",
  docs: "Event to flow to event to flow, without a condition anywhere, never ends. One guard in the circle is enough, and says when it ends.",
  wrong:
    "flow: echo\ntrigger: { event: note.made }\nemits: { note.made: canonical/note@1 }\nsteps: [ { emit: note.made } ]",
  right:
    'flow: echo\ntrigger: { event: note.made, where: "$message.data.depth = 0" }\nemits: { note.made: canonical/note@1 }\nsteps: [ { emit: note.made } ]',
  check(workspace, report) {
    const listeners = new Map<string, string[]>();
    for (const { plan, name } of workspace.flows) {
      for (const trigger of plan.trigger ?? []) {
        if (trigger.kind !== "event" || trigger.where !== undefined) continue;
        listeners.set(trigger.value, [...(listeners.get(trigger.value) ?? []), name]);
      }
    }
    const graph = new Map(
      workspace.flows.map((flow) => {
        const emits = unguardedEmits(workspace, flow, new Set());
        const edges = emits.flatMap(({ event, at, emit }) =>
          (listeners.get(event) ?? []).map((to): Edge => ({ to, at, emit })),
        );
        return [flow.name, edges];
      }),
    );
    const help = "guard one of them: where on the trigger, or if on the emit";
    reportCycles(graph, report, "events start these flows in a circle, without a condition", help);
  },
};

interface Emitted {
  readonly event: string;
  /** The step of the flow that emits it, or that runs the flow that does. */
  readonly at: SourceRef;
  readonly emit?: SourceRef;
}

/** Emits that happen whenever the flow runs: no condition on them or around them. */
function unguardedEmits(
  workspace: Workspace,
  flow: FlowDocument,
  around: ReadonlySet<string>,
): readonly Emitted[] {
  if (flow.plan.steps.some(({ kind, common }) => kind === "stop" && common.if !== undefined)) {
    return [];
  }
  return everyStep(flow.plan.steps).flatMap(({ step, within }): readonly Emitted[] => {
    const event = asKind(step, "emit")?.argument;
    const child = workspace.flow(asKind(step, "run")?.argument ?? "");
    if (event === undefined && child === undefined) return [];
    const guarded = [step, ...within].some(
      (one) => one.common.if !== undefined || one.kind === "route" || one.kind === "listen",
    );
    if (guarded) return [];
    if (event !== undefined) return [{ event, at: step.at }];
    // Flows that run one another in a circle have a finding of their own.
    if (child === undefined || around.has(child.name)) return [];
    const emitted = unguardedEmits(workspace, child, new Set([...around, flow.name]));
    return emitted.map(({ event: inner, at, emit = at }) => ({ event: inner, at: step.at, emit }));
  });
}

function stepsOf(flow: FlowDocument) {
  return allSteps(flow.plan);
}

/** One finding per circle, at the edge that closes it; the same circle is not told twice. */
function reportCycles(graph: Graph, report: Report, what: string, help: string): void {
  const done = new Set<string>();
  const visit = (name: string, path: readonly string[]): void => {
    for (const { to, at, emit } of graph.get(name) ?? []) {
      const start = path.indexOf(to);
      if (start >= 0) {
        report(at, `${what}: ${[...path.slice(start), to].join(" → ")}`, {
          help,
          ...(emit && { related: [{ at: emit, message: "the event is emitted here" }] }),
        });
      } else if (!done.has(to)) {
        visit(to, [...path, to]);
      }
    }
    done.add(name);
  };
  for (const name of graph.keys()) if (!done.has(name)) visit(name, [name]);
}
