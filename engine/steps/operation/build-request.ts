import type { Expression, Template } from "../../model/expression.ts";
import { joinUrl } from "../../model/join-url.ts";
import { isJsonObject, type Json } from "../../model/json.ts";
import { pageUrl } from "../../model/page-url.ts";
import type { AdapterPlan, RequestPlan } from "../../model/plan/adapter.ts";
import type { HttpRequest } from "../../model/request.ts";
import type { StepContext } from "../behaviour.ts";
import { OwnFault } from "../shared/own-fault.ts";
import { translate } from "../shared/translate.ts";
import { textOf } from "../shared/truth.ts";
import { encode } from "./codec.ts";
import type { OperationScope } from "./scope.ts";

const methods = ["get", "post", "put", "patch", "delete"] as const;
const defaultTimeoutMs = 30_000;

type MappedOr = NonNullable<RequestPlan["body"]>;
type Evaluator = Pick<StepContext, "generation" | "evaluateIn">;

/** A request of an operation with its adapter's defaults: all of it that no call changes. */
interface WholePlan {
  readonly method: HttpRequest["method"];
  readonly path: Template;
  readonly call: readonly (readonly [name: string, value: MappedOr])[];
  readonly query: readonly (readonly [name: string, value: Template])[];
  /** Lower-case names. */
  readonly headers: readonly (readonly [name: string, value: Template])[];
  readonly body: MappedOr | undefined;
  readonly fixed: Pick<HttpRequest, "encode" | "decode" | "timeoutMs">;
}

/** Put together once: plans never change, and a request's own belongs to one adapter. */
const known = new WeakMap<RequestPlan, WholePlan>();

function wholePlan(own: RequestPlan, { request: defaults }: AdapterPlan): WholePlan {
  const before = known.get(own);
  if (before !== undefined) return before;
  const { method, path } = target(own, defaults);
  const body = method === "get" ? undefined : (own.body ?? defaults?.body);
  const decode = own.decode ?? defaults?.decode;
  const headers = Object.entries({ ...defaults?.headers, ...own.headers });
  const whole: WholePlan = {
    method: method.toUpperCase() as HttpRequest["method"],
    path,
    call: Object.entries({ ...defaults?.call, ...own.call }),
    query: Object.entries({ ...defaults?.query, ...own.query }),
    headers: headers.map(([name, value]) => [name.toLowerCase(), value]),
    body,
    fixed: {
      encode: body === undefined ? "none" : (own.encode ?? defaults?.encode ?? "json"),
      ...(decode === undefined ? {} : { decode }),
      timeoutMs: own.timeout ?? defaults?.timeout ?? defaultTimeoutMs,
    },
  };
  known.set(own, whole);
  return whole;
}

/** Builds a complete request: the adapter's defaults, overridden by the request's own keys. */
export function buildRequest(
  own: RequestPlan,
  adapter: AdapterPlan,
  scope: OperationScope,
  context: Evaluator,
): HttpRequest {
  const plan = wholePlan(own, adapter);
  const values = namedValues(plan.call, adapter, scope, context);
  const inner = values === undefined ? scope : scope.with({ call: values });
  const query = queryOf(plan.query, inner);
  const base = textOf(inner.evaluate(adapter.baseUrl));
  return {
    method: plan.method,
    url: urlOf(plan.path, base, inner),
    ...(query === undefined ? {} : { query }),
    headers: headersOf(plan.headers, inner),
    ...(plan.body === undefined ? {} : { body: mapped(plan.body, adapter, inner, context) }),
    ...plan.fixed,
  };
}

/** Method and path: the request's own, or the adapter's. */
function target(own: RequestPlan, defaults: AdapterPlan["request"]) {
  for (const plan of [own, defaults]) {
    for (const method of methods) {
      const path = plan?.[method];
      if (path !== undefined) return { method, path };
    }
  }
  throw new OwnFault(
    "call/no-method",
    "a request has no method",
    own.at,
    "give it `get`, `post`, `put`, `patch` or `delete` with a path, or give the adapter's `request` one",
  );
}

/** `$call`: values of the template's caller, then the request's own, each seeing the former. */
export function namedValues(
  entries: WholePlan["call"],
  adapter: AdapterPlan,
  scope: OperationScope,
  context: Evaluator,
): Json | undefined {
  if (entries.length === 0) return undefined;
  const outer = scope.roots["call"];
  const values = entries.map(([name, value]): [string, Json] => [
    name,
    mapped(value, adapter, scope, context),
  ]);
  return { ...(isJsonObject(outer) ? outer : {}), ...Object.fromEntries(values) };
}

const isTemplate = (value: MappedOr): value is Template => "evaluate" in value;

