import { FlowError } from "../../errors/flow-error.ts";
import type { Delivery } from "../../model/delivery.ts";
import type { EvaluationContext, Scope } from "../../model/expression.ts";
import { type Instant, isJsonObject, type Json, type JsonObject } from "../../model/json.ts";
import { linksOf } from "../../model/link-header.ts";
import { atPage, pageUrl } from "../../model/page-url.ts";
import type { AdapterPlan, PollPlan } from "../../model/plan/adapter.ts";
import type { Generation } from "../../model/plan/generation.ts";
import type { HttpRequest, HttpResponse, RawOutcome } from "../../model/request.ts";
import { whyNoAnswer } from "../../model/web-page.ts";
import { environmentOf } from "../shared/environment.ts";
import { contextOf, evaluateWithFacts, holdsFor, textOf, varsOf } from "../shared/evaluation.ts";
import { buildReadRequest } from "../shared/read-request.ts";
import { parseInstant } from "../shared/instant.ts";
import { parseRetryAfter } from "../shared/retry-after.ts";
import type { PollOptions } from "./poll-options.ts";

/** One poll on one generation. */
export interface PollSource {
  readonly generation: Generation;
  readonly adapter: AdapterPlan;
  readonly name: string;
  readonly plan: PollPlan;
  readonly context: EvaluationContext;
  /** `$vars` and `$env`. */
  readonly scope: Scope;
}

/** What one page came to. */
export type Page =
  | {
      readonly kind: "page";
      readonly items: readonly Json[];
      /** What the rows' own expressions see beside `$item`. */
      readonly scope: Scope;
      /** Values of `$cursor` for the page after it; absent on the last one. */
      readonly next?: JsonObject;
      /** On the last one: where it says that the next round goes on. */
      readonly onward?: Json;
    }
  | {
      readonly kind: "failed";
      readonly reason: string;
      readonly retryAt?: Instant;
      /** The partner refused the request as such: a page it no longer knows, for instance. */
      readonly rejected: boolean;
      /** It knows the cursor no more: the next round begins anew. */
      readonly expired?: true;
    };

export function pollSource(
  generation: Generation,
  names: { readonly adapter: string; readonly poll: string },
  { clock, secrets }: PollOptions,
): PollSource | undefined {
  const adapter = generation.adapters.get(names.adapter);
  const plan = adapter?.polls?.[names.poll];
  if (adapter === undefined || plan === undefined) return undefined;
  const context = contextOf(
    generation,
    clock.now(),
    `${names.adapter}.${names.poll}`,
    adapter.name,
  );
  const env = environmentOf(generation, secrets);
  return {
    generation,
    adapter,
    name: names.poll,
    plan,
    context,
    scope: { env, vars: varsOf(adapter, env, context) },
  };
}

/**
 * Asks for one page. `cursor` is the checkpoint on the first page, and the page's values on those
 * after it; `first` is that of the round's first page. Throws `ExpressionError` where an expression of
 * the poll cannot be evaluated.
 */
