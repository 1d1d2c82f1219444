import { ExpressionError, NeedsFact } from "../model/evaluation-error.ts";
import { type Expression, factKey, type FactRequest } from "../model/expression.ts";
import { isJsonObject, type Json } from "../model/json.ts";
import type { Message } from "../model/message.ts";
import type { FlowPlan } from "../model/plan/flow.ts";
import type { Generation } from "../model/plan/generation.ts";
import type { StepPlan } from "../model/plan/step.ts";
import { breachText } from "../steps/shared/conform.ts";
import { coerceArrays } from "../steps/shared/coerce-arrays.ts";
import { eventContract } from "../steps/shared/event-schema.ts";
import { messageView } from "../steps/shared/message-view.ts";
import { isTrue, textOf } from "../steps/shared/truth.ts";
import type { IntakeRun, MessageIntake } from "../model/intake.ts";
import type { Intaken, IntakeInput } from "./intake-input.ts";
import { envRoot, evaluationContext, laneOf } from "./scope.ts";

const dayMs = 86_400_000;
/** Longer than any vendor's retries; years are cheap. */
const keepUnlessToldMs = 400 * dayMs;
/** An early event is kept for listeners yet to come at least so long. */
const earlyEventMs = dayMs;
const priorities = { high: 0, normal: 1, low: 2 } as const;

type Invalid = NonNullable<IntakeRun["invalid"]>;

/**
 * Makes a message of what was received, and finds the flows it starts: their conditions, lanes and
 * identities. A flow that cannot read it gets a run all the same, born parked: nothing is lost.
 */
export function intake(input: IntakeInput): Intaken {
  const needs = new Map<string, FactRequest>();
  const message = messageOf(input);
  const runs: IntakeRun[] = [];
  for (const flow of startedBy(input)) {
    try {
      const run = runOf(input, message, flow);
      if (run !== undefined) runs.push(run);
    } catch (error) {
      if (!(error instanceof NeedsFact)) throw error;
      needs.set(factKey(error.request), error.request);
    }
  }
  if (needs.size > 0) return { kind: "needs", facts: [...needs.values()] };
  return { kind: "intake", intake: withMessage(input, message, runs) };
}

function withMessage(
  input: IntakeInput,
  message: Message,
  runs: readonly IntakeRun[],
): MessageIntake {
  const { received, now } = input;
  const keeps = runs.map((run) => run.identityUntil);
  return {
    message,
    ...(received.raw === undefined ? {} : { raw: received.raw }),
    ...(received.overrides === undefined ? {} : { overrides: received.overrides }),
    runs,
    correlate: correlationFields(input),
    keepUntil: now + Math.max(earlyEventMs, longestListen(input)),
    dedupeUntil: Math.max(now + keepUnlessToldMs, ...keeps),
  };
}

function messageOf(input: IntakeInput): Message {
  const { received, now } = input;
  return {
    id: input.messageId,
    channel: received.channel,
    source: received.source,
    type: received.type,
    dedupeKey: received.dedupeKey,
    ...(received.subject === undefined ? {} : { subject: received.subject }),
    time: received.time ?? now,
    receivedAt: now,
    ...(received.sequence === undefined ? {} : { sequence: received.sequence }),
    data: received.data,
    headers: received.headers,
    correlationId: received.correlationId ?? input.correlationId,
    traceparent: received.traceparent ?? input.traceparent,
    ...(input.cause === undefined ? {} : { cause: input.cause }),
    ...(input.replayOf === undefined ? {} : { replayOf: input.replayOf }),
    ...(received.replay === undefined ? {} : { replay: received.replay }),
  };
}

/** The one flow that the trigger names, or all that subscribe to the type. */
function startedBy({ generation, received }: IntakeInput): readonly FlowPlan[] {
  if (received.flow === undefined) return generation.subscriptions.get(received.type) ?? [];
  const flow = generation.flows.get(received.flow);
  return flow === undefined ? [] : [flow];
}

