import type { Failure } from "../errors/failure.ts";
import { factKey } from "../model/expression.ts";
import { isJsonObject } from "../model/json.ts";
import type { SingleStep } from "../model/message.ts";
import type { FlowPlan } from "../model/plan/flow.ts";
import type { Block, StepPlan } from "../model/plan/step.ts";
import type { Progress } from "../steps/behaviour.ts";
import { behaviourOf, idOfPath, innerBlocks } from "./behaviour-of.ts";
import type { Draft } from "./draft.ts";
import { rootFrame } from "./frame.ts";
import { visiblePaths } from "./visible-steps.ts";
import { walkBlock, walkStep } from "./walk.ts";

/** Kinds of which one alone says something to somebody. */
const sendingKinds = ["call", "emit"];

/** The one step that a run is to take, where it is the replay of that step alone. */
export function singleStepOf({ input }: Draft): SingleStep | undefined {
  return input.run.message.replay?.only;
}

/**
 * Walks that one step, with the results of the run it is taken from, and no other: no handler of its
 * failure, nothing after it. What fails is seen as it is, and undone only as far as it left half done.
 */
export function walkSingle(draft: Draft, only: SingleStep): Progress {
  const { flow } = draft;
  const found = addressOf(flow, only.path);
  if (found.kind === "none") {
    const message = `${found.why}, in generation ${draft.input.run.generation.slice(0, 12)}`;
    return invalid("replay/no-such-step", message, only.path);
  }
  const seeded = draft.nodes[only.path] === undefined ? seed(draft, only) : undefined;
  if (seeded !== undefined) return seeded;
  const { catch: _handlers, onError: _kept, ...common } = found.step.common;
  const step = { ...found.step, common };
  const frame = rootFrame("steps");
  const behaviour = behaviourOf(step);
  return walkStep({ draft, step, behaviour, path: only.path, frame, walk: walkBlock });
}

/** Gives the run the results that the step may name; what keeps it from beginning, if anything does. */
function seed(draft: Draft, { path, runId }: SingleStep): Progress | undefined {
  const request = { kind: "results", runId } as const;
  const results = draft.input.facts.get(factKey(request));
  if (results === undefined) {
    draft.need(request);
    return { kind: "open" };
  }
  if (!isJsonObject(results)) {
    const message = `what the steps of run ${runId} gave is gone: its retention is over`;
    return invalid("replay/results-gone", message, path);
  }
  for (const visible of visiblePaths(draft.flow)) {
    const value = visible === path ? undefined : results[visible];
    if (value !== undefined) draft.setResult(visible, value);
  }
  draft.note("", "one-step", { path, of: runId });
  return undefined;
}

function invalid(code: string, message: string, path: string): Progress {
  const failure: Failure = { class: "invalid", code, message, path };
  return { kind: "parked", as: "invalid", failure };
}

/** A step that can be taken alone, or why there is none of that name. */
export type Address =
  | { readonly kind: "step"; readonly path: string; readonly step: StepPlan }
  | { readonly kind: "none"; readonly why: string };

interface Place {
  readonly step: StepPlan;
  /** Set where its path needs more than its id, or its expressions more than the results. */
  readonly within?: string;
}

/**
 * Finds a step by its id, its path, or the path of one of its requests: `order`, `steps.order`,
 * `steps.order/request`. Items of a split and handlers of a failure see more than results, and are
 * not to be taken alone.
 */
export function addressOf(flow: FlowPlan, given: string): Address {
  const [own = ""] = given.replaceAll(/\[[^\]]*\]/g, "").split("/");
  const id = idOfPath(own);
  const place = placesOf(flow).find(({ step }) => step.id === id);
  const step = place?.step;
  if (step === undefined) return none(`${flow.name} has no step ${JSON.stringify(id)}`);
  if (place?.within !== undefined) {
    return none(`step "${id}" of ${flow.name} is in ${place.within}, and cannot be taken alone`);
  }
  if (given.startsWith("undo.")) return none(`${given} is an undo, and cannot be taken alone`);
  if (!sendingKinds.includes(step.kind)) {
    return none(`step "${id}" of ${flow.name} is a ${step.kind}: it sends nothing itself`);
  }
  return { kind: "step", path: `steps.${id}`, step };
}

function none(why: string): Address {
  return { kind: "none", why };
}

/** Ids of the steps that can be taken alone, as the flow has them. */
export function sendableSteps(flow: FlowPlan): readonly string[] {
  return placesOf(flow)
    .filter(({ step, within }) => within === undefined && sendingKinds.includes(step.kind))
    .map(({ step }) => step.id);
}

function placesOf(flow: FlowPlan): readonly Place[] {
  return [...placesIn(flow.steps), ...placesIn(flow.onError ?? [], "on-error")];
}

function placesIn(steps: Block, within?: string): readonly Place[] {
  return steps.flatMap((step) => [
    { step, ...(within === undefined ? {} : { within }) },
    ...innerBlocks(step).flatMap((block) => {
      const isPlain = block.perItem !== true && block.under === undefined;
      const inside = block.perItem === true ? `the items of "${step.id}"` : `"${step.id}"`;
      return placesIn(block.steps, within ?? (isPlain ? undefined : inside));
    }),
  ]);
}
