import { isJsonObject } from "../../engine/index.ts";
import { jsonText } from "../output/list.ts";
import type { CommonOptions, VerbModule } from "../verb.ts";
import { admin, type AdminOptions } from "../workspace/admin.ts";
import { type PauseOptions, pauseTarget, pauseText } from "../workspace/pause-target.ts";

const verbs = {
  pause: { path: "pause", done: "paused; intake goes on" },
  resume: { path: "unpause", done: "goes on" },
} as const;

/** The verb that stops a flow, a key or a system, or lets it go on. */
export function pausing(
  verb: keyof typeof verbs,
): VerbModule<CommonOptions & AdminOptions & PauseOptions> {
  return {
    run: async ({ terminal, options }) => {
      const target = pauseTarget(options);
      const { path, done } = verbs[verb];
      const { body } = await admin(path, { ...target }, options, terminal);
      const idle = verb === "resume" && isJsonObject(body) && body["resumed"] === false;
      const what = idle ? "was not paused" : done;
      terminal.out(options.json === true ? jsonText(body) : `${pauseText(target)}: ${what}\n`);
      return 0;
    },
  };
}
