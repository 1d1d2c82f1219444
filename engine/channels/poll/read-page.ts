import { FlowError } from "../../errors/flow-error.ts";
import type { Delivery } from "../../model/delivery.ts";
import type { EvaluationContext, Scope } from "../../model/expression.ts";
import { type Instant, isJsonObject, type Json, type JsonObject } from "../../model/json.ts";
import { linksOf } from "../../model/link-header.ts";
import { atPage, pageUrl } from "../../model/page-url.ts";
import type { AdapterPlan, PollPlan } from "../../model/plan/adapter.ts";
import type { Generation } from "../../model/plan/generation.ts";
import type { HttpRequest, HttpResponse, RawOutcome } from "../../model/request.ts";
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
    }
  | {
      readonly kind: "failed";
      readonly reason: string;
      readonly retryAt?: Instant;
      /** The partner refused the request as such: a page it no longer knows, for instance. */
      readonly rejected: boolean;
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
 * after it. Throws `ExpressionError` where an expression of the poll cannot be evaluated.
 */
export async function readPage(
  source: PollSource,
  cursor: Json,
  attempt: number,
  options: PollOptions,
): Promise<Page> {
  const { adapter, context, generation, plan } = source;
  const asking: Scope = { ...source.scope, cursor };
  const fetch = options.receiver.facts.bind(options.receiver);
  const evaluate = async <T>(run: (context: EvaluationContext) => T): Promise<T> =>
    evaluateWithFacts(run, context, fetch);
  const { encode } = options;
  const built = await evaluate((facts) =>
    buildReadRequest({ plan, adapter, generation, scope: asking, context: facts, encode }),
  );
  const url = isJsonObject(cursor) ? cursor[nextUrlKey] : undefined;
  const request = typeof url === "string" ? atPage(built, url) : built;
  const outcome = await options.send(deliveryOf(source, request, attempt, options), generation);
  if (outcome.kind !== "response") return failedOutcome(outcome);
  const body = options.decode?.(outcome.response.body, adapter) ?? outcome.response.body;
  const links = linksOf(outcome.response.headers["link"]);
  const response = { ...outcome.response, body, links };
  const answered: Scope = { ...asking, response: { ...response }, body };
  // First of all: what is refused in a 200 has no result.
  const failure = await failureOf(source, response, answered, evaluate, options);
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
  const next = await nextPage(source, { asked: request.url, scope: withResult }, evaluate);
  return {
    kind: "page",
    items: items as readonly Json[],
    scope: { ...withResult, headers: response.headers },
    ...(next === undefined ? {} : { next }),
  };
}

type Evaluate = <T>(run: (context: EvaluationContext) => T) => Promise<T>;

/** Where the address of the next page is kept, beside the values of `$cursor`. */
const nextUrlKey = "next-url";

async function nextPage(
  { adapter, plan: { page } }: PollSource,
  { asked, scope }: { readonly asked: string; readonly scope: Scope },
  evaluate: Evaluate,
): Promise<JsonObject | undefined> {
  if (page === undefined) return undefined;
  if ((await evaluate((facts) => page.while.evaluate(scope, facts))) !== true) return undefined;
  const next: Record<string, Json> = {};
  for (const [name, expression] of Object.entries(page.next ?? {})) {
    next[name] = (await evaluate((facts) => expression.evaluate(scope, facts))) ?? null;
  }
  const { nextUrl } = page;
  if (nextUrl !== undefined) {
    const given = await evaluate((facts) => nextUrl.evaluate(scope, facts));
    const base = await evaluate((facts) => textOf(adapter.baseUrl.evaluate(scope, facts)) ?? "");
    const url = typeof given === "string" ? pageUrl(given, base, asked) : undefined;
    if (url === undefined) {
      throw new FlowError(
        "channels/foreign-page",
        `the next page is said to be at ${JSON.stringify(given ?? null)}, which is not on the host of base-url; pages elsewhere are not asked for, since credentials would go with them`,
      );
    }
    next[nextUrlKey] = url;
  }
  return next;
}

/** Rules of the adapter first, then the status: the order in which calls are judged, too. */
async function failureOf(
  { adapter }: PollSource,
  response: HttpResponse,
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
  if (status >= 200 && status < 300) return undefined;
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
