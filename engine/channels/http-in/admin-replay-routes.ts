import { UsageError } from "../../errors/flow-error.ts";
import { isJsonObject, type Json, type JsonObject } from "../../model/json.ts";
import { type SendAgain, sendAgains } from "../../model/message.ts";
import { endedStatuses, parkedStatuses, type RunStatus } from "../../model/run.ts";
import { replayBegins, type ReplaySelection } from "../../ports/replay-store.ts";
import { parseInstant } from "../shared/instant.ts";
import {
  type AdminCall,
  type AdminRoute,
  missing,
  optionalText,
  requiredText,
  wrong,
} from "./admin-routes.ts";
import type { HandlerContext } from "./context.ts";
import type { ReplayPort } from "./engine-port.ts";
import { Refusal } from "./problem.ts";

const text: JsonObject = { type: "string" };
const number: JsonObject = { type: "integer", minimum: 1 };
const jobsShown = 50;
const itemsShown = 200;
const idsMax = 10_000;
const statuses: readonly RunStatus[] = [...parkedStatuses, ...endedStatuses];

const requestBody: JsonObject = {
  selection: {
    type: "object",
    properties: {
      ids: { type: "array", items: text, maxItems: idsMax },
      issue: number,
      flow: text,
      status: { type: "string", enum: [...statuses] },
      code: text,
      since: { type: "string", format: "date-time" },
      until: { type: "string", format: "date-time" },
    },
  },
  begin: { type: "string", enum: [...replayBegins] },
  generation: { type: "string", enum: ["pinned", "current"] },
  canary: number,
  atOnce: number,
  step: text,
  again: { type: "string", enum: [...sendAgains] },
  reason: text,
};

/** Replays of many: previewed, canary first, watched, stopped. */
export const replayRoutes: readonly AdminRoute[] = [
  {
    method: "POST",
    path: "/replays/preview",
    right: "runs.replay",
    summary:
      "What a replay would send, beside what was sent: changes in groups, and what is done already. Sends nothing.",
    body: requestBody,
    required: ["selection"],
    looks: true,
    handle: async (call) => asked(async () => replaysOf(call.context).preview(requestOf(call))),
  },
  {
    method: "POST",
    path: "/replays",
    right: "runs.replay",
    edits: ["again"],
    summary:
      "Replays a selection as a job: durable, a few at a time, a canary first if asked for. With `step`, that step alone of runs that ended.",
    body: requestBody,
    required: ["selection"],
    handle: async (call) => {
      if (againOf(call.body) !== undefined) requiredText(call.body, "reason");
      return asked(async () => replaysOf(call.context).jobs.create(requestOf(call)));
    },
  },
  {
    method: "GET",
    path: "/replays",
    right: "runs.read",
    summary: "Replay jobs, newest first.",
    handle: async ({ context }) => ({ items: await replaysOf(context).read.jobs(jobsShown) }),
  },
  {
    method: "GET",
    path: "/replays/{id}",
    right: "runs.read",
    summary: "One job: how far it is, and what came of its runs.",
    handle: async ({ context, parameters }) => {
      const { read } = replaysOf(context);
      const job = await read.job(numberOf(parameters));
      if (job === undefined) throw missing("replay", parameters);
      return {
        ...job,
        outcomes: await read.outcomes(job.number),
        items: await read.items(job.number, itemsShown),
      };
    },
  },
  word("continue", "Lets a job go on after its canary, or after it was stopped.", "proceed"),
  word("stop", "Takes nothing more of a job; what was taken goes on.", "halt"),
];

function word(verb: string, summary: string, method: "proceed" | "halt"): AdminRoute {
  return {
    method: "POST",
    path: `/replays/{id}/${verb}`,
    right: "runs.replay",
    summary,
    handle: async ({ by, context, parameters }) => {
      const { jobs, read } = replaysOf(context);
      const job = numberOf(parameters);
      if ((await read.job(job)) === undefined) throw missing("replay", parameters);
      if (await jobs[method](job, by)) return read.job(job);
      throw new Refusal("http-in/not-open", `replay ${job} is over: there is nothing to ${verb}`);
    },
  };
}

/** What the selection lacks is the caller's to mend. */
async function asked<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UsageError) throw wrong(error.message);
    throw error;
  }
}

