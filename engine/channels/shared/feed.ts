import { createHash } from "node:crypto";
import { FlowError } from "../../errors/flow-error.ts";
import { ExpressionError } from "../../model/evaluation-error.ts";
import { echoKey, echoText } from "../../model/echo.ts";
import {
  type EvaluationContext,
  type Expression,
  factKey,
  type Scope,
} from "../../model/expression.ts";
import type { Channel } from "../../model/message.ts";
import type { Json } from "../../model/json.ts";
import type { PollPlan, WebhookPlan } from "../../model/plan/adapter.ts";
import type { Generation } from "../../model/plan/generation.ts";
import type { Received } from "../../model/received.ts";
import { evaluateWithFacts, type FetchFacts, textOf } from "./evaluation.ts";
import { parseInstant } from "./instant.ts";

/** What webhooks and polls have in common. */
type FeedPlan = Pick<
  WebhookPlan & PollPlan,
  "dedupe" | "feed" | "time" | "sequence" | "where" | "data" | "events" | "echo"
>;

/** One feed as it is read: its plan, its names, and what its expressions see. */
export interface Feed {
  readonly channel: Extract<Channel, "webhook" | "poll">;
  readonly plan: FeedPlan;
  readonly adapter: string;
  readonly name: string;
  readonly generation: Generation;
  readonly context: EvaluationContext;
  readonly fetch: FetchFacts;
}

/** What an item comes to. `ignored` ones are counted, never stored. */
export type Taken =
  | { readonly kind: "received"; readonly received: Received }
  | { readonly kind: "ignored"; readonly why: "where" | "echo" | "no-rule" };

/**
 * Turns one item of a feed into what the engine receives. Throws `ExpressionError` where the item
 * has no identity (`dedupe`, `where`, `echo`, a rule's `when`); an item that is known but cannot be
 * mapped is received as invalid, since its sender cannot mend it.
 */
export async function takeItem(feed: Feed, item: Json, scope: Scope): Promise<Taken> {
  const within: Scope = { ...scope, item };
  const { plan } = feed;
  const holds = async (condition: Expression | undefined): Promise<boolean> =>
    condition !== undefined && (await evaluate(feed, condition, within)) === true;
  if (plan.where !== undefined && !(await holds(plan.where))) return ignored("where");
  const echo = await readEcho(feed, within);
  if (echo.isOurs) return ignored("echo");
  const dedupeKey = textOf(await evaluate(feed, plan.dedupe, within));
  if (dedupeKey === undefined || dedupeKey === "") {
    const { at } = plan.dedupe;
    throw new ExpressionError("channels/empty-dedupe", "dedupe gives no value for this item", at);
  }
  const envelope = {
    channel: feed.channel,
    source: `${feed.adapter}.${plan.feed ?? feed.name}`,
    dedupeKey,
    headers: {},
    ...(echo.overrides === undefined ? {} : { overrides: echo.overrides }),
    ...(await timing(feed, within)),
  };
  const ownType = `${feed.adapter}.${feed.name}`;
  if (plan.events === undefined) {
    const made = await makeData(feed, within, plan);
    return { kind: "received", received: { ...envelope, type: ownType, ...made } };
  }
  for (const rule of plan.events) {
    if (rule.kind === "event") {
      if (rule.when !== undefined && !(await holds(rule.when))) continue;
      const data = rule.map === undefined ? (rule.data ?? plan.data) : rule.data;
      const map = rule.map;
      const made = await makeData(feed, within, {
        ...(data ? { data } : {}),
        ...(map === undefined ? {} : { map }),
      });
      return { kind: "received", received: { ...envelope, type: rule.value, ...made } };
    }
    if (rule.value === "ignore") return ignored("no-rule");
  }
  const message = `no rule of ${ownType} takes it`;
  const invalid = { code: "channels/no-rule", message };
  return { kind: "received", received: { ...envelope, type: ownType, data: item, invalid } };
}

