import { jsonText } from "../output/list.ts";
import { timeline } from "../output/timeline.ts";
import type { CommonOptions, VerbInput } from "../verb.ts";
import { withReader } from "../workspace/store.ts";

interface Options extends CommonOptions {
  readonly store?: string;
  readonly verbose?: boolean;
}

export async function run({
  terminal,
  arguments: [id = ""],
  options,
}: VerbInput<Options>): Promise<number> {
  return withReader(options, terminal, async (reader) => {
    const entries = await reader.trace(id);
    if (options.json === true) {
      terminal.out(jsonText(entries));
      return entries.length === 0 ? 1 : 0;
    }
    if (entries.length === 0) {
      terminal.err(
        `nothing is known of ${JSON.stringify(id)}\n  = help: any id of a message, run, order, customer or correlation will do, as the systems write it\n`,
      );
      return 1;
    }
    terminal.out(timeline(entries, terminal, options.verbose === true));
    return 0;
  });
}
