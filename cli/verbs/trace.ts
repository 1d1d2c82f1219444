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
