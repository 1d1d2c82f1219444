import { checkedAnswer } from "../core/task-answer.ts";
import type { SourceRef } from "../errors/diagnostic.ts";
import type { NewDelivery } from "../model/decision.ts";
import { type Instant, isJsonObject, type Json } from "../model/json.ts";
import type { FactRequest } from "../model/expression.ts";
import type { FlowPlan } from "../model/plan/flow.ts";
import type { Generation } from "../model/plan/generation.ts";
import type { Received } from "../model/received.ts";
import type { HttpRequest, RawOutcome } from "../model/request.ts";
import { mockOperations } from "./mock-operations.ts";
import { PlannedLinks } from "./planned-links.ts";
import {
  type Happening,
  type Rehearsed,
  type RehearsalWorld,
  type Script,
  soonestTimer,
  type Waits,
} from "./rehearsal.ts";
import { rehearse, type RehearsalRules } from "./rehearse.ts";

export interface PlanInput {
  readonly generation: Generation;
  readonly flow: string;
  readonly received: Received;
  readonly now: Instant;
  readonly laneState?: Json;
  readonly rules: RehearsalRules;
  readonly world: RehearsalWorld;
  /**
   * Answers known beforehand: by `<system>.<operation>` or `run <flow>` what it gives, by
   * `task <step>` the choice or `{ choice, pick?, by?, comment?, data? }`, by `event <name>` the event's data.
   */
  readonly answers: Readonly<Record<string, Json>>;
  /** What the plan linked so far; of a child's plan, its parent's. */
  readonly links?: PlannedLinks;
  /** Really sends reads, and nothing else; absent unless the user asked for it. */
  readonly read?: (delivery: NewDelivery) => Promise<RawOutcome>;
}

/** What a flow would do. */
export interface FlowPreview {
  readonly rehearsed: Rehearsed;
  readonly calls: readonly PlannedCall[];
  /** Set where the plan could go no further, and what it would need. */
  readonly openEnd?: string;
  /** Given answers that nothing asked for. */
  readonly unused: readonly string[];
}

/** One call, and the requests that its adapter would begin with. */
export interface PlannedCall {
  readonly path: string;
  /** `erp.createOrder`, or `run customer-sync`. */
  readonly name: string;
  readonly adapter?: string;
  readonly effect?: string;
  readonly input: Json;
  /** Requests that do not depend on an answer of the partner; credentials are not in them. */
  readonly requests: readonly HttpRequest[];
  /** Requests of the operation that depend on earlier answers. */
  readonly later: readonly string[];
  /** Why the adapter could build none of it, such as an id that is not in the crosswalk. */
  readonly unbuilt?: string;
  readonly answer: {
    /** `plan`: what the child flow's own plan came to. `example`: an example of the schema. */
    readonly from: "given" | "read" | "plan" | "example" | "none";
    readonly output: Json;
  };
}

/** Rehearses a flow: partners' answers are given, really read where asked, or examples of schemas. */
export async function planFlow(given: PlanInput): Promise<FlowPreview> {
  const { links = new PlannedLinks(), world: outside } = given;
  const world: RehearsalWorld = {
    digest: (text) => outside.digest(text),
    env: (name) => outside.env(name),
    evaluate: (request) => outside.evaluate(request),
    fact: async (request) => links.find(request) ?? outside.fact(request),
  };
  const input = { ...given, links, world };
  const script = new PlanScript(input);
  const rehearsed = await rehearse(
    {
      generation: mockOperations(input.generation, []),
      received: input.received,
      flow: input.flow,
      now: input.now,
      ...(input.laneState === undefined ? {} : { laneState: input.laneState }),
      script,
      world: input.world,
    },
    input.rules,
  );
  return {
    rehearsed,
    calls: script.calls,
    ...(script.openEnd === undefined ? {} : { openEnd: script.openEnd }),
    unused: Object.keys(input.answers).filter((name) => !script.used.has(name)),
  };
}

