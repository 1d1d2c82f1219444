import { isJsonObject, type Json } from "../../model/json.ts";
import { categories } from "../../model/plan/impact.ts";
import type { TraceEntry } from "../../ports/store-reader.ts";
import type { AdminCall, AdminRoute } from "./admin-routes.ts";
import type { HandlerContext } from "./context.ts";
import { flowWords, type Reach } from "./grants.ts";
import { Refusal } from "./problem.ts";

/** What an endpoint is about, and so how it is kept to the flows that a right reaches. */
type Confined = (route: AdminRoute, call: AdminCall, reach: Reach) => Promise<unknown>;

type Row = Readonly<Record<string, unknown>>;

const listed = 50;

/**
 * By the first word of the path. What is not here is of the whole engine, and refused to whom only
 * some flows are open: an endpoint that is forgotten opens nothing.
 */
const confined: Readonly<Record<string, Confined>> = {
  messages: (route, call, reach) =>
    isList(route) ? flowByFlow(route, call, reach, "receivedAt") : oneMessage(route, call, reach),
  runs: (route, call, reach) =>
    isList(route) ? flowByFlow(route, call, reach, "startedAt") : oneRun(route, call, reach),
  "dead-letters": (route, call, reach) => flowByFlow(route, call, reach, "at"),
  tasks: (route, call, reach) =>
    isList(route) ? flowByFlow(route, call, reach, "openedAt") : oneTask(route, call, reach),
  issues: (route, call, reach) =>
    isList(route) ? flowByFlow(route, call, reach, "lastAt") : oneIssue(route, call, reach),
  trace: storyOf,
  conflicts: conflictsOf,
  replays: replaysWithin,
  pause: oneTarget,
  drain: oneTarget,
  unpause: oneTarget,
};

/** Answers for whom only some flows are open: lists show those alone, and the rest is refused by name. */
export async function confine(route: AdminRoute, call: AdminCall, reach: Reach): Promise<unknown> {
  const [, word = ""] = route.path.split("/");
  const answer = Object.hasOwn(confined, word) ? confined[word] : undefined;
  if (answer === undefined) throw reach.refuse("the whole engine");
  return answer(route, call, reach);
}

const isList = ({ path }: AdminRoute): boolean => path.split("/").length === 2;

/** Refuses a flow that is out of reach. */
function checkFlow(flow: string | undefined, { context }: AdminCall, reach: Reach): void {
  if (flow === undefined) throw reach.refuse("what is of no flow");
  if (!reach.flows.has(flow)) throw reach.refuse(flowWords(flow, context.engine.generation()));
}

/** A list of each flow, put together: as the whole list is sorted, and no more than was asked for. */
async function flowByFlow(
  route: AdminRoute,
  call: AdminCall,
  reach: Reach,
  time: string,
): Promise<unknown> {
  const wanted = call.query.get("flow");
  if (wanted !== null) {
    checkFlow(wanted, call, reach);
    return route.handle(call);
  }
  const rows = new Map<unknown, Row>();
  for (const flow of reach.flows) {
    const query = new URLSearchParams(call.query);
    query.set("flow", flow);
    for (const row of itemsOf(await route.handle({ ...call, query }))) {
      rows.set(row["id"] ?? row["runId"] ?? row["number"], row);
    }
  }
  const at = (row: Row): number => Number(row[time]);
  const newest = [...rows.values()].sort(
    (left, right) => rankOf(left) - rankOf(right) || at(right) - at(left),
  );
  return { items: newest.slice(0, Number(call.query.get("limit") ?? listed)) };
}

/** The worst issues stand first. */
function rankOf({ category }: Row): number {
  return categories.findIndex((one) => one === category);
}

function itemsOf(answer: unknown): readonly Row[] {
  return (answer as { readonly items: readonly Row[] }).items;
}

async function oneRun(route: AdminRoute, call: AdminCall, reach: Reach): Promise<unknown> {
  const run = await call.context.read.run(call.parameters["id"] ?? "");
  if (run !== undefined) checkFlow(run.flow, call, reach);
  return route.handle(call);
}

async function oneTask(route: AdminRoute, call: AdminCall, reach: Reach): Promise<unknown> {
  const [task] = await call.context.read.tasks({ id: call.parameters["id"] ?? "" });
  if (task !== undefined) checkFlow(task.flow, call, reach);
  return route.handle(call);
}

async function oneIssue(route: AdminRoute, call: AdminCall, reach: Reach): Promise<unknown> {
  await checkIssue(Number(call.parameters["id"]), call, reach);
  return route.handle(call);
}

async function checkIssue(number: number, call: AdminCall, reach: Reach): Promise<void> {
  if (!Number.isSafeInteger(number)) return;
  const [issue] = (await call.context.insight?.read.issues({ number })) ?? [];
  if (issue !== undefined) checkFlow(issue.flow, call, reach);
}

