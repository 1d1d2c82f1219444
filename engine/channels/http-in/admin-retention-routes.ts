import { UsageError } from "../../errors/flow-error.ts";
import type { JsonObject } from "../../model/json.ts";
import { retentionClasses } from "../../ports/retention-store.ts";
import { parseInstant } from "../shared/instant.ts";
import { type AdminCall, type AdminRoute, optionalText, wrong } from "./admin-routes.ts";
import type { HandlerContext } from "./context.ts";
import type { RetentionPort } from "./engine-port.ts";
import { Refusal } from "./problem.ts";

const requestBody: JsonObject = {
  class: { type: "string", enum: [...retentionClasses] },
  before: { type: "string", format: "date-time" },
};

/** What is over: foreseen, let go of, followed. */
export const retentionRoutes: readonly AdminRoute[] = [
  {
    method: "GET",
    path: "/purge",
    right: "engine.read",
    summary: "The purge under way, or the last one since the start.",
    handle: async ({ context }) => retentionOf(context).state() ?? {},
  },
  {
    method: "POST",
    path: "/purge/preview",
    right: "data.purge",
    summary: "What a purge would let go of, and what something still needs. Changes nothing.",
    body: requestBody,
    looks: true,
    handle: async (call) => asked(async () => retentionOf(call.context).outlook(requestOf(call))),
  },
  {
    method: "POST",
    path: "/purge",
    right: "data.purge",
    summary:
      "Lets go of what is over by `retention`, or of all before a time; it goes on in small steps.",
    body: requestBody,
    handle: async (call) =>
      asked(async () => retentionOf(call.context).purge(requestOf(call), call.by)),
  },
];

function retentionOf({ retention }: HandlerContext): RetentionPort {
  if (retention !== undefined) return retention;
  throw new Refusal("http-in/not-found", "nobody lets go of anything here");
}

function requestOf({ body }: AdminCall) {
  const { class: given } = body;
  const kind = retentionClasses.find((one) => one === given);
  if (given !== undefined && kind === undefined) {
    throw wrong(`"class" is ${JSON.stringify(given)}; ${retentionClasses.join(", ")} is taken`);
  }
  const { before: text } = optionalText(body, "before");
  const before = text === undefined ? undefined : parseInstant(text);
  if (text !== undefined && before === undefined) {
    throw wrong(`"before" is ${JSON.stringify(text)}; a date-time is taken`);
  }
  return {
    ...(kind === undefined ? {} : { kind }),
    ...(before === undefined ? {} : { before }),
  };
}

/** What cannot be let go of is the caller's to mend. */
async function asked<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const { code, message, help } = error;
    if (code === "governance/purging") throw new Refusal("http-in/not-open", message);
    throw wrong(help === undefined ? message : `${message}; ${help}`);
  }
}
