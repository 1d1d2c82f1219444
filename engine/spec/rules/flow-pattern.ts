import type { SourceRef } from "../../errors/diagnostic.ts";
import type { StepPlan } from "../../model/plan/step.ts";
import type { FlowDocument } from "../documents/document.ts";
import { allSteps, asKind } from "./blocks.ts";
import type { Report, Rule } from "./rule.ts";
import type { Workspace } from "./workspace.ts";

export const flowPattern: Rule = {
  code: "flow/pattern",
  docs: "A declared pattern is a promise to readers and callers: `sync` answers at once, `lookup` changes nothing, `callback` waits for an event, `batch` works through many, `event` is started by none but events.",
  wrong: "pattern: sync\nsteps:\n  - wait: { for: 10m }\n    lane: hold",
  right:
    'pattern: callback\nsteps:\n  - listen: { event: erp.order.approved, correlate: { orderId: "$message.data.orderId" }, within: 10m }\n    lane: hold',
  check(workspace, report) {
    for (const flow of workspace.flows) check(workspace, flow, report);
  },
};

const waits = new Set(["wait", "task", "listen"]);

function check(workspace: Workspace, flow: FlowDocument, report: Report): void {
  const steps = stepsThrough(workspace, flow);
  const { pattern, trigger = [] } = flow.plan;
  const at = patternAt(flow);
  switch (pattern) {
    case "sync":
    case "lookup":
      checkSteps(workspace, flow, { pattern, steps }, report);
      return;
    case "callback":
      if (steps.some(({ step: { kind } }) => kind === "listen" || kind === "task")) return;
      report(at, 'the flow declares pattern "callback", and no step listens for one', {
        help: "add a listen, or declare another pattern",
      });
      return;
    case "batch":
      if (steps.some(({ step: { kind } }) => kind === "split")) return;
      if (trigger.some(({ kind }) => kind === "schedule" || kind === "poll")) return;
      report(at, 'the flow declares pattern "batch", and has neither a split nor a schedule', {
        help: "add one of them, or declare another pattern",
      });
      return;
    case "event":
      if (trigger.length > 0 && trigger.every(({ kind }) => kind === "schedule")) {
        report(at, 'the flow declares pattern "event", and only a schedule starts it', {
          help: "declare pattern: batch, or add an event, webhook or poll",
        });
      }
      for (const one of trigger.filter(({ kind }) => kind === "api")) {
        report(one.at, 'the flow declares pattern "event", and a caller waits for its answer', {
          help: "declare pattern: sync, or remove the api trigger",
          related: [{ at, message: "declared here" }],
        });
      }
      return;
    case undefined:
  }
}

/** What no step of the flow may do; one finding for each run, however many of its steps contradict. */
function checkSteps(
  workspace: Workspace,
  flow: FlowDocument,
  {
    pattern,
    steps,
  }: { readonly pattern: "sync" | "lookup"; readonly steps: readonly StepThrough[] },
  report: Report,
): void {
  const told = new Set<StepPlan>();
  const declared = { at: patternAt(flow), message: "declared here" };
  for (const { step, run, of } of steps) {
    const what =
      pattern === "sync"
        ? waiting(step, run === undefined ? "this" : "the")
        : writing(workspace, step);
    if (what === undefined || (run !== undefined && told.has(run))) continue;
    if (run !== undefined) told.add(run);
    const where = run === undefined ? "" : ` in "${of}"`;
    const stands = { at: step.at, message: `the "${step.kind}" stands here` };
    report(
      (run ?? step).at,
      `the flow declares pattern "${pattern}", and ${what.word}${where} ${what.does}`,
      { help: what.help, related: run === undefined ? [declared] : [declared, stands] },
    );
  }
}

interface Contradiction {
  readonly word: string;
  readonly does: string;
  readonly help: string;
}

function waiting({ kind }: StepPlan, article: "this" | "the"): Contradiction | undefined {
  if (!waits.has(kind)) return undefined;
  const help = "declare pattern: callback, or take the wait out";
  return { word: `${article} "${kind}"`, does: "makes it wait", help };
}

function writing(workspace: Workspace, step: StepPlan): Contradiction | undefined {
  const name = asKind(step, "call")?.argument;
  const effect = name === undefined ? undefined : workspace.operation(name)?.effect;
  if (effect === undefined || effect === "read") return undefined;
  const help = "declare pattern: sync, or call reads only";
  return { word: `"${name}"`, does: `writes (${effect})`, help };
}

interface StepThrough {
  readonly step: StepPlan;
  /** The flow's own step that runs the flow in which the step stands; absent for its own. */
  readonly run?: StepPlan;
  /** Name of the flow in which the step stands. */
  readonly of: string;
}

/** The steps of a flow and of those that it runs. */
function stepsThrough(
  workspace: Workspace,
  flow: FlowDocument,
  around: ReadonlySet<string> = new Set(),
): readonly StepThrough[] {
  return allSteps(flow.plan).flatMap(({ step }): readonly StepThrough[] => {
    const child = workspace.flow(asKind(step, "run")?.argument ?? "");
    if (child === undefined || around.has(child.name)) return [{ step, of: flow.name }];
    const inner = stepsThrough(workspace, child, new Set([...around, flow.name]));
    return [{ step, of: flow.name }, ...inner.map((one) => ({ ...one, run: step }))];
  });
}

function patternAt(flow: FlowDocument): SourceRef {
  return flow.node.entries.find(({ key }) => key === "pattern")?.value.at ?? flow.nameAt;
}
