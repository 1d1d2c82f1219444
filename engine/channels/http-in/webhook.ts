import { FlowError } from "../../errors/flow-error.ts";
import { ExpressionError, isAbsence } from "../../model/evaluation-error.ts";
import type { Scope } from "../../model/expression.ts";
import type { Json } from "../../model/json.ts";
import type { AdapterPlan, WebhookPlan } from "../../model/plan/adapter.ts";
import type { Generation } from "../../model/plan/generation.ts";
import type { Received } from "../../model/received.ts";
import { environmentOf, secretsOf } from "../shared/environment.ts";
import { contextOf, evaluateWithFacts, textOf, varsOf } from "../shared/evaluation.ts";
import { writeXml } from "../shared/xml.ts";
import { type Feed, takeItem, type Taken } from "../shared/feed.ts";
import { keptHeaders, refusedByEngine, tracing } from "./answers.ts";
import { defaultBodyLimit, type HandlerContext } from "./context.ts";
import { answerHandshake } from "./handshake.ts";
import type { EnginePort } from "./engine-port.ts";
import { type Incoming, readBody } from "./incoming.ts";
import { Refusal, type Reply } from "./problem.ts";
import { verifyCaller } from "./signature.ts";
import { requestRoot, type SignedRequest } from "./signed-request.ts";

/** One endpoint with what its expressions need. */
export interface Endpoint {
  readonly generation: Generation;
  readonly adapter: AdapterPlan;
  readonly name: string;
  readonly plan: WebhookPlan;
}

/**
 * `POST /webhooks/<adapter>/<name>`: verified on the raw bytes, read, handed to the engine, and only
 * then answered. Throws `Refusal`; what is refused leaves nothing behind but an audit row.
 */
export async function handleWebhook(
  incoming: Incoming,
  names: readonly [adapter: string, webhook: string],
  context: HandlerContext,
): Promise<Reply> {
  const endpoint = findEndpoint(names, context);
  const { plan } = endpoint;
  // Some vendors ask so whether an endpoint is there before they take it; a 405 would tell as much.
  if (incoming.method === "HEAD") return { status: 200 };
  const feed = feedOf(endpoint, context);
  const call = { incoming, feed, bytes: await bytesOf(incoming, endpoint) };
  const verify = async () =>
    verifyCaller(plan.verify, signedRequest(endpoint, call, context), context.secrets);
  const greeting = await greet(endpoint, call, verify, context);
  if (greeting !== undefined) return greeting;
  const format = plan.accept ?? "json";
  incoming.requireType(format);
  if (plan.verify.kind !== "none") await verify();
  // Only now: whoever cannot prove who it is must not use up the sender's rate.
  context.rates.pass(`webhook ${names.join(".")}`, plan.rate, context.clock.now());
  const body = readBody(call.bytes, format);
  checkContract(endpoint, body);
  const scope = scopeOf(endpoint, keptHeaders(incoming.headers), body, context);
  const received = await readItems(feed, endpoint, scope, context);
  return respond(feed, endpoint, scope, await store(received, endpoint, call, context));
}

/** The body as it came; a handshake's GET has none. */
async function bytesOf(
  incoming: Incoming,
  { generation, plan }: Pick<Endpoint, "generation" | "plan">,
): Promise<Buffer> {
  if (incoming.method === "GET" && plan.handshake !== undefined) return Buffer.alloc(0);
  if (incoming.method !== "POST") {
    throw new Refusal("http-in/wrong-method", `${incoming.method} was given; POST is taken here`, {
      headers: { allow: "POST" },
    });
  }
  if (plan.handshake === undefined) incoming.requireType(plan.accept ?? "json");
  return incoming.bytes(plan.limit ?? generation.workspace.server?.limit ?? defaultBodyLimit);
}

/** The answer to a handshake, where the call is one. */
async function greet(
  endpoint: Endpoint,
  call: Call,
  verify: () => Promise<void>,
  context: HandlerContext,
): Promise<Reply | undefined> {
  const { generation, plan } = endpoint;
  const { incoming, bytes, feed } = call;
  if (plan.handshake === undefined) return undefined;
  const greeting = await answerHandshake(plan, {
    incoming,
    bytes,
    scope: scopeOf(endpoint, keptHeaders(incoming.headers), null, context),
    context: feed.context,
    request: () => requestRoot(signedRequest(endpoint, call, context)),
    secrets: () => secretsOf(generation, context.secrets),
    verify,
  });
  if (greeting === undefined && incoming.method === "GET") {
    throw new Refusal("http-in/bad-request", "this GET is no handshake of the endpoint");
  }
  return greeting;
}