export function replaysOf({ replays }: HandlerContext): ReplayPort {
  if (replays !== undefined) return replays;
  throw new Refusal("http-in/not-found", "nobody replays here");
}

function numberOf({ id = "" }: AdminCall["parameters"]): number {
  if (/^\d{1,15}$/.test(id)) return Number(id);
  throw wrong(`"${id}" is no number of a replay`);
}

function requestOf({ body, by }: AdminCall) {
  const { begin = "step" } = body;
  const known = replayBegins.find((one) => one === begin);
  if (known === undefined) {
    throw wrong(`"begin" is ${JSON.stringify(begin)}; ${replayBegins.join(", ")} is taken`);
  }
  return {
    by,
    selection: { ...selectionOf(body["selection"] ?? null), ...stepOf(body) },
    begin: known,
    ...generationOf(body),
    ...optionalText(body, "reason"),
    ...countOf(body, "canary"),
    ...countOf(body, "atOnce"),
  };
}

/** One step of each run that is chosen. */
function stepOf(body: JsonObject): Pick<ReplaySelection, "step"> {
  const again = againOf(body);
  if (body["step"] === undefined && again === undefined) return {};
  const name = requiredText(body, "step");
  const { begin = "step" } = body;
  if (begin !== "step") {
    throw wrong(`"begin" is ${JSON.stringify(begin)}; one step alone begins at itself`);
  }
  return { step: { name, ...(again === undefined ? {} : { again }) } };
}

/** How what is done already is sent all the same. */
export function againOf({ again }: JsonObject): SendAgain | undefined {
  const known = sendAgains.find((one) => one === again);
  if (again === undefined || known !== undefined) return known;
  throw wrong(`"again" is ${JSON.stringify(again)}; ${sendAgains.join(" or ")} is taken`);
}

export function generationOf({ generation }: JsonObject): {
  readonly generation?: "pinned" | "current";
} {
  if (generation === undefined || generation === null) return {};
  if (generation === "pinned" || generation === "current") return { generation };
  throw wrong(`"generation" is ${JSON.stringify(generation)}; pinned or current is taken`);
}

function countOf<const Name extends string>(
  body: JsonObject,
  name: Name,
): { readonly [K in Name]?: number } {
  const value = body[name];
  if (value === undefined || value === null) return {};
  if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 1_000) {
    return { [name]: value } as { readonly [K in Name]: number };
  }
  throw wrong(`"${name}" is ${JSON.stringify(value)}; 1 to 1000 is taken`);
}

function selectionOf(value: Json): ReplaySelection {
  if (!isJsonObject(value)) throw wrong('"selection" is no object');
  const { ids, issue, status } = value;
  if (ids !== undefined && !isTexts(ids)) throw wrong('"ids" is no list of up to 10000 ids');
  if (issue !== undefined && !(typeof issue === "number" && Number.isInteger(issue))) {
    throw wrong('"issue" is no number of an issue');
  }
  const known = statuses.find((one) => one === status);
  if (status !== undefined && known === undefined) {
    throw wrong(`"status" is ${JSON.stringify(status)}; ${statuses.join(", ")} is taken`);
  }
  const selection = {
    ...(ids === undefined ? {} : { ids }),
    ...(typeof issue === "number" ? { issue } : {}),
    ...(known === undefined ? {} : { status: known }),
    ...optionalText(value, "flow"),
    ...optionalText(value, "code"),
    ...instantOf(value, "since"),
    ...instantOf(value, "until"),
  };
  if (Object.keys(selection).length > 0) return selection;
  throw wrong("the selection names nothing: ids, an issue, or a filter is taken");
}

function isTexts(value: Json): value is readonly string[] {
  return (
    Array.isArray(value) && value.length <= idsMax && value.every((id) => typeof id === "string")
  );
}

function instantOf<const Name extends string>(
  body: JsonObject,
  name: Name,
): { readonly [K in Name]?: number } {
  const given: { readonly [K in string]?: string } = optionalText(body, name);
  const value = given[name];
  if (value === undefined) return {};
  const at = parseInstant(value);
  if (at === undefined) throw wrong(`"${name}" is ${JSON.stringify(value)}; a date-time is taken`);
  return { [name]: at } as { readonly [K in Name]: number };
}
