import type { Decide, TakeIn } from "../../../engine/core/index.ts";
import type { Decision, NewDelivery } from "../../../engine/model/decision.ts";
import { isJsonObject, type Json } from "../../../engine/model/json.ts";
import type { RawOutcome } from "../../../engine/model/request.ts";
import type { RunEvent } from "../../../engine/model/run-event.ts";
import type { NodeState, RunSnapshot, RunState } from "../../../engine/model/run.ts";
import { park } from "../../../engine/runtime/park.ts";

/**
 * Small rules with which the loops can be tested alone: a flow is a list of `call` steps, each one
 * POST; 2xx goes on, 4xx fails, anything else is retried after 1, 2, 4, … seconds, five times.
 */
export const toyRules: { readonly decide: Decide; readonly intake: TakeIn } = {
  decide: (input) => ({ kind: "decision", decision: decideToy(input) }),
  intake: ({ generation, received, messageId, now, ...rest }) => ({
    kind: "intake",
    intake: {
      message: {
        id: messageId,
        channel: received.channel,
        source: received.source,
        type: received.type,
        dedupeKey: received.dedupeKey,
        time: now,
        receivedAt: now,
        data: received.data,
        headers: {},
        correlationId: received.correlationId ?? rest.correlationId,
        traceparent: received.traceparent ?? rest.traceparent,
        ...(rest.cause === undefined ? {} : { cause: rest.cause }),
        ...(rest.replayOf === undefined ? {} : { replayOf: rest.replayOf }),
      },
      correlate: {},
      keepUntil: now + 86_400_000,
      dedupeUntil: now + 86_400_000,
      runs: (generation.subscriptions.get(received.type) ?? [])
        .filter(({ name }) => received.flow === undefined || received.flow === name)
        .map(({ name, priority }) => ({
          id: rest.newRunId(),
          flow: name,
          generation: generation.hash,
          lane: name,
          laneKey: member(received.data, "key"),
          identity: member(received.data, "id"),
          identityUntil: now + 86_400_000,
          priority: priority === "high" ? 0 : priority === "low" ? 2 : 1,
          order: "every" as const,
          ancestors: [],
          ...(received.respondBy === undefined ? {} : { respondBy: received.respondBy }),
        })),
    },
  }),
};

const retriesMax = 5;

function decideToy({ generation, run, event, now }: Parameters<Decide>[0]): Decision {
  const flow = generation.flows.get(run.flow);
  const calls = flow?.steps ?? [];
  const paths = calls.map(({ id }) => `steps.${id}`);
  const send = (index: number, state: RunState, base: Decision): Decision => {
    const step = calls[index];
    if (step === undefined) {
      return {
        ...base,
        status: "done",
        state: { ...state, phase: "ended" },
        response: { status: 200, headers: {}, body: { ...run.results } },
        end: { output: null },
      };
    }
    const [system = "", operation = ""] = String(step.argument).split(".");
    const adapter = [...generation.adapters.values()].find(({ plays }) => plays === system);
    const path = paths[index] ?? "";
    const delivery: NewDelivery = {
      path: `${path}/request`,
      system,
      adapter: adapter?.name ?? "none",
      operation,
      request: {
        method: "POST",
        url: `http://partner/${operation}`,
        headers: {},
        body: run.message.data,
        encode: "json",
        timeoutMs: 30_000,
      },
      read: operation.startsWith("get"),
      effectKey: `${run.flow}:${run.identity}:${path}`,
      attempt: 0,
      due: now,
      markSent: false,
    };
    const node: NodeState = { status: "waiting", failures: 0, startedAt: now };
    return {
      ...base,
      status: "active",
      state: { ...state, nodes: { ...state.nodes, [path]: node } },
      deliveries: [delivery],
    };
  };
  const base = {
    ...park(run, { class: "invalid", code: "none", message: "" }, event),
    history: [],
    problems: [],
  };
  const { state } = run;
  if (event.kind === "start") return send(0, state, base);
  if (event.kind !== "outcome") throw new Error(`toy rules know no ${event.kind}`);
  const index = paths.indexOf(event.path.slice(0, event.path.indexOf("/")));
  const path = paths[index] ?? "";
  const failures = (run.state.nodes[path]?.failures ?? 0) + (event.crashed ? 0 : 1);
  const again = (after: number): Decision => ({
    ...base,
    status: "active",
    state: withNode(state, path, { status: "retrying", failures, startedAt: now }),
    resends: [{ deliveryId: event.deliveryId, due: now + after, attempt: failures }],
  });
  if (event.crashed) return again(0);
  const verdict = judge(event.outcome);
  if (verdict === "ok") {
    const ended = withNode(state, path, { status: "done", failures: 0, startedAt: now });
    const results = { [path]: now };
    return { ...send(index + 1, ended, base), results };
  }
  const failed = withNode(state, path, { status: "failed", failures, startedAt: now });
  if (verdict === "no") return { ...base, status: "failed", state: failed, end: { output: null } };
  if (event.outcome.kind === "response" && event.outcome.response.status === 599) {
    throw new TypeError("toy rules broke");
  }
  if (failures > retriesMax) return deadRun(run, failed, event);
  return again(1_000 * 2 ** (failures - 1));
}

function deadRun(run: RunSnapshot, state: RunState, event: RunEvent): Decision {
  const failure = { class: "transient", code: "given-up", message: "no answer" } as const;
  return {
    ...park(run, failure, event),
    status: "dead",
    state,
    problems: [{ kind: "dead", path: "run", failure }],
  };
}

function judge(outcome: RawOutcome): "ok" | "no" | "again" {
  if (outcome.kind !== "response") return "again";
  const { status } = outcome.response;
  if (status < 300) return "ok";
  return status === 429 || status >= 500 ? "again" : "no";
}

function withNode(state: RunState, path: string, node: NodeState): RunState {
  return { ...state, nodes: { ...state.nodes, [path]: node } };
}

function member(data: Json, name: string): string {
  const value = isJsonObject(data) ? data[name] : undefined;
  return typeof value === "string" ? value : "none";
}
