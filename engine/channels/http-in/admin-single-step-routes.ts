import { UsageError } from "../../errors/flow-error.ts";
import type { JsonObject } from "../../model/json.ts";
import { sendAgains } from "../../model/message.ts";
import type { SingleStepRequest } from "../../ports/replay-store.ts";
import { againOf, generationOf, replaysOf } from "./admin-replay-routes.ts";
import {
  accepted,
  type AdminCall,
  type AdminRoute,
  optionalText,
  requiredText,
} from "./admin-routes.ts";
import { Refusal } from "./problem.ts";

const text: JsonObject = { type: "string" };
const body: JsonObject = {
  step: text,
  again: { type: "string", enum: [...sendAgains] },
  generation: { type: "string", enum: ["pinned", "current"] },
  reason: text,
};

/** One step of an ended run, once more and alone. */
export const singleStepRoutes: readonly AdminRoute[] = [
  {
    method: "POST",
    path: "/runs/{id}/replay-step/preview",
    right: "runs.replay",
    summary:
      "What the replay of one step alone would send, beside what was sent, or why it would not be done. Sends nothing.",
    body,
    required: ["step"],
    looks: true,
    handle: async (call) => asked(async () => replaysOf(call.context).single.preview(wanted(call))),
  },
  {
    method: "POST",
    path: "/runs/{id}/replay-step",
    right: "runs.replay",
    edits: ["again"],
    summary:
      "Sends one step of an ended run again and nothing else of its flow. What the ledger has is not sent again, unless `again` says under which key.",
    body,
    required: ["step"],
    handle: async (call) =>
      asked(async () => {
        const { path, answer } = await replaysOf(call.context).single.replay(requestOf(call));
        return { ...accepted(answer, call.context), step: path };
      }),
  },
];

/** A word against the ledger is kept with its reason. */
function requestOf(call: AdminCall): SingleStepRequest {
  const request = wanted(call);
  return request.again === undefined
    ? request
    : { ...request, reason: requiredText(call.body, "reason") };
}

function wanted({ body: given, by, parameters }: AdminCall): SingleStepRequest {
  const known = againOf(given);
  return {
    runId: parameters["id"] ?? "",
    step: requiredText(given, "step"),
    by,
    ...(known === undefined ? {} : { again: known }),
    ...generationOf(given),
    ...optionalText(given, "reason"),
  };
}

/** A `UsageError` of a replay as the refusal that it is. */
export async function asked<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const says = error.help === undefined ? error.message : `${error.message}; ${error.help}`;
    throw new Refusal(statusOf(error.code), says);
  }
}

const faults = ["replay/no-such-step", "replay/which-doubt", "replay/answer-breach"];

function statusOf(code: string) {
  if (code === "replay/unknown-id") return "http-in/not-found";
  return faults.includes(code) ? "http-in/bad-request" : "http-in/not-open";
}
