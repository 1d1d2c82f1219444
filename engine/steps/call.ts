import {
  duration,
  expression,
  list,
  choice,
  object,
  optional,
  reference,
  template,
} from "../model/field.ts";
import { defineStep } from "./define-step.ts";
import type { Failure } from "../errors/failure.ts";
import type { Template } from "../model/expression.ts";
import { isJsonObject, type Json } from "../model/json.ts";
import type { StepPlan } from "../model/plan/step.ts";
import type { Progress, StepContext } from "./behaviour.ts";
import {
  askOperation,
  continueOperation,
  repeatOperation,
  startOperation,
} from "./operation/advance.ts";
import {
  cacheKey,
  type CachePlan,
  readCache,
  standsIn,
  usable,
  writeCache,
} from "./operation/cached-answer.ts";
import { outputSoFar, writesLeft } from "./operation/left.ts";
import { type EffectOfCall, effectsIn, openIn, openMemo } from "./operation/memo.ts";
import { resolveOperation } from "./operation/resolve.ts";
import { settleByPerson } from "./operation/settled-by-person.ts";
import { conform } from "./shared/conform.ts";
import { withoutForeignExtensions } from "./shared/extensions.ts";
import { inputOf } from "./shared/input-of.ts";
import { translate } from "./shared/translate.ts";

type CallStep = StepPlan<
  string,
  { readonly with?: Template; readonly map?: string; readonly cache?: CachePlan }
>;

/** The operation's input: what the caller gives, mapped, in the shape of the contract. */
function checkedInput(step: CallStep, context: StepContext): Json {
  const given = inputOf(step.beside.with, context);
  const { map } = step.beside;
  const input = map === undefined ? given : translate(map, given, context, { at: step.at });
  const operation = resolveOperation(step.argument, context, step.at);
  const { generation } = context;
  const checked = conform(input, operation.input, generation, {
    code: "call/input-breach",
    what: `the input of ${step.argument}`,
    at: step.at,
  });
  const { adapter, input: schema } = operation;
  return withoutForeignExtensions(checked, { schema, system: adapter.plays, generation });
}

function start(step: CallStep, context: StepContext): Progress {
  const operation = resolveOperation(step.argument, context, step.at);
  const input = context.prepared ?? checkedInput(step, context);
  const { cache } = step.beside;
  let replaceable = false;
  if (cache !== undefined) {
    const cached = readCache(
      step.argument,
      cacheKey(step.argument, cache, input, context),
      context,
    );
    const fresh = usable(cached, cache.fresh, false, context);
    if (fresh !== undefined) return { kind: "done", result: fresh };
    replaceable =
      standsIn(cache, "transient") && usable(cached, cache.stale ?? 0, true, context) !== undefined;
  }
  const progress = startOperation(operation, input, context, replaceable);
  return aftermath(step, context, progress, input);
}

/** Keeps the answer of a look-up, or lets an older one stand in when it fails. */
function aftermath(
  step: CallStep,
  context: StepContext,
  progress: Progress,
  given?: Json,
): Progress {
  const { cache } = step.beside;
  const input = given ?? (isJsonObject(context.memo) ? context.memo["input"] : undefined);
  if (cache === undefined || input === undefined) return progress;
  const key = cacheKey(step.argument, cache, input, context);
  if (progress.kind === "done") {
    return { kind: "done", result: writeCache(key, cache, progress.result ?? null, context) };
  }
  if (progress.kind !== "failed") return progress;
  const old = olderAnswer(step, context, progress.failure, input);
  return old === undefined ? progress : { kind: "done", result: old };
}

/** An answer from memory, where one may stand in for this failure. */
function olderAnswer(
  step: CallStep,
  context: StepContext,
  failure: Failure,
  given?: Json,
): Json | undefined {
  const { cache } = step.beside;
  const input = given ?? (isJsonObject(context.memo) ? context.memo["input"] : undefined);
  if (cache === undefined || input === undefined || !standsIn(cache, failure.class)) {
    return undefined;
  }
  const old = readCache(step.argument, cacheKey(step.argument, cache, input, context), context);
  return usable(old, cache.stale ?? 0, true, context);
}

function effectsOf(memo: Json): readonly EffectOfCall[] {
  return isJsonObject(memo) ? effectsIn(memo) : [];
}

/** True while the outcome of something that changes the partner is not known. */
function writeIsOut(memo: Json | undefined): boolean {
  if (!isJsonObject(memo)) return false;
  const open = openIn(memo);
  return open !== undefined && (open.write || open.about?.write === true);
}

/** Request-Reply with a partner, through the outbox. */
export const call = defineStep({
  kind: "call",
  docs: "Calls an operation of a system (`erp.createOrder`); system flows may call their adapter's own (`salesforce.getOpportunity`). The input meets the operation's schema before anything is sent; the result is the operation's output.",
  example:
    "- call: erp.createOrder\n  id: order\n  map: process/opportunity-to-order\n  retry: { policy: patient }\n",
  argument: reference("operation", "`<system>.<operation>`."),
  beside: {
    with: optional(template("Input of the operation, or of `map`; `$message.data` unless told.")),
    map: optional(reference("mapping", "Mapping from `with` to the operation's input.")),
    cache: optional(
      object(
        {
          key: optional(expression("What the answer depends on; the whole input unless told.")),
          fresh: duration("Answers younger than this are used without a call."),
          stale: optional(
            duration(
              "Answers younger than this are used when the call fails; at once where it could not leave within the step's `timeout` or the caller's deadline.",
            ),
          ),
          "stale-on": optional(
            list(
              choice(["transient", "throttled", "auth", "in-doubt"], "A failure class."),
              "Failures that a stale answer may stand in for; transient, throttled and in-doubt unless told.",
            ),
          ),
        },
        "For look-ups: the result gets `asOf` (date-time) and `stale` (boolean).",
      ),
    ),
  },
  behaviour: {
    advance: (step, context) => {
      if (context.memo === undefined) return start(step, context);
      const operation = resolveOperation(step.argument, context, step.at);
      const { event, memo } = context;
      if (event?.kind === "resume" && event.settled !== undefined)
        return settleByPerson(operation, memo ?? null, context, { by: event.by, ...event.settled });
      return aftermath(step, context, continueOperation(operation, context.memo, context));
    },
    retried: true,
    again: (step, context, due) => {
      const operation = resolveOperation(step.argument, context, step.at);
      if (context.memo === undefined) return start(step, context);
      return repeatOperation(operation, context.memo, context, due);
    },
    ask: (step, context) => {
      if (context.memo === undefined) return undefined;
      return askOperation(resolveOperation(step.argument, context, step.at), context.memo, context);
    },
    expire: (_, context) => {
      if (writeIsOut(context.memo)) return true;
      context.cancelDeliveries(`${context.path}/`);
      context.cancelTimer("settle");
      return false;
    },
    instead: (step, context, failure) => olderAnswer(step, context, failure),
    prepare: checkedInput,
    effects: effectsOf,
    left: (step, context, all) => {
      if (context.memo === undefined) return { writes: [] };
      const memo = openMemo(context.memo);
      const writes = writesLeft(memo, context.path, all);
      if (writes.length === 0) return { writes };
      const operation = resolveOperation(step.argument, context, step.at);
      const result = outputSoFar({ operation, memo, context, due: context.now, fixed: {} });
      return { writes, ...(result === undefined ? {} : { result }) };
    },
  },
});
