import { createHash } from "node:crypto";
import { FlowError } from "../../errors/flow-error.ts";
import { ExpressionError, NeedsFact } from "../../model/evaluation-error.ts";
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
import { type Soon, whenThere } from "../../model/soon.ts";
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
export function takeItem(feed: Feed, item: Json, scope: Scope): Soon<Taken> {
  const within: Scope = { ...scope, item };
  const known = evaluateWithFacts(
    (context) => know(feed, within, context),
    feed.context,
    feed.fetch,
  );
  return whenThere(known, (found) =>
    found.kind === "known" ? withData(feed, within, found) : found,
  );
}

/** An item whose identity and type are known, and how its data is made. */
interface Known {
  readonly kind: "known";
  readonly envelope: Omit<Received, "data">;
  readonly by: { readonly data?: FeedPlan["data"]; readonly map?: string };
}

/** Throws `NeedsFact` where a fact is not known. */
function know(feed: Feed, scope: Scope, context: EvaluationContext): Known | Taken {
  const { plan } = feed;
  const holds = (condition: Expression): boolean => condition.evaluate(scope, context) === true;
  if (plan.where !== undefined && !holds(plan.where)) return ignored("where");
  const echo = readEcho(feed, scope, context);
  if (echo.isOurs) return ignored("echo");
  const dedupeKey = textOf(plan.dedupe.evaluate(scope, context));
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
    ...timing(plan, scope, context),
  };
  const ownType = `${feed.adapter}.${feed.name}`;
  if (plan.events === undefined) {
    return { kind: "known", envelope: { ...envelope, type: ownType }, by: plan };
  }
  for (const rule of plan.events) {
    if (rule.kind === "event") {
      if (rule.when !== undefined && !holds(rule.when)) continue;
      const data = rule.map === undefined ? (rule.data ?? plan.data) : rule.data;
      const map = rule.map;
      const by = { ...(data ? { data } : {}), ...(map === undefined ? {} : { map }) };
      return { kind: "known", envelope: { ...envelope, type: rule.value }, by };
    }
    if (rule.value === "ignore") return ignored("no-rule");
  }
  const message = `no rule of ${ownType} takes it`;
  const invalid = { code: "channels/no-rule", message };
  const data = itemOf(scope);
  return { kind: "received", received: { ...envelope, type: ownType, data, invalid } };
}

/** Whether it is our own write coming back; otherwise the remembered write that it shows to be over. */
function readEcho(
  feed: Feed,
  scope: Scope,
  context: EvaluationContext,
): { readonly isOurs: boolean; readonly overrides?: string } {
  const { echo } = feed.plan;
  if (echo === undefined) return { isOurs: false };
  if ("evaluate" in echo) return { isOurs: echo.evaluate(scope, context) === true };
  const record = textOf(echo.record.evaluate(scope, context)) ?? "";
  const request = { kind: "cache", key: echoKey(feed.adapter, record) } as const;
  const key = factKey(request);
  const written = context.facts.get(key);
  if (written === undefined) throw new NeedsFact(request);
  if (written === null) return { isOurs: false };
  const values = echo.values.evaluate(scope, context) ?? null;
  const text = createHash("sha256").update(echoText(values)).digest("hex");
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

function timing(
  { time: at, sequence: place }: FeedPlan,
  scope: Scope,
  context: EvaluationContext,
): Pick<Received, "time" | "sequence"> {
  const time = at && parseInstant(at.evaluate(scope, context));
  const sequence = place?.evaluate(scope, context);
  return {
    ...(time === undefined ? {} : { time }),
    ...(typeof sequence === "string" || typeof sequence === "number" ? { sequence } : {}),
  };
}

function itemOf(scope: Scope): Json {
  return (scope["item"] ?? null) as Json;
}

/** Data by mapping, by template, or the item itself; invalid with the item where neither works. */
function withData(feed: Feed, scope: Scope, { envelope, by }: Known): Soon<Taken> {
  const item = itemOf(scope);
  const received = (data: Json): Taken => ({ kind: "received", received: { ...envelope, data } });
  const asInvalid = (error: unknown): Taken => {
    if (!(error instanceof FlowError)) throw error;
    const invalid = { code: error.code, message: error.message };
    return { kind: "received", received: { ...envelope, data: item, invalid } };
  };
  const make = (context: EvaluationContext): Taken => {
    if (by.map !== undefined) return received(mapItem(feed, by.map, item, context));
    return received((by.data === undefined ? item : by.data.evaluate(scope, context)) ?? null);
  };
  try {
    const made = evaluateWithFacts(make, feed.context, feed.fetch);
    return made instanceof Promise ? made.catch(asInvalid) : made;
  } catch (error) {
    return asInvalid(error);
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
