import { integer, optional, reference, template } from "../model/field.ts";
import { defineStep } from "./define-step.ts";
import type { Template } from "../model/expression.ts";
import { isJsonObject, type Json } from "../model/json.ts";
import type { FlowPlan } from "../model/plan/flow.ts";
import type { Generation } from "../model/plan/generation.ts";
import type { StepPlan } from "../model/plan/step.ts";
import type { Progress, StepContext, StepEvent } from "./behaviour.ts";
import { inputOf } from "./shared/input-of.ts";
import { OwnFault } from "./shared/own-fault.ts";
import { textOf } from "./shared/truth.ts";

type RunStep = StepPlan<string, { readonly with?: Template; readonly depth?: number }>;

function startedOf(memo: Json | undefined): number {
  const started = isJsonObject(memo) ? memo["started"] : undefined;
  return typeof started === "number" ? started : 0;
}

function childEnd(
  event: Extract<StepEvent, { kind: "child-ended" }>,
  context: StepContext,
): Progress {
  return "output" in event.result
    ? { kind: "done", result: event.result.output }
    : { kind: "failed", failure: { ...event.result.failure, path: context.path } };
}

/** A child that asked for a lane its ancestors hold would wait for ever: it fails at once. */
function mayRun(step: RunStep, data: Json, context: StepContext): void {
  const { run, generation, flow } = context;
  const child = generation.flows.get(step.argument);
  if (child === undefined) {
    throw new OwnFault("run/unknown-flow", `there is no flow "${step.argument}"`, step.at);
  }
  const holders = [...run.ancestors, { flow: flow.name, laneKey: run.laneKey }];
  const { depth } = step.beside;
  const levels = holders.filter((holder) => holder.flow === child.name).length;
  if (depth !== undefined && levels > depth) {
    throw new OwnFault(
      "run/too-deep",
      `"${child.name}" runs itself ${levels} levels deep, and at most ${depth} are allowed`,
      step.at,
      "look for a cycle in the data, or raise `depth`",
    );
  }
  const key = laneKeyOf(child, data, context);
  if (key === null) return;
  const held = holders.some(
    (holder) =>
      holder.laneKey === key && laneOf(generation.flows.get(holder.flow)) === laneOf(child),
  );
  if (held) {
    throw new OwnFault(
      "run/lane-of-ancestor",
      `"${child.name}" would wait for the lane "${laneOf(child)}" with key "${key}", which this run holds`,
      step.at,
      "give the flow another key, or `key: none`",
    );
  }
}

function laneOf(flow: FlowPlan | undefined): string | undefined {
  return flow?.lane ?? flow?.name;
}

function laneKeyOf(child: FlowPlan, data: Json, context: StepContext): string | null {
  if (child.key === undefined || child.key === "none") return null;
  const message = { channel: "run", source: context.flow.name, type: child.name, data };
  return textOf(context.evaluateIn(child.key, { message, env: context.root("env") }));
}

/** Whether a flow, or one that it runs, declares any undo. */
function hasUndo(name: string, generation: Generation, seen: Set<string>): boolean {
  if (seen.has(name)) return false;
  seen.add(name);
  const steps = generation.flows.get(name)?.stepsById.values() ?? [];
  return [...steps].some(
    (step) =>
      step.common.undo !== undefined ||
      (step.kind === "run" &&
        typeof step.argument === "string" &&
        hasUndo(step.argument, generation, seen)),
  );
}

/** Calls another flow as a function. */
export const run = defineStep({
  kind: "run",
  docs: "Runs another flow as a function: a child run in its own lane, on this run's generation. The result is its `output`; its failure is this step's failure; this run's undo undoes the child's steps too.",
  example: '- run: customer-sync\n  id: customer\n  with: "${ $message.data.account }"\n',
  argument: reference("flow", "Name of the flow."),
  beside: {
    with: optional(template("Its `$message.data`; ours unless told.")),
    depth: optional(
      integer(
        "For a flow that runs itself (a parent account before its child): at most so many levels; without it the graph of `run` has no cycle.",
        1,
        100,
      ),
    ),
  },
  behaviour: {
    advance: (step, context) => {
      const { event, memo } = context;
      if (event?.kind === "child-ended") {
        context.record({ started: startedOf(memo), childRunId: event.childRunId });
        return childEnd(event, context);
      }
      if (memo !== undefined && event?.kind !== "again" && event?.kind !== "resume") {
        return { kind: "open" };
      }
      const data = context.prepared ?? inputOf(step.beside.with, context);
      mayRun(step, data, context);
      // A further try is another child: the identity of the first one is spent.
      const started = startedOf(memo);
      const nth = started + context.round;
      const effect = nth === 0 ? context.path : `${context.path}~${nth}`;
      context.child({
        path: context.path,
        flow: step.argument,
        data,
        identity: context.effectKey(effect),
      });
      context.record({ started: started + 1 });
      return { kind: "open" };
    },
    // A child cannot be called back: its end is awaited.
    expire: () => true,
    prepare: (step, context) => inputOf(step.beside.with, context),
    compensate: (_, context, memo) => {
      if (context.event?.kind === "child-ended") return childEnd(context.event, context);
      if (context.memo === undefined || context.event?.kind === "resume") {
        const childRunId = isJsonObject(memo) ? memo["childRunId"] : undefined;
        if (typeof childRunId !== "string") return { kind: "done" };
        context.compensate(childRunId);
        context.record("asked");
      }
      return { kind: "open" };
    },
    compensable: (step, generation) => hasUndo(step.argument, generation, new Set()),
  },
});
