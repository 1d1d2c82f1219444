import type { JsonObject } from "../../model/json.ts";
import type { SettleRequest } from "../../ports/replay-store.ts";
import { generationOf, replaysOf } from "./admin-replay-routes.ts";
import { type AdminCall, type AdminRoute, optionalText, requiredText } from "./admin-routes.ts";
import { asked } from "./admin-single-step-routes.ts";

const text: JsonObject = { type: "string" };
const body: JsonObject = {
  output: {},
  step: text,
  generation: { type: "string", enum: ["pinned", "current"] },
};

/** A call in doubt that was done: the run goes on with what it gave. */
export const settleRoutes: readonly AdminRoute[] = [
  {
    method: "POST",
    path: "/runs/{id}/settle/preview",
    right: "runs.replay",
    summary:
      "What would follow if a call in doubt were taken for done with this output. Sends nothing.",
    body,
    looks: true,
    handle: async (call) => asked(async () => replaysOf(call.context).doubts.preview(wanted(call))),
  },
  {
    method: "POST",
    path: "/runs/{id}/settle",
    right: "runs.replay",
    // Its reason is always there: whoever settles a doubt speaks for the partner.
    edits: ["reason"],
    summary:
      "Takes a call in doubt for done with the output given, which is checked against its contract: nothing of it is sent again, and the run goes on from there.",
    body: { ...body, reason: text },
    required: ["reason"],
    handle: async (call) =>
      asked(async () => {
        const reason = requiredText(call.body, "reason");
        const settled = await replaysOf(call.context).doubts.settle({ ...wanted(call), reason });
        return { id: call.parameters["id"], outcome: "done", ...settled };
      }),
  },
];

function wanted({ body: given, by, parameters }: AdminCall): SettleRequest {
  const { output } = given;
  return {
    runId: parameters["id"] ?? "",
    by,
    ...(output === undefined ? {} : { output }),
    ...optionalText(given, "step"),
    ...generationOf(given),
  };
}