class PlanScript implements Script {
  readonly calls: PlannedCall[] = [];
  openEnd: string | undefined;
  /** Names of given answers that were asked for. */
  readonly used = new Set<string>();
  readonly #input: PlanInput & { readonly links: PlannedLinks };
  /** Events that happened already: each happens once. */
  readonly #happened = new Set<string>();

  constructor(input: PlanInput & { readonly links: PlannedLinks }) {
    this.#input = input;
  }

  async answer(delivery: NewDelivery): Promise<RawOutcome | undefined> {
    const { generation } = this.#input;
    const name = `${delivery.system}.${delivery.operation}`;
    const adapter = generation.adapters.get(delivery.adapter);
    const operation = adapter?.operations[delivery.operation];
    const contract = generation.systems.get(delivery.system)?.operations[delivery.operation];
    const effect = contract?.effect ?? operation?.effect;
    const input = delivery.request.body ?? null;
    const first = await this.#firstRequests(`${delivery.adapter}.${delivery.operation}`, input);
    const answer =
      this.#given([name, `${delivery.adapter}.${delivery.operation}`]) ??
      (effect === "read" && first.output !== undefined
        ? { from: "read" as const, output: first.output }
        : this.#example(contract?.output ?? operation?.output));
    const sent = new Set(
      first.deliveries.map(({ path }) => path.split("/")[1]?.replace(/[[#?].*$/, "")),
    );
    this.calls.push({
      path: delivery.path.split("/")[0] ?? delivery.path,
      name,
      adapter: delivery.adapter,
      ...(effect === undefined ? {} : { effect }),
      input,
      requests: first.deliveries.map(({ request }) => request),
      later: (operation?.requests ?? []).map(({ id }) => id).filter((id) => !sent.has(id)),
      ...(first.why === undefined ? {} : { unbuilt: first.why }),
      answer: answer ?? { from: "none", output: null },
    });
    if (answer === undefined) {
      this.openEnd ??= `${name} has no answer to go on with: its output has no schema with an example`;
      return undefined;
    }
    if (operation !== undefined) {
      const call = { system: delivery.system, input, output: answer.output };
      this.#input.links.note(operation, call, this.#input);
    }
    return {
      kind: "response",
      response: { status: 200, headers: {}, body: { returns: answer.output } },
      ms: 0,
    };
  }

  async child(child: { readonly path: string; readonly flow: string; readonly data: Json }) {
    const name = `run ${child.flow}`;
    const planned = await planFlow({
      ...this.#input,
      flow: child.flow,
      received: {
        ...this.#input.received,
        channel: "run",
        type: child.flow,
        data: child.data,
        flow: child.flow,
      },
      laneState: {},
    });
    const end = planned.rehearsed.end;
    const answer = this.#given([name]);
    for (const used of Object.keys(this.#input.answers)) {
      if (!planned.unused.includes(used)) this.used.add(used);
    }
    this.calls.push({
      path: child.path,
      name,
      input: child.data,
      requests: [],
      later: [],
      answer:
        answer ??
        (end !== undefined && "output" in end
          ? { from: "plan", output: end.output }
          : { from: "none", output: null }),
    });
    this.calls.push(
      ...planned.calls.map((call) => ({ ...call, path: `${child.path} › ${call.path}` })),
    );
    if (answer !== undefined) return { output: answer.output };
    if (end === undefined) {
      this.openEnd ??= planned.openEnd ?? `${name} waits for a person or an event`;
    }
    return end;
  }

  /**
   * Time goes on over waits and retries; people and callbacks are left open unless their answer is
   * given. Throws `UsageError` for an answer that the task would refuse.
   */
  next(waits: Waits): Happening | undefined {
    const told = this.#told(waits);
    if (told !== undefined) return told;
    return soonestTimer(waits);
  }

  #told({ tasks, listens }: Waits): Happening | undefined {
    for (const task of tasks) {
      const { path } = task;
      const given = this.#given([`task ${path.split(".").at(-1) ?? path}`])?.output;
      const said = typeof given === "string" ? { choice: given } : given;
      if (!isJsonObject(said) || typeof said["choice"] !== "string") continue;
      const { choice, by, comment, data, pick } = said;
      const answer = checkedAnswer(task, {
        choice,
        by: typeof by === "string" ? by : "plan",
        ...(typeof comment === "string" ? { comment } : {}),
        ...(data === undefined ? {} : { data }),
        ...(typeof pick === "string" ? { pick } : {}),
      });
      return { kind: "choose", path, ...answer };
    }
    for (const { event } of listens) {
      if (this.#happened.has(event)) continue;
      const answer = this.#given([`event ${event}`]);
      if (answer === undefined) continue;
      this.#happened.add(event);
      return { kind: "event", type: event, data: answer.output };
    }
    return undefined;
  }

  #given(names: readonly string[]): PlannedCall["answer"] | undefined {
    const { answers } = this.#input;
    const name = names.find((candidate) => Object.hasOwn(answers, candidate));
    if (name === undefined) return undefined;
    this.used.add(name);
    return { from: "given", output: answers[name] ?? null };
  }

  #example(schema: string | undefined): PlannedCall["answer"] | undefined {
    if (schema === undefined) return { from: "example", output: null };
    const examples = this.#input.generation.schemas.get(schema)?.schema["examples"];
    const [first] = Array.isArray(examples) ? (examples as readonly Json[]) : [];
    return first === undefined ? undefined : { from: "example", output: first };
  }

  /** The operation alone, on its real adapter: what it would send before it needs an answer. */
  async #firstRequests(
    name: string,
    input: Json,
  ): Promise<{
    readonly deliveries: readonly NewDelivery[];
    readonly output?: Json;
    readonly why?: string;
  }> {
    const { generation, received, now, rules, world, read } = this.#input;
    const flow = callAlone(name, input);
    const alone: Generation = {
      ...generation,
      flows: new Map([...generation.flows, [flow.name, flow]]),
    };
    const unknown: string[] = [];
    const noting: RehearsalWorld = {
      digest: (text) => world.digest(text),
      env: (variable) => world.env(variable),
      evaluate: (request) => world.evaluate(request),
      fact: async (request) => {
        const value = await world.fact(request);
        if (request.kind === "xref" && value === null) unknown.push(missing(request));
        return value;
      },
    };
    const seen = await rehearse(
      {
        generation: alone,
        received: { ...received, channel: "manual", type: flow.name, flow: flow.name },
        flow: flow.name,
        now,
        world: noting,
        script: {
          answer: async (delivery) =>
            delivery.read && read !== undefined ? read(delivery) : undefined,
          child: async () => undefined,
          next: () => undefined,
        },
      },
      rules,
    );
    const [problem] = seen.deliveries.length === 0 ? seen.problems : [];
    return {
      deliveries: seen.deliveries.map(({ delivery }) => delivery),
      ...(problem === undefined ? {} : { why: unknown[0] ?? problem.failure.message }),
      ...(seen.status === "done" ? { output: seen.results["steps.call"] ?? null } : {}),
    };
  }
}

function missing({ entity, id, system }: Extract<FactRequest, { kind: "xref" }>): string {
  return `the crosswalk has no id of ${entity} "${id}" at ${system}`;
}

const at: SourceRef = { file: "(plan)", line: 1, column: 1, length: 1 };

/** A flow of one call, in no lane. */
function callAlone(name: string, input: Json): FlowPlan {
  const step = {
    kind: "call",
    argument: name,
    beside: { with: { at, constant: true, expressions: [], evaluate: () => input }, at },
    common: { at },
    id: "call",
    named: true,
    at,
  };
  return {
    name: "(plan)",
    flow: "(plan)",
    layer: "system",
    key: "none",
    steps: [step],
    stepsById: new Map([["call", step]]),
    at,
  };
}
