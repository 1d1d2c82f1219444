import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { decide, intake } from "../../../engine/core/index.ts";
import { digest } from "../../../engine/composition/digest.ts";
import { factKey } from "../../../engine/model/expression.ts";
import type { NewDelivery } from "../../../engine/model/decision.ts";
import type { Instant, Json } from "../../../engine/model/json.ts";
import type { Generation } from "../../../engine/model/plan/generation.ts";
import type { RawOutcome } from "../../../engine/model/request.ts";
import type { Happening, Rehearsed } from "../../../engine/rehearsal/rehearsal.ts";
import { rehearse } from "../../../engine/rehearsal/rehearse.ts";
import { compileWorkspace, type WorkspaceFiles } from "../../../engine/spec/index.ts";

const root = path.join(import.meta.dirname, "../../hard-cases/workspace");

/** The texts of the workspace of hard cases, by path. */
export const files: WorkspaceFiles = Object.fromEntries(
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .map((file) => [path.relative(root, file), readFileSync(file, "utf8")]),
);

function compile(more: WorkspaceFiles): Generation {
  const { generation: found, diagnostics } = compileWorkspace({ ...files, ...more }, { digest });
  if (found === undefined) throw new Error(JSON.stringify(diagnostics, null, 1));
  return found;
}

const { systems, adapters } = compile({});

/** Flows of one call, for every operation: tried again soon, and after more than a day. */
const callsByFlow = (name: string, retry: string): Map<string, readonly [string, string]> => {
  const operations = [...systems, ...adapters].flatMap(([owner, plan]) =>
    Object.keys(plan.operations).map((operation) => `${owner}.${operation}`),
  );
  return new Map(
    operations.map((operation, index) => [
      operation,
      [
        `${name}-${index}`,
        `flow: ${name}-${index}
owner: integration
key: none
output: "\${ $steps.one }"
steps:
  - call: ${operation}
    id: one
    retry: ${retry}
`,
      ],
    ]),
  );
};

const soon = callsByFlow("soon", "{ max: 3 }");
const late = callsByFlow("late", "{ max: 3, backoff: 25h, limit: 2d, on: [transient] }");
const generation = compile(
  Object.fromEntries(
    [...soon.values(), ...late.values()].map(([name, text]) => [`flows/system/${name}.yaml`, text]),
  ),
);

/** One request as a partner sees it. */
export interface Seen {
  /** Within the call: `create`, `process.open`, `confirm?`. */
  readonly name: string;
  readonly at: Instant;
  readonly method: string;
  readonly url: string;
  readonly query: NewDelivery["request"]["query"];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Json;
  readonly key: string | undefined;
  readonly read: boolean;
}

export const ok = (body: Json, headers: Record<string, string> = {}): RawOutcome =>
  status(200, body, headers);
export const status = (
  code: number,
  body: Json = {},
  headers: Record<string, string> = {},
): RawOutcome => ({ kind: "response", ms: 1, response: { status: code, headers, body } });
export const lost: RawOutcome = { kind: "unknown", reason: "the connection broke", ms: 1 };
/** A JSON-RPC answer. */
export const result = (value: Json): RawOutcome => ok({ result: value });
export const refused = (kind: string, ...words: string[]): RawOutcome =>
  ok({ error: [kind, [...words, null]] });

export const start: Instant = Date.parse("2026-11-20T10:00:00Z");

export interface Operated {
  readonly seen: readonly Seen[];
  readonly names: readonly string[];
  readonly rehearsed: Rehearsed;
  readonly output: Json | undefined;
  readonly error:
    | { readonly class: string; readonly code: string; readonly message: string }
    | undefined;
}

export interface OperateOptions {
  /** Crosswalk, as `[entity, canonical, system, id]`. */
  readonly crosswalk?: readonly (readonly [string, string, string, string])[];
  /** Tries again after a day and an hour, not after seconds. */
  readonly patient?: boolean;
  /** What happens when only later times are waited for; the next timer is due unless told. */
  readonly next?: (waits: Parameters<OperateScript["next"]>[0]) => Happening | undefined;
}

type OperateScript = Parameters<typeof rehearse>[0]["script"];

/** One call of an operation against a partner who answers as the test says. */
export async function operate(
  operation: string,
  input: Json,
  answer: (request: Seen, count: number) => RawOutcome,
  options: OperateOptions = {},
): Promise<Operated> {
  const [flow = ""] = (options.patient === true ? late : soon).get(operation) ?? [];
  const seen: Seen[] = [];
  const facts = new Map(
    (options.crosswalk ?? []).map(([entity, canonical, system, id]) => [
      factKey({ kind: "xref", entity, system, id: canonical }),
      id,
    ]),
  );
  const rehearsed = await rehearse(
    {
      generation,
      flow,
      now: start,
      received: {
        channel: "manual",
        source: "test",
        type: flow,
        dedupeKey: "1",
        data: input,
        headers: {},
      },
      script: {
        answer: async (delivery, at) => {
          const request = sent(delivery, at);
          seen.push(request);
          return answer(request, seen.filter(({ name }) => name === request.name).length);
        },
        child: async () => undefined,
        next: (waits) => (options.next ?? soonest)(waits),
      },
      world: {
        digest,
        env: () => undefined,
        fact: async (request) => facts.get(factKey(request)) ?? null,
        evaluate: async () => Promise.reject(new Error("nothing to evaluate here")),
      },
    },
    { decide, intake },
  );
  const { end } = rehearsed;
  const failure =
    end !== undefined && "failure" in end ? end.failure : rehearsed.problems[0]?.failure;
  return {
    seen,
    names: seen.map(({ name }) => name),
    rehearsed,
    output: end !== undefined && "output" in end ? end.output : undefined,
    error: failure,
  };
}

/** Time goes on to whatever is due next. */
export function soonest({
  timers,
  now,
}: Parameters<OperateScript["next"]>[0]): Happening | undefined {
  const [next] = [...timers].sort((a, b) => a.due - b.due);
  return next === undefined ? undefined : { kind: "after", ms: Math.max(0, next.due - now) };
}

function sent({ path: at, request, effectKey, read }: NewDelivery, now: Instant): Seen {
  return {
    name: at.slice(at.indexOf("/") + 1),
    at: now,
    method: request.method,
    url: request.url,
    query: request.query,
    headers: request.headers,
    body: request.body ?? null,
    key: effectKey,
    read,
  };
}
