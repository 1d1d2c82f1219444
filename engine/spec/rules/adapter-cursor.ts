import { entryOf, textOf, valueOf } from "../yaml/node.ts";
import type { Rule } from "./rule.ts";

export const adapterCursor: Rule = {
  code: "adapter/cursor",
  docs: "A source that says by a word or an address where the next round goes on is taken at its word: there is no time in it to go back by, and what is passed over does not come again.",
  wrong: 'cursor: { token: "$response.body.next", start: null, overlap: 5m }',
  right: 'cursor: { token: "$response.body.next", start: null }',
  check(workspace, report) {
    for (const { node, plan } of workspace.adapters) {
      for (const name of Object.keys(plan.polls ?? {})) {
        const poll = valueOf(valueOf(node, "polls"), name);
        const cursor = valueOf(poll, "cursor");
        const given = entryOf(cursor, "token") ?? entryOf(cursor, "next-url");
        const once = given ?? entryOf(poll, "acknowledge");
        const overlap = entryOf(cursor, "overlap");
        const check = entryOf(poll, "gap-check");
        const expired = entryOf(cursor, "expired");
        if (given !== undefined && overlap !== undefined) {
          report(overlap.keyAt, `"overlap" has nothing to go back by beside "${given.key}"`, {
            help: `leave it out, or say value: the time of a row`,
          });
        }
        if (once !== undefined && check !== undefined) {
          report(
            check.keyAt,
            `a gap check passes over young rows, and "${once.key}" does not bring them again`,
            { help: "say value: the time of a row, or leave gap-check out" },
          );
        }
        if (expired !== undefined && textOf(valueOf(cursor, "start")) === "now") {
          report(
            expired.keyAt,
            "what changed since the cursor that is known no more would be passed over: start is now",
            {
              help: "give a start that reads it all again, such as null; repeats are deduplicated",
            },
          );
        }
      }
    }
  },
};