/** The run that a flow makes of the message; undefined where its trigger does not take it. */
function runOf(input: IntakeInput, message: Message, flow: FlowPlan): IntakeRun | undefined {
  const { generation, now, child, received } = input;
  const scope = { message: messageView(message), env: envRoot(generation, input) };
  const context = evaluationContext(input, generation, `${flow.name}|${message.dedupeKey}`);
  const evaluate = (expression: Expression) => expression.evaluate(scope, context);
  const faults: Invalid[] = received.invalid === undefined ? [] : [received.invalid];
  const guarded = <T>(work: () => T, otherwise: T): T => {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      faults.push({ code: error.code, message: error.message });
      return otherwise;
    }
  };

  const taken = guarded(() => takes(flow, received.type, evaluate), true);
  if (!taken) return undefined;
  const breach = inputBreach(input, flow);
  if (breach !== undefined) faults.push(breach);
  const { key, idempotency } = flow;
  const laneKey =
    key === undefined || key === "none"
      ? null
      : guarded(() => keyText(evaluate(key), key), `message ${message.dedupeKey}`);
  const identity =
    child?.identity ??
    input.identity ??
    (idempotency === undefined
      ? message.dedupeKey
      : guarded(() => keyText(evaluate(idempotency.key), idempotency.key), message.dedupeKey));
  const impact = guarded(() => impactOf(flow, evaluate), undefined);
  const region = guarded(() => regionOf(flow, evaluate), undefined) ?? child?.region;
  const [invalid] = faults;
  return {
    id: input.newRunId(),
    flow: flow.name,
    generation: generation.hash,
    laneKey,
    lane: laneOf(flow),
    identity,
    identityUntil: now + (idempotency?.keep ?? keepUnlessToldMs),
    priority: priorities[flow.priority ?? "normal"],
    ...orderOf(flow, now),
    ...(invalid === undefined ? {} : { invalid }),
    ...(child === undefined ? {} : { parent: child.parent }),
    ancestors: child?.ancestors ?? [],
    ...(received.respondBy === undefined ? {} : { respondBy: received.respondBy }),
    ...(impact === undefined ? {} : { impact }),
    ...(region === undefined ? {} : { region }),
  };
}

/** Whether one of the flow's triggers for this type takes the message. */
function takes(
  flow: FlowPlan,
  type: string,
  evaluate: (expression: Expression) => Json | undefined,
): boolean {
  const named = (flow.trigger ?? []).filter(
    (trigger) => typeof trigger.value === "string" && trigger.value === type,
  );
  // Started by name (`run`, `api`, `schedule`): conditions of other triggers do not concern it.
  const asked = named.length > 0 ? named : [];
  return (
    asked.length === 0 ||
    asked.some(({ where }) => where === undefined || isTrue(evaluate(where), where))
  );
}

function inputBreach({ generation, received }: IntakeInput, flow: FlowPlan): Invalid | undefined {
  const schema = flow.input === undefined ? undefined : generation.schemas.get(flow.input);
  if (schema === undefined) return undefined;
  const breaches = schema.check(coerceArrays(received.data, schema, generation.schemas));
  if (breaches.length === 0) return undefined;
  return {
    code: "message/input-breach",
    message: `the message breaks ${schema.name}, the input of ${flow.name}: ${breachText(breaches)}`,
  };
}

/** A key must say something: an empty one would throw all messages into one lane. */
function keyText(value: Json | undefined, expression: Expression): string {
  const text = textOf(value);
  if (text !== "") return text;
  throw new ExpressionError(
    "message/empty-key",
    `"${expression.text}" gives nothing, so that all such messages would share one key`,
    expression.at,
  );
}

function orderOf({ order, gap }: FlowPlan, now: number): Pick<IntakeRun, "order" | "gapUntil"> {
  return { order: order ?? "every", ...(gap === undefined ? {} : { gapUntil: now + gap }) };
}

function regionOf(
  { region }: FlowPlan,
  evaluate: (expression: Expression) => Json | undefined,
): string | undefined {
  const text = region === undefined ? "" : textOf(evaluate(region));
  return text === "" ? undefined : text;
}

function impactOf(
  flow: FlowPlan,
  evaluate: (expression: Expression) => Json | undefined,
): Json | undefined {
  const { impact } = flow;
  if (impact === undefined) return undefined;
  return {
    class: impact.class,
    amount: impact.amount === undefined ? null : (evaluate(impact.amount) ?? null),
    currency: impact.currency === undefined ? null : (evaluate(impact.currency) ?? null),
  };
}

/** The fields by which listeners may find the event, as its contract declares them. */
function correlationFields({
  generation,
  received,
}: IntakeInput): Readonly<Record<string, string>> {
  const { data } = received;
  const fields = eventContract(received.type, generation)?.correlate ?? [];
  const found = fields.flatMap((field): [string, string][] => {
    const value = isJsonObject(data) ? data[field] : undefined;
    return value === undefined || value === null ? [] : [[field, textOf(value)]];
  });
  return Object.fromEntries(found);
}

/** Longest waits by type of event: every step is looked at, so once for each generation. */
const listens = new WeakMap<Generation, ReadonlyMap<string, number>>();

/** The longest wait that any `listen` has for this type. */
function longestListen({ generation, received }: IntakeInput): number {
  let known = listens.get(generation);
  if (known === undefined) listens.set(generation, (known = listensOf(generation)));
  return known.get(received.type) ?? 0;
}

function listensOf({ flows }: Generation): ReadonlyMap<string, number> {
  const longest = new Map<string, number>();
  for (const flow of flows.values()) {
    for (const step of flow.stepsById.values()) {
      const wait = listenOf(step);
      if (wait === undefined) continue;
      longest.set(wait.event, Math.max(longest.get(wait.event) ?? 0, wait.within));
    }
  }
  return longest;
}

function listenOf(step: StepPlan): { readonly event: string; readonly within: number } | undefined {
  if (step.kind !== "listen") return undefined;
  return step.argument as { readonly event: string; readonly within: number };
}
