import { UsageError } from "../../engine/index.ts";
import { brief, jsonText, listFilter, type ListOptions } from "../output/list.ts";
import { table } from "../output/table.ts";
import { timeText } from "../output/time.ts";
import type { VerbInput } from "../verb.ts";
import { withReader } from "../workspace/store.ts";

/** Lists the audit, or verifies its chain. */
export async function run({
  terminal,
  arguments: [what = "list"],
  options,
}: VerbInput<ListOptions>): Promise<number> {
  if (what !== "list" && what !== "verify") {
    throw new UsageError("cli/unknown-action", `there is no ${JSON.stringify(what)} of an audit`, {
      help: "it is `sluice audit` for the list, or `sluice audit verify`",
    });
  }
  return withReader(options, terminal, async (reader) => {
    if (what === "list") {
      const rows = await reader.audits(listFilter(options));
      const cells = rows.map(({ number, at, actor, action, target, detail }) => {
        return [String(number), timeText(at), actor, action, target, brief(detail, 60)];
      });
      const list = table(["number", "at", "who", "what", "of", "detail"], cells);
      terminal.out(
        options.json === true ? jsonText(rows) : rows.length === 0 ? "nothing yet\n" : list,
      );
      return 0;
    }
    const { rows, brokenAt } = await reader.auditChain();
    if (options.json === true) terminal.out(jsonText({ rows, brokenAt: brokenAt ?? null }));
    else if (brokenAt === undefined) terminal.out(`${rows} rows, each as it was written\n`);
    else {
      terminal.out(
        `row ${brokenAt} was altered, or one before it removed: the chain breaks there\n  = help: compare with a backup; rows before it are as they were written\n`,
      );
    }
    return brokenAt === undefined ? 0 : 1;
  });
}
