import type { JsonObject } from "../../model/json.ts";
import { categories, type Category } from "../../model/plan/impact.ts";
import type { IssueFilter, IssueStatus } from "../../ports/insight-store.ts";
import {
  type AdminCall,
  type AdminRoute,
  filterOf,
  missing,
  optionalText,
  wrong,
} from "./admin-routes.ts";
import type { HandlerContext } from "./context.ts";
import type { InsightPort } from "./engine-port.ts";
import { Refusal } from "./problem.ts";

const text: JsonObject = { type: "string" };
const runsShown = 50;
const statuses: readonly IssueStatus[] = ["open", "acknowledged", "resolved", "ignored"];

/** Issues: what fails, by cause. */
export const insightRoutes: readonly AdminRoute[] = [
  {
    method: "GET",
    path: "/issues",
    right: "runs.read",
    summary:
      "Failures by cause, the worst first; unresolved ones unless `status` says otherwise (`any` for all).",
    filtered: true,
    handle: async (call) => ({ items: await insightOf(call.context).read.issues(issuesOf(call)) }),
  },
  {
    method: "GET",
    path: "/issues/{id}",
    right: "runs.read",
    summary: "One issue with its runs, the unsettled first, and the notices sent.",
    handle: async ({ context, parameters }) => {
      const { read } = insightOf(context);
      const number = numberOf(parameters);
      const [issue] = await read.issues({ number });
      if (issue === undefined) throw missing("issue", parameters);
      return {
        ...issue,
        affected: await read.issueRuns(number, runsShown),
        notices: await read.notices(number),
      };
    },
  },
  {
    method: "GET",
    path: "/sla",
    right: "engine.read",
    summary:
      "Promises about time: shares kept since `since` (a day unless told), runs at risk with the time left, broken ones, milestones by day.",
    filtered: true,
    handle: async (call) => {
      const { flow, since, until } = filterOf(call);
      return insightOf(call.context).sla({
        ...(flow === undefined ? {} : { flow }),
        ...(since === undefined ? {} : { since }),
        ...(until === undefined ? {} : { until }),
      });
    },
  },
  person("acknowledge", "acknowledged", "Somebody looks after it: it climbs no further."),
  person("resolve", "resolved", "It is mended; when it returns, it is opened again."),
  person("ignore", "ignored", "It is counted, and nobody is told, also when it returns."),
  person("reopen", "open", "It is open again."),
];

function person(verb: string, status: IssueStatus, summary: string): AdminRoute {
  return {
    method: "POST",
    path: `/issues/{id}/${verb}`,
    right: "issues.answer",
    summary,
    body: { comment: text },
    handle: async ({ body, by, context, parameters }) => {
      const number = numberOf(parameters);
      const { comment } = optionalText(body, "comment");
      const done = await insightOf(context).set(number, status, by, comment);
      if (!done) throw missing("issue", parameters);
      const [issue] = await insightOf(context).read.issues({ number });
      return issue;
    },
  };
}

function insightOf({ insight }: HandlerContext): InsightPort {
  if (insight !== undefined) return insight;
  throw new Refusal("http-in/not-found", "nobody keeps issues here");
}

function numberOf({ id = "" }: AdminCall["parameters"]): number {
  if (/^\d{1,15}$/.test(id)) return Number(id);
  throw wrong(`"${id}" is no number of an issue`);
}

function issuesOf(call: AdminCall): IssueFilter {
  const { flow, since, limit } = filterOf(call);
  const status = call.query.get("status");
  const category = call.query.get("category");
  const isStatus = (value: string): value is IssueStatus => statuses.some((one) => one === value);
  const isCategory = (value: string): value is Category => categories.some((one) => one === value);
  if (status !== null && status !== "any" && !isStatus(status)) {
    throw wrong(`"status" is ${JSON.stringify(status)}; any, ${statuses.join(", ")} is taken`);
  }
  if (category !== null && !isCategory(category)) {
    throw wrong(`"category" is ${JSON.stringify(category)}; ${categories.join(", ")} is taken`);
  }
  return {
    ...(status === null ? { unresolved: true } : status === "any" ? {} : { status }),
    ...(category === null ? {} : { category }),
    ...(flow === undefined ? {} : { flow }),
    ...(since === undefined ? {} : { since }),
    ...(limit === undefined ? {} : { limit }),
  };
}
