import type { SourceRef } from "../errors/diagnostic.ts";
import { ExpressionError } from "../model/evaluation-error.ts";
import { isJsonObject, type Json } from "../model/json.ts";
import type { FlowPlan } from "../model/plan/flow.ts";
import type { Generation } from "../model/plan/generation.ts";
import type { StepPlan } from "../model/plan/step.ts";
import type { NodeState, RunSnapshot } from "../model/run.ts";
import { openIn } from "../steps/operation/memo.ts";
import { type ResolvedOperation, resolveOperation } from "../steps/operation/resolve.ts";
import { type DoubtOfCall, doubtOf } from "../steps/operation/settled-by-person.ts";
import { conform } from "../steps/shared/conform.ts";
import { idOfPath } from "./behaviour-of.ts";

/** A call that a run stands at, since nobody knows whether it was done. */
export interface OpenDoubt extends DoubtOfCall {
  /** Of the step: `steps.order`, `steps.lines[SKU-7].post`. */
  readonly path: string;
  /** `erp.createOrder`. */
  readonly operation: string;
  /** Schema of what it gives, where its contract names one. */
  readonly output?: string;
  readonly at: SourceRef;
}

/** True for a step that a person may say of that it was done. */
export function standsInDoubt(node: NodeState | undefined): boolean {
  if (node?.status !== "failed" || node.park !== "in-doubt") return false;
  return isJsonObject(node.memo) && openIn(node.memo) !== undefined;
}

/** What of a run stands in doubt, as a generation sees it; `lost` are paths that it has no call for. */
export function openDoubts(
  run: RunSnapshot,
  flow: FlowPlan,
  generation: Generation,
): { readonly doubts: readonly OpenDoubt[]; readonly lost: readonly string[] } {
  const doubts: OpenDoubt[] = [];
  const lost: string[] = [];
  for (const [path, node] of Object.entries(run.state.nodes)) {
    if (!standsInDoubt(node) || node.memo === undefined) continue;
    const operation = operationAt(flow, path, { run, generation });
    const doubt = operation === undefined ? undefined : doubtOf(operation, node.memo);
    if (operation === undefined) lost.push(path);
    else if (doubt !== undefined) {
      const { system, name, output, at } = operation;
      const schema = output === undefined ? {} : { output };
      doubts.push({ ...doubt, path, operation: `${system}.${name}`, at, ...schema });
    }
  }
  return { doubts, lost };
}

function operationAt(
  flow: FlowPlan,
  path: string,
  where: { readonly run: RunSnapshot; readonly generation: Generation },
): ResolvedOperation | undefined {
  const forward = flow.stepsById.get(idOfPath(path));
  const step: StepPlan | undefined = path.startsWith("undo.") ? forward?.common.undo : forward;
  if (step?.kind !== "call" || typeof step.argument !== "string") return undefined;
  try {
    return resolveOperation(step.argument, where, step.at);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return undefined;
  }
}

/** Why an answer cannot be what the operation gave; undefined where it can. */
export function breachOfAnswer(
  { operation, output, at }: OpenDoubt,
  answer: Json,
  generation: Generation,
): string | undefined {
  try {
    conform(answer, output, generation, {
      code: "call/output-breach",
      what: `the answer given for ${operation}`,
      at,
    });
    return undefined;
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return error.message;
  }
}
