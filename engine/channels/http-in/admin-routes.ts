import { UsageError } from "../../errors/flow-error.ts";
import { isJsonObject, type Json, type JsonObject } from "../../model/json.ts";
import type { Right } from "../../model/plan/rights.ts";
import type { ReceiveAnswer } from "../../model/received.ts";
import type { ListFilter } from "../../ports/store-reader.ts";
import { parseInstant } from "../shared/instant.ts";
import { refusedByEngine } from "./answers.ts";
import type { HandlerContext } from "./context.ts";
import { Refusal } from "./problem.ts";

/** One request to the admin API, read and authorised. */
export interface AdminCall {
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: JsonObject;
  /** Who does it. */
  readonly by: string;
  readonly context: HandlerContext;
}

/** One endpoint of the admin API: dispatched by and described from this table. */
export interface AdminRoute {
  readonly method: "GET" | "POST";
  /** After `/admin/v1`, with `{name}` parameters. */
  readonly path: string;
  readonly summary: string;
  /** What a caller's role must grant. */
  readonly right: Right;
  /**
   * Members of the body that ask for `runs.edit` too: other data than a message said, or a word against
   * the ledger.
   */
  readonly edits?: readonly string[];
  /** Members of the body, as JSON Schema properties. */
  readonly body?: JsonObject;
  readonly required?: readonly string[];
  readonly filtered?: true;
  /** It only looks, although it is asked for by POST: nothing to be audited. */
  readonly looks?: true;
  handle(call: AdminCall): Promise<unknown>;
}

const text: JsonObject = { type: "string" };