/** To look, one of its flows is enough; to process it once more, all of them that are processed. */
async function oneMessage(route: AdminRoute, call: AdminCall, reach: Reach): Promise<unknown> {
  const id = call.parameters["id"] ?? "";
  if ((await call.context.read.message(id)) === undefined) return route.handle(call);
  const flows = await flowsOf(id, call.context);
  const named = call.body["flow"];
  const acts = route.path.endsWith("/replay");
  const asked = acts && typeof named === "string" ? [named] : flows;
  const outside = asked.filter((flow) => !reach.flows.has(flow));
  if (asked.length === 0) checkFlow(undefined, call, reach);
  if (acts ? outside.length > 0 : outside.length === asked.length)
    checkFlow(outside[0], call, reach);
  return route.handle(call);
}

/** Flows that took a message. */
async function flowsOf(messageId: string, { read }: HandlerContext): Promise<readonly string[]> {
  const entries = (await read.trace(messageId)).filter((entry) => entry.messageId === messageId);
  return [...new Set(entries.flatMap(({ flow }) => flow ?? []))];
}

/** What the flows in reach did, and what they did it with. */
async function storyOf(route: AdminRoute, call: AdminCall, reach: Reach): Promise<unknown> {
  const entries = itemsOf(await route.handle(call)) as unknown as readonly TraceEntry[];
  const own = entries.filter(({ flow }) => flow !== undefined && reach.flows.has(flow));
  const messages = new Set(own.flatMap(({ messageId }) => messageId ?? []));
  const runs = new Set(own.flatMap(({ runId }) => runId ?? []));
  const isOwn = ({ flow, messageId = "", runId }: TraceEntry): boolean =>
    flow === undefined
      ? runId === undefined
        ? messages.has(messageId)
        : runs.has(runId)
      : reach.flows.has(flow);
  return { items: entries.filter(isOwn) };
}

async function conflictsOf(route: AdminRoute, call: AdminCall, reach: Reach): Promise<unknown> {
  const items: Row[] = [];
  for (const row of itemsOf(await route.handle(call))) {
    const { runId } = row;
    const run = typeof runId === "string" ? await call.context.read.run(runId) : undefined;
    if (run !== undefined && reach.flows.has(run.flow)) items.push(row);
  }
  return { items };
}

/** A selection is of flows in reach, and so is each job that is shown. */
async function replaysWithin(route: AdminRoute, call: AdminCall, reach: Reach): Promise<unknown> {
  const { id } = call.parameters;
  if (route.method === "POST" && id === undefined) {
    await checkSelection(call.body["selection"] ?? null, call, reach);
    return route.handle(call);
  }
  if (id === undefined) {
    const jobs = itemsOf(await route.handle(call));
    const own = await Promise.all(jobs.map(async (job) => isOwnJob(job, call, reach)));
    return { items: jobs.filter((_, index) => own[index] === true) };
  }
  const job = /^\d{1,15}$/.test(id) ? await call.context.replays?.read.job(Number(id)) : undefined;
  if (job !== undefined) await checkSelection({ ...job.selection }, call, reach);
  return route.handle(call);
}

async function isOwnJob(job: Row, call: AdminCall, reach: Reach): Promise<boolean> {
  try {
    await checkSelection(job["selection"] as Json, call, reach);
    return true;
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
}

async function checkSelection(selection: Json, call: AdminCall, reach: Reach): Promise<void> {
  if (!isJsonObject(selection)) return;
  const { flow, ids, issue } = selection;
  if (typeof flow === "string") checkFlow(flow, call, reach);
  if (typeof issue === "number") await checkIssue(issue, call, reach);
  for (const id of Array.isArray(ids) ? (ids as readonly Json[]) : []) {
    if (typeof id === "string") await checkRunOrMessage(id, call, reach);
  }
  const isOpen = flow === undefined && issue === undefined && ids === undefined;
  if (isOpen) throw reach.refuse("a selection over all flows: name a flow, an issue or ids");
}

async function checkRunOrMessage(id: string, call: AdminCall, reach: Reach): Promise<void> {
  const run = await call.context.read.run(id);
  const flows = run === undefined ? await flowsOf(id, call.context) : [run.flow];
  for (const flow of flows) checkFlow(flow, call, reach);
}

/** A flow, or a key of one; systems and regions are of everybody. */
async function oneTarget(route: AdminRoute, call: AdminCall, reach: Reach): Promise<unknown> {
  const { flow, kind } = call.body;
  if (kind === "system" || kind === "region") throw reach.refuse(`a ${kind}`);
  if (typeof flow === "string") checkFlow(flow, call, reach);
  return route.handle(call);
}