export async function readPage(
  source: PollSource,
  { cursor, first }: { readonly cursor: Json; readonly first: Json },
  attempt: number,
  options: PollOptions,
): Promise<Page> {
  const { adapter, context, generation, plan } = source;
  // What else the request says is said again where the page is an address.
  const known = [cursor, first].find((one) => nextUrlOf(one) === undefined);
  const asking: Scope = { ...source.scope, cursor: known ?? startOf(source, options.clock.now()) };
  const fetch = options.receiver.facts.bind(options.receiver);
  const evaluate = async <T>(run: (context: EvaluationContext) => T): Promise<T> =>
    evaluateWithFacts(run, context, fetch);
  const { encode } = options;
  const built = await evaluate((facts) =>
    buildReadRequest({ plan, adapter, generation, scope: asking, context: facts, encode }),
  );
  const url = nextUrlOf(cursor);
  if (url !== undefined && (await isElsewhere(source, url, evaluate))) {
    // Saved before `base-url` was changed: asked for ever, it would never be answered.
    const ended = nextUrlOf(first) === url ? ({ expired: true } as const) : {};
    const reason = "where it was to go on is not on the host of base-url any more";
    return { kind: "failed", reason, rejected: true, ...ended };
  }
  const request = url === undefined ? built : atPage(built, url);
  const outcome = await options.send(deliveryOf(source, request, attempt, options), generation);
  if (outcome.kind !== "response") return failedOutcome(outcome);
  const body = options.decode?.(outcome.response.body, adapter) ?? outcome.response.body;
  const links = linksOf(outcome.response.headers["link"]);
  const response = { ...outcome.response, body, links };
  const answered: Scope = { ...asking, response: { ...response }, body };
  const { expired } = plan.cursor ?? {};
  if (expired !== undefined && (await evaluate((facts) => holdsFor(expired, answered, facts)))) {
    return { kind: "failed", reason: "it knows the cursor no more", rejected: true, expired: true };
  }
  // First of all: what is refused in a 200 has no result.
  const failure = await failureOf(
    source,
    { response, decode: plan.decode },
    answered,
    evaluate,
    options,
  );
  if (failure !== undefined) return failure;
  const result = plan.result ?? adapter.request?.result;
  const withResult: Scope = {
    ...answered,
    result:
      result === undefined ? body : await evaluate((facts) => result.evaluate(answered, facts)),
  };
  const found = await evaluate((facts) => plan.items.evaluate(withResult, facts));
  // JSONata makes no list of one row, and nothing of none.
  const items = found === undefined || found === null ? [] : Array.isArray(found) ? found : [found];
  const asked = { asked: request.url, scope: withResult };
  const next = await nextPage(source, asked, evaluate);
  const onward = next === undefined ? await onwardOf(source, asked, evaluate) : undefined;
  return {
    kind: "page",
    items: items as readonly Json[],
    scope: { ...withResult, headers: response.headers },
    ...(next === undefined ? {} : { next }),
    ...(onward === undefined ? {} : { onward }),
  };
}

/** Tells the source what was taken of a page; the reason where it did not take that well. */
export async function acknowledge(
  source: PollSource,
  scope: Scope,
  options: PollOptions,
): Promise<Extract<Page, { kind: "failed" }> | undefined> {
  const { adapter, context, generation, plan } = source;
  const request = plan.acknowledge;
  if (request === undefined) return undefined;
  const fetch = options.receiver.facts.bind(options.receiver);
  const evaluate: Evaluate = async (run) => evaluateWithFacts(run, context, fetch);
  const { encode } = options;
  const built = await evaluate((facts) =>
    buildReadRequest({ plan: request, adapter, generation, scope, context: facts, encode }),
  );
  const outcome = await options.send(deliveryOf(source, built, 0, options), generation);
  if (outcome.kind !== "response") return failedOutcome(outcome);
  const body = options.decode?.(outcome.response.body, adapter) ?? outcome.response.body;
  const response = { ...outcome.response, body };
  const answered: Scope = { ...source.scope, response, body, result: body };
  return failureOf(source, { response, decode: request.decode }, answered, evaluate, options);
}

type Evaluate = <T>(run: (context: EvaluationContext) => T) => Promise<T>;

/** Where the address of the next page is kept, beside the values of `$cursor`. */
const nextUrlKey = "next-url";

/** The cursor of a first poll. */
export function startOf({ context, plan, scope }: PollSource, now: Instant): Json {
  const given = plan.cursor?.start.evaluate(scope, context) ?? null;
  return given === "now" ? new Date(now).toISOString() : given;
}

/** The address that a cursor is, where it is one. */
export function nextUrlOf(cursor: Json): string | undefined {
  const url = isJsonObject(cursor) ? cursor[nextUrlKey] : undefined;
  return typeof url === "string" ? url : undefined;
}

interface Asked {
  readonly asked: string;
  readonly scope: Scope;
}

/** Where the last page of a round says that the next one goes on. */
async function onwardOf(
  source: PollSource,
  { asked, scope }: Asked,
  evaluate: Evaluate,
): Promise<Json | undefined> {
  const { nextUrl, token } = source.plan.cursor ?? {};
  if (token !== undefined) {
    return (await evaluate((facts) => token.evaluate(scope, facts))) ?? undefined;
  }
  if (nextUrl === undefined) return undefined;
  const given = await evaluate((facts) => nextUrl.evaluate(scope, facts));
  if (given === undefined || given === null) return undefined;
  return { [nextUrlKey]: await ownUrl(source, given, { asked, scope }, evaluate) };
}

