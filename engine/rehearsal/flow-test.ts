import type { NewChild, NewDelivery } from "../model/decision.ts";
import type { FactRequest } from "../model/expression.ts";
import { isJsonObject, type Instant, type Json, type JsonObject } from "../model/json.ts";
import type { Generation } from "../model/plan/generation.ts";
import type { FlowTest } from "../model/plan/flow-test.ts";
import type { Received } from "../model/received.ts";
import type { RawOutcome } from "../model/request.ts";
import { checkExpectations } from "./expectation.ts";
import { type MockFailure, mockOperations } from "./mock-operations.ts";
import {
  type ChildEnd,
  type Happening,
  type Rehearsed,
  type RehearsalWorld,
  type Script,
  soonestTimer,
  type TestedCall,
  type Waits,
} from "./rehearsal.ts";
import { rehearse, type RehearsalRules } from "./rehearse.ts";

export type FlowTestCase = FlowTest["cases"][number];

type TestedHappening = NonNullable<FlowTestCase["happens"]>[number];

export interface CaseResult {
  readonly name: string;
  readonly passed: boolean;
  /** What is not as expected, one sentence each. */
  readonly problems: readonly string[];
  /**
   * YAML for calls that were made and not mocked, indented to be pasted at the end of the case; under
   * its `calls:`, where it has them.
   */
  readonly stanza?: string;
  readonly calls: readonly TestedCall[];
  readonly rehearsed: Rehearsed;
}

export interface CaseInput {
  readonly generation: Generation;
  readonly test: FlowTest;
  readonly testCase: FlowTestCase;
  readonly rules: RehearsalRules;
  readonly world: Omit<RehearsalWorld, "fact">;
  /** Parses `given.now` and other date-times. */
  instant(text: string): Instant;
}

/** Virtual time at which tests begin unless they say otherwise: 2026-01-15T12:00:00Z. */
const beginning: Instant = 1_768_478_400_000;

/** So long a caller of an API flow waits unless its flow has a `deadline`. */
const respondMsUnlessTold = 30_000;

/** Runs one case of a flow test: contracts and flows are real, partners are the case's mocks. */
export async function runCase(input: CaseInput): Promise<CaseResult> {
  const { testCase } = input;
  const script = new CaseScript(testCase);
  const given = testCase.given;
  const now = given.now === undefined ? beginning : input.instant(given.now);
  const rehearsed = await rehearse(
    {
      generation: mockOperations(input.generation, script.failures),
      received: receivedMessage(input, now),
      flow: input.test.flow,
      now,
      script,
      laneState: (given.state ?? {}) as Json,
      early: (given.events ?? []).map(({ event, data }) => ({
        type: event,
        data: (data ?? null) as Json,
      })),
      world: {
        ...input.world,
        fact: async (request) => knownFact(input, request),
      },
    },
    input.rules,
  );
  const problems = [
    ...script.unmocked.map(
      (call) =>
        `${call.names[0] ?? ""} was called and is not mocked: its input was ${JSON.stringify(call.input)}`,
    ),
    ...checkExpectations(testCase.expect, rehearsed, script.calls),
    ...script.unused(),
  ];
  return {
    name: testCase.name,
    passed: problems.length === 0,
    problems,
    ...(script.unmocked.length === 0
      ? {}
      : { stanza: stanza(script.unmocked, input.generation, testCase.calls !== undefined) }),
    calls: script.calls,
    rehearsed,
  };
}

function receivedMessage(input: CaseInput, now: Instant): Received {
  const { test, testCase, generation } = input;
  const message = isJsonObject(testCase.given.message) ? testCase.given.message : {};
  const { data, type, source, time, id, sequence } = message;
  const flow = generation.flows.get(test.flow);
  const trigger = flow?.trigger?.[0];
  const triggerType =
    trigger !== undefined && typeof trigger.value === "string" ? trigger.value : test.flow;
  return {
    channel: trigger?.kind === "event" || trigger === undefined ? "event" : trigger.kind,
    source: typeof source === "string" ? source : "test",
    type: typeof type === "string" ? type : triggerType,
    dedupeKey: typeof id === "string" ? id : "test-1",
    data: data ?? null,
    headers: {},
    ...(trigger?.kind === "api"
      ? { respondBy: now + (flow?.deadline ?? respondMsUnlessTold) }
      : {}),
    ...(typeof time === "string" ? { time: input.instant(time) } : {}),
    ...(typeof sequence === "string" || typeof sequence === "number" ? { sequence } : {}),
  };
}

function knownFact(input: CaseInput, request: FactRequest): Json {
  const { testCase } = input;
  const entries = testCase.given.crosswalk ?? [];
  switch (request.kind) {
    case "xref":
      return (
        entries.find(
          ({ entity, canonical, system }) =>
            entity === request.entity && canonical === request.id && system === request.system,
        )?.id ?? null
      );
    case "canonical":
      return (
        entries.find(
          ({ entity, id, system }) =>
            entity === request.entity && id === request.id && system === request.system,
        )?.canonical ?? null
      );
    case "cache": {
      const cached = testCase.given.cached?.find(({ call }) => call === request.operation);
      if (cached === undefined) return null;
      return { output: (cached.returns ?? null) as Json, at: input.instant(cached.answered) };
    }
    case "reference":
    case "effect":
    case "results":
    case "evaluate":
      return null;
  }
}

