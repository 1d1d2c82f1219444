import { brief, jsonText, listFilter, type ListOptions } from "../output/list.ts";
import { table } from "../output/table.ts";
import { timeText } from "../output/time.ts";
import type { VerbInput } from "../verb.ts";
import { expectKnownFlow } from "../workspace/known-flow.ts";
import { withReader } from "../workspace/store.ts";

const statuses = ["open", "answered", "closed"];

export async function run({ terminal, options }: VerbInput<ListOptions>): Promise<number> {
  return withReader(options, terminal, async (reader) => {
    const rows = await reader.tasks(listFilter(options, statuses));
    await expectKnownFlow(options, rows.length, terminal);
    if (options.json === true) terminal.out(jsonText(rows));
    else if (rows.length === 0) terminal.out("no open tasks\n");
    else {
      terminal.out(
        table(
          ["task", "team", "question", "choices", "due", "flow", "answer"],
          rows.map((row) => [
            row.id,
            row.team,
            brief(row.title, 60),
            row.choices.join(" | "),
            timeText(row.due),
            row.flow,
            row.answer === undefined ? "" : `${row.answer.choice} by ${row.answer.by}`,
          ]),
        ),
      );
    }
    return 0;
  });
}
