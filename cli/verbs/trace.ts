import type { TraceEntry } from "../../engine/index.ts";
import { brief, jsonText } from "../output/list.ts";
import { styles, type Terminal } from "../output/terminal.ts";
import { timeText } from "../output/time.ts";
import type { CommonOptions, VerbInput } from "../verb.ts";
import { withReader } from "../workspace/store.ts";

interface Options extends CommonOptions {
  readonly store?: string;
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
    terminal.out(traceText(entries, terminal));
    return 0;
  });
}

/** A timeline: one line an entry, a heading where another flow takes over. */
export function traceText(entries: readonly TraceEntry[], terminal: Terminal): string {
  const style = styles(terminal);
  const lines: string[] = [];
  let heading = "";
  for (const entry of entries) {
    const here = entry.flow === undefined ? "" : `${entry.flow} ${entry.runId ?? ""}`;
    if (here !== "" && here !== heading) {
      heading = here;
      lines.push("", style.strong(entry.flow ?? "") + style.faint(`  run ${entry.runId ?? ""}`));
    }
    const detail =
      entry.detail === undefined
        ? ""
        : `  ${style.faint(brief(entry.detail, terminal.width - 60))}`;
    lines.push(
      `  ${timeText(entry.at).slice(0, 23)}  ${entry.kind.padEnd(9)} ${(entry.path ?? "").padEnd(24)} ${entry.what}${detail}`,
    );
  }
  return `${lines.join("\n").replace(/^\n/, "")}\n`;
}
