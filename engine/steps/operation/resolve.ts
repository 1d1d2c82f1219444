import type { SourceRef } from "../../errors/diagnostic.ts";
import type {
  AdapterPlan,
  InDoubtPlan,
  OperationPlan,
  OperationRequestPlan,
} from "../../model/plan/adapter.ts";
import type { Expression } from "../../model/expression.ts";
import type { Instant } from "../../model/json.ts";
import type { Generation } from "../../model/plan/generation.ts";
import type { Progress, StepContext } from "../behaviour.ts";
import { OwnFault } from "../shared/own-fault.ts";

/** An operation as it is played here: the contract's side and the vendor's. */
export interface ResolvedOperation {
  /** The role, such as `erp`; the adapter's own name where it is called directly. */
  readonly system: string;
  readonly adapter: AdapterPlan;
  readonly name: string;
  readonly plan: OperationPlan;
  readonly requests: readonly OperationRequestPlan[];
  /** True when it changes nothing at the partner. */
  readonly read: boolean;
  readonly input: string | undefined;
  readonly output: string | undefined;
  readonly at: SourceRef;
}

/** Found once: a generation never changes. */
const resolved = new WeakMap<Generation, Map<string, ResolvedOperation>>();

/**
 * Finds who plays `<system>.<operation>` in the run's region, or the adapter that is called by its
 * own name.
 */
export function resolveOperation(
  reference: string,
  { generation, run: { region } }: Pick<StepContext, "generation" | "run">,
  at: SourceRef,
): ResolvedOperation {
  const key = region === undefined ? reference : `${reference} ${region}`;
  const known = resolved.get(generation) ?? new Map<string, ResolvedOperation>();
  const before = known.get(key);
  if (before !== undefined) return before;
  const operation = resolve(reference, generation, region, at);
  resolved.set(generation, known.set(key, operation));
  return operation;
}

function resolve(
  reference: string,
  generation: Generation,
  region: string | undefined,
  at: SourceRef,
): ResolvedOperation {
  const [system = "", name = ""] = reference.split(".");
  const player = generation.workspace.systems[system];
  const adapter = generation.adapters.get(playerName(player, region) ?? system);
  const plan = adapter?.operations[name];
  if (adapter === undefined || plan === undefined) {
    throw new OwnFault(
      "call/unknown-operation",
      `no adapter plays "${reference}"`,
      at,
      "name the adapter under `systems` in sluice.yaml, and give it the operation",
    );
  }
  const contract = generation.systems.get(system)?.operations[name];
  const effect = contract?.effect ?? plan.effect;
  const requests =
    plan.requests ?? (plan.request === undefined ? [] : [{ ...plan.request, id: "request" }]);
  return {
    system,
    adapter,
    name,
    plan,
    requests,
    read:
      effect === undefined
        ? requests.every((request) => request.get !== undefined)
        : effect === "read",
    input: contract?.input ?? plan.input,
    output: contract?.output ?? plan.output,
    at: plan.at,
  };
}

function playerName(
  player: Generation["workspace"]["systems"][string] | undefined,
  region: string | undefined,
): string | undefined {
  if (player === undefined || typeof player === "string") return player;
  const { adapter, regions = {} } = player;
  return region !== undefined && Object.hasOwn(regions, region) ? regions[region] : adapter;
}

/**
 * Whether a request changes something at the partner. A method of its own says so: a POST that only looks
 * says that it does no harm (`resend: safe`). Of several `call`s, the ones that change something say what
 * to do in doubt; the others only look.
 */
export function isWrite(
  operation: ResolvedOperation,
  request: OperationRequestPlan,
  outer: OperationRequestPlan = request,
): boolean {
  if (operation.read || request.get !== undefined) return false;
  const { post, put, patch, delete: removes } = request;
  if ([post, put, patch, removes].some((path) => path !== undefined)) return true;
  if (doubtPolicy(operation, request, outer) !== undefined) return true;
  const { templates } = operation.adapter;
  return !operation.requests
    .flatMap((other) => [other, ...(templates?.[other.use ?? ""] ?? [])])
    .some((other) => other.inDoubt !== undefined);
}

/** How the partner knows our idempotency key, if it does. */
export function idempotencyOf(operation: ResolvedOperation) {
  return operation.plan.idempotent ?? operation.adapter.idempotent;
}

/** The doubt policy of a write; `outer` is the request that uses the template it stands in. */
export function doubtPolicy(
  operation: ResolvedOperation,
  request: OperationRequestPlan,
  outer: OperationRequestPlan,
): InDoubtPlan | undefined {
  return request.inDoubt ?? outer.inDoubt ?? operation.plan.inDoubt;
}

/** Whether a write in doubt is sent again as it is: the partner knows its key, or it does no harm. */
export function mayResend(operation: ResolvedOperation, policy: InDoubtPlan | undefined): boolean {
  return policy === undefined ? idempotencyOf(operation) !== undefined : policy.kind === "resend";
}

export type Doubtful = NonNullable<Extract<Progress, { kind: "failed" }>["doubtful"]>;

/** What is set rather than made may be left in doubt, unless the step has an `undo` to decide on. */
export function doubtfulness(policy: InDoubtPlan | undefined): Doubtful {
  return policy?.kind === "resend" && policy.value === "safe" ? "where-undone" : true;
}

/** How it is asked whether a write happened. */
interface DoubtLookup {
  readonly name: string;
  readonly settle?: number;
  readonly done?: Expression;
}

/** The look-up of a doubt policy: asked at once, or when the partner has forgotten our key. */
export function doubtLookup(policy: InDoubtPlan | undefined): DoubtLookup | undefined {
  if (policy?.kind === "resend")
    return policy.then === undefined ? undefined : { name: policy.then };
  if (policy?.kind !== "lookup") return undefined;
  const { value: name, settle, done } = policy;
  return {
    name,
    ...(settle === undefined ? {} : { settle }),
    ...(done === undefined ? {} : { done }),
  };
}

/** Whether a request that was first sent then may not be sent again under its key at that time. */
export function keyForgotten(
  operation: ResolvedOperation,
  policy: InDoubtPlan | undefined,
  firstAt: Instant,
  at: Instant,
): boolean {
  return at > (keyKnownUntil(operation, policy, firstAt) ?? Infinity);
}

/** Until when a request that was first sent then may be sent again under its key; undefined for ever. */
export function keyKnownUntil(
  operation: ResolvedOperation,
  policy: InDoubtPlan | undefined,
  firstAt: Instant,
): Instant | undefined {
  const idempotency = idempotencyOf(operation);
  const isByKey = policy === undefined || (policy.kind === "resend" && policy.value === "same-key");
  return idempotency === undefined || !isByKey ? undefined : firstAt + idempotency.valid;
}
