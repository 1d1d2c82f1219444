import { UsageError } from "../../engine/index.ts";
import { jsonText } from "../output/list.ts";
import { timeline } from "../output/timeline.ts";
import type { CommonOptions, VerbInput } from "../verb.ts";
import { type RevealOptions, shown } from "../workspace/reveal.ts";
import { withReader } from "../workspace/store.ts";

interface Options extends CommonOptions, RevealOptions {
  readonly verbose?: boolean;
}

export async function run({
  terminal,
  arguments: [id = ""],
  options,
}: VerbInput<Options>): Promise<number> {
  return withReader(options, terminal, async (reader) => {
    const found = await reader.trace(id);
    const entries = await shown("trace", id, {
      options,
      terminal,
      reader,
      mask: (masks) => masks.trace(found),
      take: (answer) => (answer as { readonly items: typeof found }).items,
    });
    if (options.json === true) terminal.out(jsonText(entries));
    if (entries.length === 0) {
      throw new UsageError("cli/unknown-id", `nothing is known of ${JSON.stringify(id)}`, {
        help: "any id of a message, run, order, customer or correlation will do, as the systems write it",
      });
    }
    if (options.json !== true) terminal.out(timeline(entries, terminal, options.verbose === true));
    return 0;
  });
}
