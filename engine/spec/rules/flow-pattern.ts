import type { SourceRef } from "../../errors/diagnostic.ts";
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
  const steps = allSteps(flow.plan).map(({ step }) => step);
  const { pattern, trigger = [] } = flow.plan;
  const at = patternAt(flow);
  switch (pattern) {
    case "sync":
      for (const step of steps.filter(({ kind }) => waits.has(kind))) {
        report(step.at, `the flow declares pattern "sync", and this "${step.kind}" makes it wait`, {
          help: "declare pattern: callback, or take the wait out",
          related: [{ at, message: "declared here" }],
        });
      }
      return;
    case "lookup":
      for (const step of steps) {
        const name = asKind(step, "call")?.argument;
        const effect = name === undefined ? undefined : workspace.operation(name)?.effect;
        if (effect === undefined || effect === "read") continue;
        report(step.at, `the flow declares pattern "lookup", and "${name}" writes (${effect})`, {
          help: "declare pattern: sync, or call reads only",
          related: [{ at, message: "declared here" }],
        });
      }
      return;
    case "callback":
      if (steps.some(({ kind }) => kind === "listen" || kind === "task")) return;
      report(at, 'the flow declares pattern "callback", and no step listens for one', {
        help: "add a listen, or declare another pattern",
      });
      return;
    case "batch":
      if (steps.some(({ kind }) => kind === "split")) return;
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

function patternAt(flow: FlowDocument): SourceRef {
  return flow.node.entries.find(({ key }) => key === "pattern")?.value.at ?? flow.nameAt;
}