/** Hands the facts of one call to the engine, and says what became of each. */
async function store(
  received: readonly Received[],
  { adapter, name }: Endpoint,
  { incoming, bytes }: Call,
  { clock, engine, meter }: HandlerContext,
): Promise<readonly Stored[]> {
  const headers = keptHeaders(incoming.headers);
  const traced = tracing(incoming.headers);
  const answers = await engine.receiveInOrder(
    received.map((one, index) => ({
      ...one,
      headers,
      ...traced,
      ...(index === 0 ? { raw: bytes } : {}),
    })),
  );
  return answers.map((answer, index) => {
    // The sender repeats all of them; those that are stored already will be duplicates.
    if (answer.outcome === "refused") throw refusedByEngine(answer, clock.now());
    const { messageId: id, outcome } = answer;
    meter.add("sluice_webhook_messages_total", { adapter: adapter.name, webhook: name, outcome });
    return { id, outcome, type: received[index]?.type ?? "" };
  });
}

function encoded(status: number, body: Json, encode: "json" | "xml" | "text"): Reply {
  if (encode === "json") return { status, body };
  const type = encode === "xml" ? "text/xml" : "text/plain";
  const text = encode === "xml" ? writeXml(body) : (textOf(body) ?? "");
  return { status, text, headers: { "content-type": `${type}; charset=utf-8` } };
}

interface Stored {
  readonly id: string;
  readonly outcome: "accepted" | "duplicate";
  readonly type: string;
}

function findEndpoint(
  [adapterName, name]: readonly [string, string],
  context: HandlerContext,
): Endpoint {
  const generation = context.engine.generation();
  const adapter = generation.adapters.get(adapterName);
  const webhooks = adapter?.webhooks;
  const plan = webhooks !== undefined && Object.hasOwn(webhooks, name) ? webhooks[name] : undefined;
  if (adapter === undefined || plan === undefined) {
    throw new Refusal("http-in/not-found", `there is no webhook "${adapterName}.${name}"`);
  }
  return { generation, adapter, name, plan };
}

interface Call {
  readonly incoming: Incoming;
  readonly bytes: Buffer;
  readonly feed: Feed;
}

/** The call as its proof is read from it; the body is parsed only where values of it are signed. */
function signedRequest(
  endpoint: Endpoint,
  { incoming, bytes, feed }: Call,
  context: HandlerContext,
): SignedRequest {
  const { adapter, generation, plan } = endpoint;
  const { headers, method, query, target } = incoming;
  const env = environmentOf(generation, context.secrets);
  const url = signedUrl(plan.verify, { env }, feed.context);
  const call = { headers, bytes, method, target, ...(url === undefined ? {} : { url }) };
  const constants = { env, vars: varsOf(adapter, env, feed.context) };
  const evaluate: SignedRequest["evaluate"] = async (value, scope) =>
    evaluateWithFacts((asked) => value.evaluate(scope, asked), feed.context, feed.fetch);
  return {
    ...call,
    // Whoever signed it dated it by a clock that agrees with the world's.
    now: context.clock.wall(),
    constants,
    evaluate,
    scopes: async () => {
      const body = readBody(bytes, plan.accept ?? "json");
      const request = requestRoot(call);
      const scope = { ...constants, body, headers, query: Object.fromEntries(query), request };
      const items = await itemsOf(
        feed,
        plan,
        scopeOf(endpoint, keptHeaders(headers), body, context),
        context.log,
      );
      // Where there is no item, there must be a proof all the same.
      return (items.length === 0 ? [null] : items).map((item) => ({ ...scope, item }));
    },
    keySet: async (at, fresh) =>
      context.keySet?.(at, generation, fresh) ?? {
        kind: "unreachable",
        reason: "nobody fetches them here",
      },
  };
}

/** The endpoint's address as the spec says it, where a proxy hides it. */
function signedUrl(
  verify: WebhookPlan["verify"],
  scope: Scope,
  evaluation: Feed["context"],
): string | undefined {
  if (verify.kind !== "hmac" && verify.kind !== "public-key") return undefined;
  return verify.url === undefined ? undefined : textOf(verify.url.evaluate(scope, evaluation));
}

/** The facts in one body. Throws `Refusal` where they cannot be told apart. */
async function itemsOf(
  feed: Feed,
  { items }: WebhookPlan,
  scope: Scope,
  log: Asking["log"],
): Promise<readonly Json[]> {
  if (items === undefined) return [scope["body"] as Json];
  try {
    const found = await evaluateWithFacts(
      (context) => items.evaluate(scope, context),
      feed.context,
      feed.fetch,
    );
    if (found === undefined) return [];
    // A single fact may come as itself: JSONata makes no list of one.
    return Array.isArray(found) ? (found as readonly Json[]) : [found];
  } catch (error) {
    throw unreadable(error, { ...feed, log });
  }
}

