import type { Failure } from "../errors/failure.ts";
import { isJsonObject, type Json } from "../model/json.ts";
import type { FlowTest } from "../model/plan/flow-test.ts";
import { differences, sentence } from "./difference.ts";
import type { Rehearsed, TestedCall } from "./rehearsal.ts";

type Expectations = FlowTest["cases"][number]["expect"];

/** What of a case's `expect` does not hold, one sentence each. */
export function checkExpectations(
  expect: Expectations,
  rehearsed: Rehearsed,
  calls: readonly TestedCall[],
): string[] {
  const failure =
    rehearsed.end !== undefined && "failure" in rehearsed.end ? rehearsed.end.failure : undefined;
  const error = failure ?? rehearsed.problems[0]?.failure ?? rehearsed.state.error;
  const output =
    rehearsed.end !== undefined && "output" in rehearsed.end ? rehearsed.end.output : undefined;
  return [
    ...outcome(expect, rehearsed, error),
    ...sequence("request", expect.requests, calls),
    ...sequence(
      "event",
      expect.events,
      rehearsed.events.map(({ type, data }) => ({ names: [type], input: data })),
    ),
    ...compared("state", expect.state, rehearsed.laneState, false),
    ...compared("output", expect.output, output, false),
    ...compared("error", expect.error, error, true),
    ...compared(
      "issues",
      expect.issues,
      rehearsed.problems.flatMap(({ kind, failure: { code } }) => (kind === "issue" ? code : [])),
      false,
    ),
    ...compared("conflicts", expect.conflicts, rehearsed.conflicts, false),
    ...compared("milestones", expect.milestones, rehearsed.milestones, false),
    ...compared("response", expect.response, rehearsed.response, true),
  ];
}

function outcome(expect: Expectations, rehearsed: Rehearsed, error: Failure | undefined): string[] {
  const status = rehearsed.status === "released" ? "active" : rehearsed.status;
  if (status === expect.outcome) return [];
  const because = error === undefined ? rehearsed.why : `${error.message} [${error.code}]`;
  const why = because === undefined ? "" : `: ${because}`;
  return [`outcome: expected ${expect.outcome}, and it is ${status}${why}`];
}

function compared(what: string, expected: unknown, actual: unknown, partial: boolean): string[] {
  if (expected === undefined) return [];
  if (actual === undefined)
    return [`${what}: expected ${JSON.stringify(expected)}, and there is none`];
  return differences(expected, actual, { partial }).map((found) => `${what} ${sentence(found)}`);
}

/** Each expected entry is a name, or `{ <name>: data }`; order counts, and nothing else may be there. */
function sequence(
  what: string,
  expected: readonly unknown[] | undefined,
  actual: readonly TestedCall[],
): string[] {
  if (expected === undefined) return [];
  const problems: string[] = [];
  for (let index = 0; index < Math.max(expected.length, actual.length); index += 1) {
    const made = actual[index];
    const [name, data] = nameAndData(expected[index]);
    const place = `${what} ${index + 1}`;
    if (name === undefined) {
      problems.push(
        `${place}: ${made?.names[0] ?? ""} was not expected: ${JSON.stringify(made?.input)}`,
      );
    } else if (made === undefined) {
      problems.push(`${place}: expected ${name}, and there is none`);
    } else if (!made.names.includes(name)) {
      problems.push(`${place}: expected ${name}, and it is ${otherThan(name, made)}`);
    } else if (data !== undefined) {
      problems.push(
        ...differences(data, made.input).map((found) => `${place} ${name} ${sentence(found)}`),
      );
    }
  }
  return problems;
}

/** The call's name, by its adapter where only who plays it may be another. */
function otherThan(expected: string, { names }: TestedCall): string {
  const operation = expected.slice(expected.indexOf("."));
  return names.findLast((name) => name.endsWith(operation)) ?? names[0] ?? "";
}

function nameAndData(expected: unknown): [name?: string, data?: Json] {
  if (typeof expected === "string") return [expected];
  if (!isJsonObject(expected)) return [];
  const [entry] = Object.entries(expected);
  return entry === undefined ? [] : entry;
}