export const adminRoutes: readonly AdminRoute[] = [
  {
    method: "GET",
    path: "/status",
    right: "engine.read",
    summary: "Where the engine stands, and what the last reload found.",
    handle: async ({ context }) => ({
      ...context.engine.status(),
      counts: await context.read.counts(),
      outlook: await context.engine.outlook(),
      ...(context.insight === undefined ? {} : { insight: await context.insight.counts() }),
      findings: context.findings?.() ?? [],
      ...(context.store === undefined ? {} : { store: context.store() }),
      ...(context.clocks === undefined ? {} : { clocks: { ...context.clocks() } }),
      ...purgeOf(context),
    }),
  },
  {
    method: "GET",
    path: "/messages",
    right: "runs.read",
    summary: "Messages, newest first.",
    filtered: true,
    handle: async (call) => ({ items: await call.context.read.messages(filterOf(call)) }),
  },
  {
    method: "GET",
    path: "/messages/{id}",
    right: "runs.read",
    summary: "One message, personal data masked.",
    handle: async ({ context, parameters }) => {
      const { message, emptiedAt } = await messageOf(context, parameters);
      return { message: await context.masks.message(message), ...over(emptiedAt) };
    },
  },
  {
    method: "POST",
    path: "/messages/{id}/reveal",
    right: "runs.reveal",
    summary: "One message as it is, with its bytes as received; audited.",
    handle: async ({ context, parameters }) => {
      const { message, raw, emptiedAt } = await messageOf(context, parameters);
      return {
        message,
        ...over(emptiedAt),
        ...(raw === undefined ? {} : { raw: Buffer.from(raw).toString("base64") }),
      };
    },
  },
  {
    method: "POST",
    path: "/messages/{id}/replay",
    right: "runs.replay",
    edits: ["data"],
    summary: "Processes a message once more, as a new one that says what it is a replay of.",
    body: { flow: text, generation: text, data: {}, reason: text },
    handle: async ({ body, by, context, parameters }) => {
      const id = parameters["id"] ?? "";
      const { emptiedAt } = await messageOf(context, parameters);
      if (emptiedAt !== undefined && body["data"] === undefined) {
        throw new Refusal(
          "http-in/not-open",
          `the payload of message "${id}" is over since ${new Date(emptiedAt).toISOString()}: give its data to replay it`,
        );
      }
      const answer = await context.engine.replay(id, {
        by,
        ...optionalText(body, "flow"),
        ...optionalGeneration(body, context),
        ...editOf(body),
      });
      return accepted(answer, context);
    },
  },
  {
    method: "GET",
    path: "/runs",
    right: "runs.read",
    summary: "Runs, newest first.",
    filtered: true,
    handle: async (call) => ({
      items: await call.context.masks.runs(await call.context.read.runs(filterOf(call))),
    }),
  },
  {
    method: "GET",
    path: "/runs/{id}",
    right: "runs.read",
    summary: "One run with its journal, deliveries and results, personal data masked.",
    handle: async ({ context, parameters }) => context.masks.run(await runOf(context, parameters)),
  },
  {
    method: "POST",
    path: "/runs/{id}/reveal",
    right: "runs.reveal",
    summary: "One run as it is; audited.",
    handle: async ({ context, parameters }) => runOf(context, parameters),
  },
  {
    method: "POST",
    path: "/runs/{id}/resume",
    right: "runs.replay",
    edits: ["data"],
    summary: "Lets a parked run go on from the step that failed.",
    body: { generation: text, data: {}, reason: text },
    handle: async ({ body, by, context, parameters }) => {
      const answer = {
        kind: "resume",
        by,
        ...optionalGeneration(body, context),
        ...editOf(body),
      } as const;
      return opened(await context.engine.unpark(parameters["id"] ?? "", answer), "run", parameters);
    },
  },
  {
    method: "POST",
    path: "/runs/{id}/discard",
    right: "runs.discard",
    summary: "Ends a parked run for good; its lane goes on.",
    body: { reason: text },
    required: ["reason"],
    handle: async ({ body, by, context, parameters }) => {
      const answer = { kind: "discard", by, reason: requiredText(body, "reason") } as const;
      return opened(await context.engine.unpark(parameters["id"] ?? "", answer), "run", parameters);
    },
  },
  {
    method: "GET",
    path: "/dead-letters",
    right: "runs.read",
    summary: "Parked runs: dead letters, invalid messages, doubts, failed undos.",
    filtered: true,
    handle: async (call) => ({
      items: await call.context.masks.problems(await call.context.read.deadLetters(filterOf(call))),
    }),
  },
  {
    method: "GET",
    path: "/tasks",
    right: "runs.read",
    summary: "Decisions that wait for a person, and those that were made, personal data masked.",
    filtered: true,
    handle: async (call) => ({
      items: await call.context.masks.tasks(await call.context.read.tasks(filterOf(call))),
    }),
  },
  {
    method: "POST",
    path: "/tasks/{id}/reveal",
    right: "runs.reveal",
    summary: "One question as it is, with all there is to see; audited.",
    handle: async ({ context, parameters }) => {
      const [task] = await context.read.tasks({ id: parameters["id"] ?? "" });
      if (task === undefined) throw missing("task", parameters);
      return task;
    },
  },
  {
    method: "POST",
    path: "/tasks/{id}/choose",
    right: "tasks.answer",
    summary: "Answers an open task.",
    body: { choice: text, pick: text, comment: text, data: {} },
    required: ["choice"],
    handle: async ({ body, by, context, parameters }) => {
      const { data } = body;
      const answer = {
        choice: requiredText(body, "choice"),
        by,
        ...optionalText(body, "comment"),
        ...optionalText(body, "pick"),
        ...(data === undefined ? {} : { data }),
      };
      const chosen = await context.engine.choose(parameters["id"] ?? "", answer).catch(refused);
      return opened(chosen, "task", parameters);
    },
  },
  {
    method: "GET",
    path: "/trace/{id}",
    right: "runs.read",
    summary:
      "Everything that any business, message, run or correlation id leads to, in order of time, personal data masked.",
    handle: async ({ context, parameters }) => ({
      items: await context.masks.trace(await context.read.trace(parameters["id"] ?? "")),
    }),
  },
  {
    method: "POST",
    path: "/trace/{id}/reveal",
    right: "runs.reveal",
    summary: "The same as it is; audited.",
    handle: async ({ context, parameters }) => ({
      items: await context.read.trace(parameters["id"] ?? ""),
    }),
  },
  {
    method: "GET",
    path: "/crosswalk/{entity}/{id}",
    right: "runs.read",
    summary: "The ids that each system gave one customer, order, invoice, …",
    handle: async ({ context, parameters }) => ({
      items: await context.read.crosswalk(parameters["entity"] ?? "", parameters["id"] ?? ""),
    }),
  },
  {
    method: "GET",
    path: "/audit",
    right: "audit.read",
    summary: "Who did what, newest first, and the first row that was tampered with, if any.",
    handle: async ({ context, query }) => {
      const before = wholeNumber(query, "before", Number.MAX_SAFE_INTEGER);
      const limit = wholeNumber(query, "limit", 1000);
      const items = await context.read.audits({
        ...(before === undefined ? {} : { before }),
        ...(limit === undefined ? {} : { limit }),
      });
      return { items, brokenAt: (await context.read.auditChain()).brokenAt ?? null };
    },
  },
];

