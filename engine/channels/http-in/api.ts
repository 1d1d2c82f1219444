import { isDeepStrictEqual } from "node:util";
import { isJsonObject, type Json, type JsonObject } from "../../model/json.ts";
import type { Received } from "../../model/received.ts";
import { authoriseCall, type Caller } from "./access.ts";
import { keptHeaders, refusedByEngine, tracing } from "./answers.ts";
import { type ApiRoute, matchApi } from "./api-routes.ts";
import { defaultBodyLimit, type HandlerContext } from "./context.ts";
import type { Incoming } from "./incoming.ts";
import { lifecycleHeaders } from "./lifecycle.ts";
import { openApiOfFlows } from "./openapi.ts";
import { readQuery } from "./parameters.ts";
import { Refusal, type Reply } from "./problem.ts";

/** A caller waits so long for an answer unless its flow has a `deadline`. */
const defaultDeadlineMs = 10_000;

/** `/api/…`: endpoints of flows, `/api/openapi.json`, and `/api/runs/<id>` for answers that come late. */
export async function handleApi(incoming: Incoming, context: HandlerContext): Promise<Reply> {
  const generation = context.engine.generation();
  if (incoming.path === "/api/openapi.json") {
    authoriseCall(incoming, undefined, generation, context.secrets);
    return { status: 200, body: openApiOfFlows(generation) };
  }
  const late = /^\/api\/runs\/([\w-]+)$/.exec(incoming.path)?.[1];
  if (late !== undefined) return lateAnswer(incoming, late, context);
  const match = matchApi(generation, incoming.method, incoming.path);
  if (match.kind === "none") {
    throw new Refusal("http-in/not-found", `there is no endpoint "${incoming.path}"`);
  }
  if (match.kind === "other-method") {
    const allow = match.allow.join(", ");
    throw new Refusal(
      "http-in/wrong-method",
      `${incoming.method} was given; ${allow} is taken here`,
      {
        headers: { allow },
      },
    );
  }
  const { headers, ...reply } = await callFlow(incoming, match.route, match.parameters, context);
  return { ...reply, headers: { ...headers, ...lifecycleHeaders(match.route, generation) } };
}

async function callFlow(
  incoming: Incoming,
  route: ApiRoute,
  parameters: Readonly<Record<string, string>>,
  context: HandlerContext,
): Promise<Reply> {
  const { engine, clock } = context;
  const generation = engine.generation();
  const caller = authoriseCall(incoming, route.plan.roles, generation, context.secrets);
  context.rates.pass(
    `api ${route.method} ${route.path} ${caller.name}`,
    route.plan.rate,
    clock.now(),
  );
  const query = readQuery(route.plan.query ?? {}, incoming.query, context.checkParameter);
  const hasBody = route.plan.kind === "post" || route.plan.kind === "put";
  const limit = generation.workspace.server?.limit ?? defaultBodyLimit;
  const body = hasBody ? await readMembers(incoming, limit) : {};
  const data: Json = { ...query, ...body, ...parameters };
  checkInput(route, data, context);
  const key = incoming.headers["idempotency-key"];
  const received = receivedCall(incoming, route, { caller, data, key }, context);
  const answer = await engine.receiveAndWait(received);
  if (answer.outcome === "refused") throw refusedByEngine(answer, clock.now());
  if (key !== undefined) await checkRepetition(answer.messageId, data, context);
  if (answer.outcome === "answered") {
    const { body: responseBody, headers, status } = answer.response;
    return {
      status,
      headers: { ...headers, "x-sluice-message": answer.messageId },
      body: responseBody,
    };
  }
  const id = answer.runId ?? null;
  return {
    status: 202,
    headers: {
      "x-sluice-message": answer.messageId,
      ...(answer.runId === undefined
        ? {}
        : { location: `/api/runs/${answer.runId}`, "retry-after": "1" }),
    },
    body: { id: answer.messageId, run: id, outcome: "pending" },
  };
}

function receivedCall(
  incoming: Incoming,
  { flow }: ApiRoute,
  call: { readonly caller: Caller; readonly data: Json; readonly key: string | undefined },
  { clock, ids }: HandlerContext,
): Received {
  const now = clock.now();
  if (call.key !== undefined && !/^[\x21-\x7e]{1,255}$/.test(call.key)) {
    throw new Refusal(
      "http-in/bad-request",
      "idempotency-key holds 1 to 255 visible ASCII characters",
    );
  }
  return {
    channel: "api",
    source: "api",
    type: flow.name,
    flow: flow.name,
    // Keys of two callers never meet; a call without a key is a call of its own.
    dedupeKey: `${flow.name}:${call.caller.name}:${call.key ?? ids.next(now)}`,
    data: call.data,
    headers: keptHeaders(incoming.headers),
    respondBy: now + (flow.deadline ?? defaultDeadlineMs),
    ...tracing(incoming.headers),
  };
}

async function readMembers(incoming: Incoming, limit: number): Promise<JsonObject> {
  const body = await incoming.json(limit);
  if (body === null) return {};
  if (isJsonObject(body)) return body;
  throw new Refusal("http-in/bad-request", "the body is no JSON object");
}

function checkInput({ flow }: ApiRoute, data: Json, { engine }: HandlerContext): void {
  const schema = flow.input === undefined ? undefined : engine.generation().schemas.get(flow.input);
  const breaches = schema?.check(data) ?? [];
  if (breaches.length === 0) return;
  throw new Refusal("http-in/breaks-schema", `the request breaks the schema "${flow.input}"`, {
    more: { errors: breaches.slice(0, 50).map(({ pointer, message }) => ({ pointer, message })) },
  });
}

/** The same key with another request is a mistake of the caller: the first answer is not its answer. */
async function checkRepetition(
  messageId: string,
  data: Json,
  { read }: HandlerContext,
): Promise<void> {
  const first = await read.message(messageId);
  // Once the first request's payload is over, nobody can tell any more.
  if (first === undefined || first.emptiedAt !== undefined) return;
  if (isDeepStrictEqual(first.message.data, data)) return;
  throw new Refusal("http-in/key-reused", "this idempotency-key came before, with another request");
}

async function lateAnswer(
  incoming: Incoming,
  runId: string,
  context: HandlerContext,
): Promise<Reply> {
  const generation = context.engine.generation();
  const caller = authoriseCall(incoming, undefined, generation, context.secrets);
  if (incoming.method !== "GET") {
    throw new Refusal("http-in/wrong-method", "GET is taken here", { headers: { allow: "GET" } });
  }
  const run = await context.read.run(runId);
  const flow = run && generation.flows.get(run.flow);
  const plans = (flow?.trigger ?? []).flatMap((one) => (one.kind === "api" ? [one.value] : []));
  const mayRead = plans.some(
    ({ roles = [] }) =>
      roles.length === 0 ||
      caller.roles.has("admin") ||
      roles.some((role) => caller.roles.has(role)),
  );
  if (run === undefined || !mayRead)
    throw new Refusal("http-in/not-found", `there is no run "${runId}"`);
  const response = await context.engine.response(runId);
  if (response !== undefined) return response;
  return {
    status: 202,
    headers: { location: `/api/runs/${runId}`, "retry-after": "1" },
    body: {
      id: run.messageId,
      run: runId,
      outcome: run.endedAt === undefined ? "pending" : run.status,
    },
  };
}