interface Mock {
  readonly call: string;
  readonly when: JsonObject;
  readonly returns: Json;
  readonly failure?: number;
  readonly hangs: boolean;
  readonly times: number;
  used: number;
}

/** The case's mocks and happenings as a script. */
class CaseScript implements Script {
  readonly failures: MockFailure[] = [];
  readonly calls: TestedCall[] = [];
  readonly unmocked: TestedCall[] = [];
  readonly #mocks: Mock[];
  readonly #happens: TestedHappening[];

  constructor(testCase: FlowTestCase) {
    this.#happens = [...(testCase.happens ?? [])];
    this.#mocks = (testCase.calls ?? []).map((call) => {
      const { fails } = call;
      const failure = fails && { ...fails, message: fails.message ?? fails.code };
      if (failure !== undefined) this.failures.push(failure);
      return {
        call: call.call,
        when: isJsonObject(call.when) ? call.when : {},
        returns: (call.returns ?? null) as Json,
        ...(failure === undefined ? {} : { failure: this.failures.length - 1 }),
        hangs: call.hangs === true,
        times: call.times ?? Number.POSITIVE_INFINITY,
        used: 0,
      };
    });
  }

  async answer(delivery: NewDelivery): Promise<RawOutcome | undefined> {
    const input = delivery.request.body ?? null;
    const mock = this.#take({
      names: [
        `${delivery.system}.${delivery.operation}`,
        `${delivery.adapter}.${delivery.operation}`,
      ],
      input,
    });
    if (mock === undefined || mock.hangs) return undefined;
    const body: Json =
      mock.failure === undefined ? { returns: mock.returns } : { fails: mock.failure };
    return {
      kind: "response",
      response: { status: 200, headers: { "content-type": "application/json" }, body },
      ms: 0,
    };
  }

  async child(child: NewChild): Promise<ChildEnd | undefined> {
    const mock = this.#take({ names: [`run ${child.flow}`], input: child.data });
    if (mock === undefined) return undefined;
    if (mock.failure === undefined) return { output: mock.returns };
    const failure = this.failures[mock.failure];
    return failure === undefined ? undefined : { failure };
  }

  next(waits: Waits): Happening | undefined {
    const happening = this.#happens.shift();
    if (happening !== undefined) return toHappening(happening, waits);
    return soonestTimer(waits);
  }

  /** Mocks that were declared with `times` and not called so often. */
  unused(): string[] {
    return this.#mocks
      .filter(({ times, used }) => Number.isFinite(times) && used < times)
      .map(
        ({ call, times, used }) => `${call} is mocked for ${times} calls, and ${used} were made`,
      );
  }

  #take(call: TestedCall): Mock | undefined {
    this.calls.push(call);
    const mock = this.#mocks.find(
      (candidate) =>
        call.names.includes(candidate.call) &&
        candidate.used < candidate.times &&
        hasMembers(call.input, candidate.when),
    );
    if (mock === undefined) this.unmocked.push(call);
    else mock.used += 1;
    return mock;
  }
}

function hasMembers(input: Json, members: JsonObject): boolean {
  return Object.entries(members).every(
    ([name, value]) => isJsonObject(input) && JSON.stringify(input[name]) === JSON.stringify(value),
  );
}

function toHappening(given: TestedHappening, waits: Waits): Happening {
  switch (given.kind) {
    case "choose": {
      const { value: step, choice, by, comment, data, pick } = given;
      return {
        kind: "choose",
        path: waits.tasks.find(({ path }) => path.endsWith(`.${step}`))?.path ?? `steps.${step}`,
        choice,
        by: by ?? "tester",
        ...(comment === undefined ? {} : { comment }),
        ...(pick === undefined ? {} : { pick }),
        ...(data === undefined ? {} : { data: data as Json }),
      };
    }
    case "event":
      return { kind: "event", type: given.value, data: (given.data ?? null) as Json };
    case "state":
      return { kind: "state", patch: given.value as Json };
    case "after":
      return { kind: "after", ms: given.value };
  }
}

function stanza(calls: readonly TestedCall[], generation: Generation, hasCalls: boolean): string {
  const entries = calls.map(({ names, input }) => {
    const when = isJsonObject(input) ? firstScalar(input) : undefined;
    const returns = JSON.stringify(exampleOutput(names, generation));
    return [
      `      - call: ${names[0] ?? ""}`,
      ...(when === undefined ? [] : [`        when: ${when}`]),
      `        returns: ${returns}`,
    ];
  });
  // The same call with the same input needs one mock.
  const lines = new Set(entries.map((entry) => entry.join("\n")));
  return [...(hasCalls ? [] : ["    calls:"]), ...lines, ""].join("\n");
}

/** What the call may give: an example of its output's schema, to be adapted. */
function exampleOutput(names: readonly string[], generation: Generation): Json {
  for (const name of names) {
    const [system = "", operation = ""] = name.split(".");
    const schema =
      generation.systems.get(system)?.operations[operation]?.output ??
      generation.adapters.get(system)?.operations[operation]?.output;
    const examples =
      schema === undefined ? undefined : generation.schemas.get(schema)?.schema["examples"];
    if (Array.isArray(examples)) return (examples as readonly Json[])[0] ?? {};
  }
  return {};
}

function firstScalar(input: JsonObject): string | undefined {
  const entry = Object.entries(input).find(([, value]) => typeof value === "string");
  return entry === undefined ? undefined : `{ ${entry[0]}: ${JSON.stringify(entry[1])} }`;
}