async function nextPage(
  source: PollSource,
  { asked, scope }: Asked,
  evaluate: Evaluate,
): Promise<JsonObject | undefined> {
  const { page } = source.plan;
  if (page === undefined) return undefined;
  if ((await evaluate((facts) => page.while.evaluate(scope, facts))) !== true) return undefined;
  const next: Record<string, Json> = {};
  for (const [name, expression] of Object.entries(page.next ?? {})) {
    next[name] = (await evaluate((facts) => expression.evaluate(scope, facts))) ?? null;
  }
  const { nextUrl } = page;
  if (nextUrl !== undefined) {
    const given = await evaluate((facts) => nextUrl.evaluate(scope, facts));
    next[nextUrlKey] = await ownUrl(source, given, { asked, scope }, evaluate);
  }
  return next;
}

async function isElsewhere(
  { adapter, scope }: PollSource,
  url: string,
  evaluate: Evaluate,
): Promise<boolean> {
  const base = await evaluate((facts) => textOf(adapter.baseUrl.evaluate(scope, facts)) ?? "");
  return pageUrl(url, base) === undefined;
}

/** An address that the partner gave, on the host of `base-url`. */
async function ownUrl(
  { adapter }: PollSource,
  given: Json | undefined,
  { asked, scope }: Asked,
  evaluate: Evaluate,
): Promise<string> {
  const base = await evaluate((facts) => textOf(adapter.baseUrl.evaluate(scope, facts)) ?? "");
  const url = typeof given === "string" ? pageUrl(given, base, asked) : undefined;
  if (url !== undefined) return url;
  throw new FlowError(
    "channels/foreign-page",
    `the next page is said to be at ${JSON.stringify(given ?? null)}, which is not on the host of base-url; pages elsewhere are not asked for, since credentials would go with them`,
  );
}

interface Answer {
  readonly response: HttpResponse;
  /** How the spec says that it is read. */
  readonly decode: HttpRequest["decode"];
}

/** Rules of the adapter first, then the status: the order in which calls are judged, too. */
async function failureOf(
  { adapter }: PollSource,
  { response, decode }: Answer,
  scope: Scope,
  evaluate: Evaluate,
  { clock }: PollOptions,
): Promise<Extract<Page, { kind: "failed" }> | undefined> {
  const { headers, status } = response;
  const now = clock.now();
  const retryAt = parseRetryAfter(headers["retry-after"], now);
  for (const rule of adapter.errors ?? []) {
    if (!(await evaluate((facts) => holdsFor(rule.when, scope, facts)))) continue;
    const { wait } = rule;
    const told =
      wait === undefined || typeof wait === "number"
        ? now + (wait ?? 0)
        : parseInstant(await evaluate((facts) => wait.evaluate(scope, facts)));
    const words = rule.message;
    const message =
      words === undefined
        ? undefined
        : await evaluate((facts) => textOf(words.evaluate(scope, facts)));
    const waitUntil = Math.max(retryAt ?? 0, wait === undefined ? 0 : (told ?? 0));
    return {
      kind: "failed",
      reason: [`${rule.class} ${rule.code ?? `status ${status}`}`, message ?? []].flat().join(": "),
      rejected: rule.class === "invalid" || rule.class === "business",
      ...(waitUntil > 0 ? { retryAt: waitUntil } : {}),
    };
  }
  if (status >= 200 && status < 300) {
    const reason = whyNoAnswer(response, decode);
    return reason === undefined ? undefined : { kind: "failed", reason, rejected: false };
  }
  return {
    kind: "failed",
    reason: `status ${status}`,
    rejected: status >= 400 && status < 500 && ![401, 403, 408, 425, 429].includes(status),
    ...(retryAt === undefined ? {} : { retryAt }),
  };
}

function failedOutcome(
  outcome: Exclude<RawOutcome, { kind: "response" }>,
): Extract<Page, { kind: "failed" }> {
  const retryAt = outcome.kind === "unauthorized" ? outcome.retryAt : undefined;
  return {
    kind: "failed",
    reason: outcome.reason,
    rejected: false,
    ...(retryAt === undefined ? {} : { retryAt }),
  };
}

/** A read outside any run, in the shape that budgets, pools and credentials know. */
function deliveryOf(
  { adapter, generation, name }: PollSource,
  request: HttpRequest,
  attempt: number,
  { clock, ids }: PollOptions,
): Delivery {
  const now = clock.now();
  const id = ids.next(now);
  return {
    id,
    runId: `poll:${adapter.name}.${name}`,
    flow: "",
    generation: generation.hash,
    correlationId: id,
    traceparent: ids.traceparent(),
    status: "pending",
    createdAt: now,
    path: `polls.${name}`,
    system: adapter.plays,
    adapter: adapter.name,
    operation: name,
    request,
    read: true,
    attempt,
    due: now,
    markSent: false,
  };
}