/**
 * Refused rather than kept: without identity it could not be told from its own repetition. The sender
 * hears what is not there, the log where it was asked for; what is there, and unfit, is in neither.
 */
function unreadable(error: unknown, { adapter, name, log }: Asking): unknown {
  if (!(error instanceof FlowError) || error instanceof Refusal) return error;
  const at = error instanceof ExpressionError ? error.at : undefined;
  const path = isAbsence(error) ? (/`([^`]*)`/.exec(error.message)?.[1] ?? "") : "";
  log.write("warn", "a body could not be read, and was refused", {
    webhook: `${adapter}.${name}`,
    code: error.code,
    ...(path === "" ? {} : { path }),
    ...(at === undefined ? {} : { at: `${at.file}:${at.line}:${at.column}` }),
  });
  const why = path === "" ? error.code : `\`${path}\` is not there`;
  return new Refusal("http-in/unreadable", `the body cannot be read: ${why}`, {
    more: { cause: error.code, ...(path === "" ? {} : { path }) },
  });
}

/** Whose expressions read the body, and who writes down that they could not. */
interface Asking {
  readonly adapter: string;
  readonly name: string;
  readonly log: Pick<HandlerContext["log"], "write">;
}

function checkContract({ generation, plan }: Endpoint, body: Json): void {
  const schema = plan.contract === undefined ? undefined : generation.schemas.get(plan.contract);
  const breaches = schema?.check(body) ?? [];
  if (breaches.length === 0) return;
  throw new Refusal("http-in/breaks-schema", `the body breaks the contract "${plan.contract}"`, {
    more: { errors: breaches.slice(0, 20).map(({ pointer, message }) => ({ pointer, message })) },
  });
}

export function feedOf(
  { adapter, generation, name, plan }: Endpoint,
  context: Pick<HandlerContext, "clock"> & { readonly engine: Pick<EnginePort, "facts"> },
): Feed {
  const now = context.clock.now();
  return {
    channel: "webhook",
    plan,
    adapter: adapter.name,
    name,
    generation,
    context: contextOf(generation, now, `${adapter.name}.${name}`, adapter.name),
    fetch: async (requests, at) => context.engine.facts(requests, at),
  };
}

/** What the endpoint's expressions see; `headers` are those that a message keeps. */
export function scopeOf(
  { adapter, generation, name }: Endpoint,
  headers: Received["headers"],
  body: Json,
  { clock, secrets }: Pick<HandlerContext, "clock" | "secrets">,
): Scope {
  const env = environmentOf(generation, secrets);
  const evaluation = contextOf(generation, clock.now(), `${adapter.name}.${name}`, adapter.name);
  return {
    body,
    item: body,
    headers,
    vars: varsOf(adapter, env, evaluation),
    env,
  };
}

export async function readItems(
  feed: Feed,
  { adapter, name, plan }: Endpoint,
  scope: Scope,
  {
    meter,
    log,
  }: { readonly meter: Pick<HandlerContext["meter"], "add">; readonly log: Asking["log"] },
): Promise<readonly Received[]> {
  const received: Received[] = [];
  try {
    for (const item of await itemsOf(feed, plan, scope, log)) {
      const taken: Taken = await takeItem(feed, item, scope);
      if (taken.kind === "received") received.push(taken.received);
      else {
        const labels = { adapter: adapter.name, webhook: name, outcome: taken.why };
        meter.add("sluice_webhook_messages_total", labels);
      }
    }
  } catch (error) {
    throw unreadable(error, { ...feed, log });
  }
  return received;
}

async function respond(
  feed: Feed,
  { plan }: Endpoint,
  scope: Scope,
  stored: readonly Stored[],
): Promise<Reply> {
  const status = plan.respond?.status ?? 202;
  const template = plan.respond?.body;
  if (template !== undefined) {
    try {
      const body = await evaluateWithFacts(
        (context) => template.evaluate(scope, context),
        feed.context,
        feed.fetch,
      );
      return encoded(status, body ?? null, plan.respond?.encode ?? "json");
    } catch (error) {
      if (!(error instanceof FlowError)) throw error;
      // It is stored: the vendor must not send it again because its answer could not be made.
    }
  }
  // A vendor that reads no JSON is told by the status alone.
  if (plan.respond?.encode !== undefined && plan.respond.encode !== "json")
    return { status, text: "" };
  const [first] = stored;
  if (first === undefined) return { status, body: { id: null, outcome: "ignored" } };
  const all = stored.length > 1 ? { messages: stored } : {};
  return { status, body: { id: first.id, outcome: first.outcome, ...all } };
}