export function filterOf({ query }: AdminCall): ListFilter {
  const known = ["flow", "status", "type", "id"] as const;
  const filter: Record<string, string | number> = {};
  for (const name of known) {
    const value = query.get(name);
    if (value !== null) filter[name] = value;
  }
  for (const name of ["since", "until"]) {
    const value = query.get(name);
    if (value === null) continue;
    const at = parseInstant(value);
    if (at === undefined)
      throw wrong(`"${name}" is ${JSON.stringify(value)}; a date-time is taken`);
    filter[name] = at;
  }
  const limit = wholeNumber(query, "limit", 1000);
  if (limit !== undefined) filter["limit"] = limit;
  return filter;
}

/** A number from 1 to `max`; undefined when it is not given. */
function wholeNumber(query: URLSearchParams, name: string, max: number): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const value = /^\d{1,16}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= max) return value;
  throw wrong(`"${name}" is ${JSON.stringify(text)}; 1 to ${max} is taken`);
}

export function requiredText(body: JsonObject, name: string): string {
  const value = body[name];
  if (typeof value === "string" && value.trim() !== "") return value;
  throw wrong(`"${name}" is missing; a text is taken`);
}

/** A generation by its hash, or `current` for the one that new messages are read by. */
function optionalGeneration(
  body: JsonObject,
  context: HandlerContext,
): { readonly generation?: string } {
  const given = optionalText(body, "generation");
  return given.generation === "current" ? { generation: context.engine.generation().hash } : given;
}

export function optionalText<const Name extends string>(
  body: JsonObject,
  name: Name,
): { readonly [K in Name]?: string } {
  const value: Json | undefined = body[name];
  if (value === undefined || value === null) return {};
  if (typeof value !== "string") throw wrong(`"${name}" is no text`);
  return { [name]: value } as { readonly [K in Name]: string };
}

/** Other data in place of the message's own: never without a reason, which is kept with both. */
function editOf(body: JsonObject): { readonly data?: Json; readonly reason?: string } {
  const { data } = body;
  if (data === undefined) return optionalText(body, "reason");
  return { data, reason: requiredText(body, "reason") };
}

/** What is answered of a message that was taken. */
export function accepted(answer: ReceiveAnswer, { clock }: HandlerContext) {
  if (answer.outcome === "refused") throw refusedByEngine(answer, clock.now());
  return { id: answer.messageId, outcome: answer.outcome, runs: answer.runs };
}

function opened(done: boolean, what: string, { id }: AdminCall["parameters"]): unknown {
  if (done) return { id, outcome: "done" };
  throw new Refusal("http-in/not-open", `${what} "${id}" waits for nobody: it ended, or never was`);
}

/** The purge under way, or the last one. */
function purgeOf({ retention }: HandlerContext): { readonly purge?: object } {
  const purge = retention?.state();
  return purge === undefined ? {} : { purge };
}

/** Set once its payload went, its retention being over. */
function over(emptiedAt: number | undefined): { readonly emptiedAt?: number } {
  return emptiedAt === undefined ? {} : { emptiedAt };
}

async function messageOf({ read }: HandlerContext, parameters: AdminCall["parameters"]) {
  const found = await read.message(parameters["id"] ?? "");
  if (found === undefined) throw missing("message", parameters);
  return found;
}

async function runOf({ read }: HandlerContext, parameters: AdminCall["parameters"]) {
  const run = await read.run(parameters["id"] ?? "");
  if (run === undefined) throw missing("run", parameters);
  return run;
}

export function missing(what: string, { id }: AdminCall["parameters"]): Refusal {
  return new Refusal("http-in/not-found", `there is no ${what} "${id}"`);
}

/** What the engine would not take of a person's word is the person's to mend. */
function refused(error: unknown): never {
  throw error instanceof UsageError ? wrong(error.message) : error;
}

export function wrong(detail: string): Refusal {
  return new Refusal("http-in/bad-request", detail);
}

/** A body as an object; none is an empty one. */
export function bodyMembers(body: Json): JsonObject {
  if (body === null) return {};
  if (isJsonObject(body)) return body;
  throw wrong("the body is no JSON object");
}