/** A value with `${…}` inside, or one that a mapping makes: those are encoded by its schema. */
function mapped(
  value: MappedOr,
  adapter: AdapterPlan,
  scope: OperationScope,
  context: Evaluator,
): Json {
  const apply = (name: string, input: Json | undefined) =>
    applyMapping(name, input, { adapter, scope, context, at: value.at });
  if (!isTemplate(value)) {
    return apply(
      value.map,
      value.with === undefined ? undefined : (scope.evaluate(value.with) ?? null),
    );
  }
  const plain = scope.evaluate(value) ?? null;
  const inner = (item: Json): Json => {
    const name = mappingNamed(item, context);
    return name === undefined ? item : apply(name, isJsonObject(item) ? item["with"] : undefined);
  };
  if (Array.isArray(plain)) return (plain as readonly Json[]).map(inner);
  if (!isJsonObject(plain)) return plain;
  let made: Record<string, Json> | undefined;
  for (const name of Object.keys(plain)) {
    const item = plain[name] ?? null;
    const value = inner(item);
    if (value !== item) made = { ...(made ?? plain), [name]: value };
  }
  return made ?? plain;
}

/** `{ map: name }` or `{ map: name, with: … }` as an item or member at the top of a value. */
function mappingNamed(item: Json, context: Evaluator): string | undefined {
  const name = isJsonObject(item) ? item["map"] : undefined;
  if (typeof name !== "string" || !context.generation.mappings.has(name)) return undefined;
  const alone = Object.keys(item ?? {}).every((key) => key === "map" || key === "with");
  return alone ? name : undefined;
}

function applyMapping(
  name: string,
  input: Json | undefined,
  where: { adapter: AdapterPlan; scope: OperationScope; context: Evaluator; at: RequestPlan["at"] },
): Json {
  const { adapter, scope, context, at } = where;
  const { generation } = context;
  // Mappings run with the adapter's facts, so that they may read its reference tables.
  const evaluator: Evaluator = {
    generation,
    evaluateIn: (value, roots) => scope.bare(value, roots),
  };
  const output = translate(name, input ?? (scope.roots["input"] as Json), evaluator, { at });
  const to = generation.mappings.get(name)?.contract?.to;
  return encode(
    output,
    adapter.codec,
    to === undefined ? undefined : generation.schemas.get(to),
    generation.schemas,
  );
}

function queryOf(entries: WholePlan["query"], scope: OperationScope): HttpRequest["query"] {
  const given: [string, string | readonly string[]][] = [];
  for (const [name, template] of entries) {
    const value = scope.evaluate(template);
    if (value === undefined || value === null) continue;
    given.push([
      name,
      Array.isArray(value) ? (value as readonly Json[]).map(textOf) : textOf(value),
    ]);
  }
  return given.length === 0 ? undefined : Object.fromEntries(given);
}

function headersOf(
  entries: WholePlan["headers"],
  scope: OperationScope,
): Readonly<Record<string, string>> {
  const given: [string, string][] = [];
  for (const [name, template] of entries) {
    const value = scope.evaluate(template);
    // A line break in a value would begin another header.
    if (value !== undefined && value !== null) {
      given.push([name, textOf(value).replaceAll(/[\r\n]+/g, " ")]);
    }
  }
  return Object.fromEntries(given);
}

/**
 * Where a request goes: a path after `base-url`, or the address that an answer before it gave, whole or
 * from the root of the host.
 */
function urlOf(path: Template, base: string, scope: OperationScope): string {
  const lone = loneExpression(path);
  if (lone === undefined || !/^\s*\$requests\./.test(lone.text)) {
    return joinUrl(base, pathText(path, scope));
  }
  const given = textOf(scope.evaluate(lone));
  if (!/^(?:https?:\/\/|\/(?![/\\]))/i.test(given)) return joinUrl(base, pathText(path, scope));
  const url = pageUrl(given, base);
  if (url !== undefined) return url;
  throw new OwnFault(
    "call/foreign-address",
    `the answer before says to go on at ${JSON.stringify(given)}, which is not on the host of base-url`,
    lone.at,
    "give the address that the partner's answer holds; addresses elsewhere are not asked, since credentials would go with them",
  );
}

/** The expression that a path is, where it is nothing besides. */
function loneExpression({ parts = [] }: Template): Expression | undefined {
  const [only] = parts;
  return parts.length === 1 && typeof only !== "string" ? only : undefined;
}

/** The path: the author's text as it is, what is interpolated percent-encoded. */
function pathText(path: Template, scope: OperationScope): string {
  const parts: readonly (string | Expression)[] = path.parts ?? [];
  const text =
    parts.length > 0
      ? parts
          .map((part) =>
            typeof part === "string" ? part : segment(textOf(scope.evaluate(part)), part.at),
          )
          .join("")
      : wholePath(textOf(scope.evaluate(path)), path);
  return text === "" || text.startsWith("/") ? text : `/${text}`;
}

/** One interpolated value; nothing, `.` and `..` would name another resource than was meant. */
function segment(value: string, at: RequestPlan["at"]): string {
  if (value === "" || value === "." || value === "..") {
    throw new OwnFault(
      "call/path-segment",
      `the path gets "${value}" here, which names another resource`,
      at,
      "give an id that is there",
    );
  }
  return encodeURIComponent(value);
}

/** A path whose parts are not told apart is encoded segment by segment; none may climb out of it. */
function wholePath(text: string, path: Template): string {
  if (path.constant) return text;
  return text
    .split("/")
    .map((part, index, all) => {
      // Slashes at either end make empty segments that mean no harm.
      const isEnd = index === 0 || index === all.length - 1;
      return part === "" && isEnd ? part : segment(part, path.at);
    })
    .join("/");
}
