import { UsageError } from "../../engine/index.ts";
import { jsonText } from "../output/list.ts";
import { table } from "../output/table.ts";
import { timeText } from "../output/time.ts";
import type { CommonOptions, VerbInput } from "../verb.ts";
import { withReader } from "../workspace/store.ts";

interface Options extends CommonOptions {
  readonly store?: string;
}

/** The ids that each system gave one thing, found by any of them. */
export async function run({
  terminal,
  arguments: [entity = "", id = ""],
  options,
}: VerbInput<Options>): Promise<number> {
  return withReader(options, terminal, async (reader) => {
    const rows = await reader.crosswalk(entity, id);
    if (options.json === true) terminal.out(jsonText(rows));
    if (rows.length === 0) {
      throw new UsageError("cli/unknown-id", `no ${entity} has the id ${JSON.stringify(id)}`, {
        help: "give the entity as adapters name it under link, such as customer or order; `sluice trace` takes an id of anything",
      });
    }
    if (options.json !== true) {
      terminal.out(
        table(
          ["system", "id", entity, "since"],
          rows.map((row) => [row.system, row.id, row.canonicalId, timeText(row.linkedAt)]),
        ),
      );
    }
    return 0;
  });
}
