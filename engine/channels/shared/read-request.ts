import { FlowError } from "../../errors/flow-error.ts";
import type { EvaluationContext, Scope, Template } from "../../model/expression.ts";
import { joinUrl } from "../../model/join-url.ts";
import type { Json } from "../../model/json.ts";
import type { AdapterPlan, RequestPlan } from "../../model/plan/adapter.ts";
import type { Generation } from "../../model/plan/generation.ts";
import type { HttpRequest } from "../../model/request.ts";
import { textOf } from "./evaluation.ts";

/** A request outside any run: a log-in, or a poll. */
export interface ReadRequestPlan {
  readonly plan: RequestPlan;
  readonly adapter: AdapterPlan;
  readonly generation: Generation;
  readonly scope: Scope;
  readonly context: EvaluationContext;
  /** Writes what a mapping made as the partner's types (the adapter's `codec`); unchanged unless given. */
  readonly encode?: Encode | undefined;
}

/** `to` is the schema of the mapping that made the value. */
export type Encode = (
  value: Json,
  to: string | undefined,
  adapter: AdapterPlan,
  generation: Generation,
) => Json;

const methods = ["get", "post", "put", "patch", "delete"] as const;
const defaultTimeoutMs = 30_000;

/**
 * Builds the request that a plan says, over the adapter's defaults. Throws `ExpressionError`,
 * `NeedsFact`, or `FlowError` when there is no path.
 */
export function buildReadRequest(source: ReadRequestPlan): HttpRequest {
  const { plan, adapter } = source;
  const defaults = adapter.request;
  const call = evaluateCall(source);
  const scope: Scope = { ...source.scope, ...(call === undefined ? {} : { call }) };
  const within = { ...source, scope };
  const target = pathOf(plan, within) ?? (defaults ? pathOf(defaults, within) : undefined);
  if (target === undefined) {
    throw new FlowError(
      "channels/request-without-path",
      `the request at ${plan.at.file}:${plan.at.line} names no path, and adapter "${adapter.name}" has no default; get, post, put, patch or delete says one`,
    );
  }
  const bodyPlan = plan.body ?? defaults?.body;
  const body = bodyPlan === undefined ? undefined : valueOf(bodyPlan, within);
  const query = queryOf({ ...defaults?.query, ...plan.query }, within);
  return {
    method: target.method,
    url: joinUrl(baseUrl(source), target.path),
    headers: headersOf({ ...defaults?.headers, ...plan.headers }, within),
    encode: plan.encode ?? defaults?.encode ?? "json",
    ...decodedAs(plan.decode ?? defaults?.decode),
    timeoutMs: plan.timeout ?? defaults?.timeout ?? defaultTimeoutMs,
    ...(Object.keys(query).length === 0 ? {} : { query }),
    ...(body === undefined ? {} : { body }),
  };
}

/** `decode`, where the spec says it. */
function decodedAs(decode: HttpRequest["decode"]): Pick<HttpRequest, "decode"> {
  return decode === undefined ? {} : { decode };
}

/** The adapter's `base-url`. */
function baseUrl(source: Pick<ReadRequestPlan, "adapter" | "scope" | "context">): string {
  return textOf(source.adapter.baseUrl.evaluate(source.scope, source.context)) ?? "";
}

function pathOf(
  plan: RequestPlan,
  { scope, context }: ReadRequestPlan,
): { readonly method: HttpRequest["method"]; readonly path: string } | undefined {
  for (const key of methods) {
    const template = plan[key];
    if (template === undefined) continue;
    const method = key.toUpperCase() as HttpRequest["method"];
    return { method, path: pathText(template, scope, context) };
  }
  return undefined;
}

/** The author's text, and the adapter's own constants, as they are; what data gives is percent-encoded. */
function pathText(template: Template, scope: Scope, context: EvaluationContext): string {
  const { parts = [] } = template;
  if (parts.length === 0) return textOf(template.evaluate(scope, context)) ?? "";
  return parts
    .map((part) => {
      if (typeof part === "string") return part;
      const value = textOf(part.evaluate(scope, context)) ?? "";
      return /^\s*\$vars(\.\w+)+\s*$/.test(part.text) ? value : encodeURIComponent(value);
    })
    .join("");
}

function evaluateCall(source: ReadRequestPlan): Readonly<Record<string, Json>> | undefined {
  const plans = { ...source.adapter.request?.call, ...source.plan.call };
  const entries = Object.entries(plans);
  if (entries.length === 0) return undefined;
  const call: Record<string, Json> = {};
  for (const [name, plan] of entries) call[name] = valueOf(plan, source) ?? null;
  return call;
}

type ValuePlan = NonNullable<RequestPlan["body"]>;

function valueOf(
  plan: ValuePlan,
  { adapter, generation, scope, context, encode }: ReadRequestPlan,
): Json | undefined {
  if (isTemplate(plan)) return plan.evaluate(scope, context);
  const mapping = generation.mappings.get(plan.map);
  if (mapping === undefined) {
    throw new FlowError("channels/unknown-mapping", `there is no mapping "${plan.map}"`);
  }
  const input = plan.with === undefined ? scope["input"] : plan.with.evaluate(scope, context);
  const made = mapping.expression.evaluate({ input }, context);
  if (made === undefined || encode === undefined) return made;
  return encode(made, mapping.contract?.to, adapter, generation);
}

function isTemplate(plan: ValuePlan): plan is Template {
  return "evaluate" in plan;
}

function headersOf(
  templates: Readonly<Record<string, Template>>,
  { scope, context }: ReadRequestPlan,
): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const [name, template] of Object.entries(templates)) {
    const value = textOf(template.evaluate(scope, context));
    if (value !== undefined) headers[name.toLowerCase()] = value;
  }
  return headers;
}

function queryOf(
  templates: Readonly<Record<string, Template>>,
  { scope, context }: ReadRequestPlan,
): Readonly<Record<string, string | readonly string[]>> {
  const query: Record<string, string | readonly string[]> = {};
  for (const [name, template] of Object.entries(templates)) {
    const value = template.evaluate(scope, context);
    if (Array.isArray(value)) {
      query[name] = value.flatMap((item: Json) => textOf(item) ?? []);
    } else {
      const text = textOf(value);
      if (text !== undefined) query[name] = text;
    }
  }
  return query;
}