/** Whether it is our own write coming back; otherwise the remembered write that it shows to be over. */
async function readEcho(
  feed: Feed,
  scope: Scope,
): Promise<{ readonly isOurs: boolean; readonly overrides?: string }> {
  const { echo } = feed.plan;
  if (echo === undefined) return { isOurs: false };
  if ("evaluate" in echo) return { isOurs: (await evaluate(feed, echo, scope)) === true };
  const record = textOf(await evaluate(feed, echo.record, scope)) ?? "";
  const request = { kind: "cache", key: echoKey(feed.adapter, record) } as const;
  const key = factKey(request);
  const written = (await feed.fetch([request], feed.context.now)).get(key) ?? null;
  if (written === null) return { isOurs: false };
  const values = await evaluateWithFacts(
    (context) => echo.values.evaluate(scope, context),
    feed.context,
    feed.fetch,
  );
  const text = createHash("sha256")
    .update(echoText(values ?? null))
    .digest("hex");
  return text === written ? { isOurs: true } : { isOurs: false, overrides: key };
}

/** An item without identity, kept for a person under the hash of its own text. */
export function unreadable(feed: Feed, item: Json, error: FlowError): Received {
  const digest = createHash("sha256").update(JSON.stringify(item)).digest("hex");
  return {
    channel: feed.channel,
    source: `${feed.adapter}.${feed.plan.feed ?? feed.name}`,
    type: `${feed.adapter}.${feed.name}`,
    dedupeKey: `unreadable:${digest}`,
    headers: {},
    data: item,
    invalid: { code: error.code, message: error.message },
  };
}

function ignored(why: Extract<Taken, { kind: "ignored" }>["why"]): Taken {
  return { kind: "ignored", why };
}

async function evaluate(
  feed: Feed,
  expression: Expression,
  scope: Scope,
): Promise<Json | undefined> {
  return evaluateWithFacts(
    (context) => expression.evaluate(scope, context),
    feed.context,
    feed.fetch,
  );
}

async function timing(feed: Feed, scope: Scope): Promise<Pick<Received, "time" | "sequence">> {
  const { plan } = feed;
  const time = plan.time && parseInstant(await evaluate(feed, plan.time, scope));
  const sequence = plan.sequence && (await evaluate(feed, plan.sequence, scope));
  return {
    ...(time === undefined ? {} : { time }),
    ...(typeof sequence === "string" || typeof sequence === "number" ? { sequence } : {}),
  };
}

/** Data by mapping, by template, or the item itself; invalid with the item where neither works. */
async function makeData(
  feed: Feed,
  scope: Scope,
  by: { readonly data?: FeedPlan["data"]; readonly map?: string },
): Promise<Pick<Received, "data" | "invalid">> {
  const item = (scope["item"] ?? null) as Json;
  try {
    const data = await evaluateWithFacts(
      (context) => {
        if (by.map !== undefined) return mapItem(feed, by.map, item, context);
        return by.data === undefined ? item : by.data.evaluate(scope, context);
      },
      feed.context,
      feed.fetch,
    );
    return { data: data ?? null };
  } catch (error) {
    if (!(error instanceof FlowError)) throw error;
    return { data: item, invalid: { code: error.code, message: error.message } };
  }
}

function mapItem(feed: Feed, name: string, input: Json, context: EvaluationContext): Json {
  const mapping = feed.generation.mappings.get(name);
  if (mapping === undefined) {
    throw new FlowError("channels/unknown-mapping", `there is no mapping "${name}"`);
  }
  const output = mapping.expression.evaluate({ input }, context) ?? null;
  const schema = mapping.contract && feed.generation.schemas.get(mapping.contract.to);
  const breach = schema?.check(output)[0];
  if (breach === undefined) return output;
  const where = breach.pointer === "" ? "the whole value" : breach.pointer;
  throw new FlowError(
    "channels/mapping-breaks-schema",
    `mapping "${name}": ${where}: ${breach.message}`,
  );
}
