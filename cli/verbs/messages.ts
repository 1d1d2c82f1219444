import type { MessageRow, StoredMessage } from "../../engine/index.ts";
import { UsageError } from "../../engine/index.ts";
import { jsonText, listFilter, type ListOptions } from "../output/list.ts";
import { table } from "../output/table.ts";
import { timeText } from "../output/time.ts";
import type { VerbInput } from "../verb.ts";
import { expectKnownFlow } from "../workspace/known-flow.ts";
import { type RevealOptions, shown } from "../workspace/reveal.ts";
import { withReader } from "../workspace/store.ts";

type Message = StoredMessage["message"];

export async function run({
  terminal,
  arguments: [id],
  options,
}: VerbInput<ListOptions & RevealOptions>): Promise<number> {
  return withReader(options, terminal, async (reader) => {
    if (id !== undefined) {
      const found = await reader.message(id);
      if (found === undefined) {
        throw new UsageError("cli/unknown-message", `no message ${JSON.stringify(id)}`, {
          help: "`sluice messages` lists them, as far back as `retention.history` says; `sluice trace <id>` takes any business id",
        });
      }
      const { message, emptiedAt } = found;
      const text = await shown<unknown>("messages", id, {
        options,
        terminal,
        reader,
        mask: (masks) => masks.message(message),
        take: (answer) => (answer as { readonly message: unknown }).message,
      });
      if (emptiedAt !== undefined) {
        terminal.err(
          `its payload went on ${timeText(emptiedAt).slice(0, 10)}: its retention is over, and the envelope is what is left\n`,
        );
      }
      terminal.out(jsonText(emptiedAt === undefined ? text : { ...(text as Message), emptiedAt }));
      return 0;
    }
    const rows = await reader.messages(listFilter(options));
    await expectKnownFlow(options, rows.length, terminal);
    terminal.out(options.json === true ? jsonText(rows) : text(rows));
    return 0;
  });
}

function text(rows: readonly MessageRow[]): string {
  if (rows.length === 0) return "no messages\n";
  return table(
    ["received", "id", "type", "source", "runs", "duplicates", "bytes", "payload"],
    rows.map((row) => [
      timeText(row.receivedAt),
      row.id,
      row.type,
      row.source,
      String(row.runs),
      String(row.duplicates),
      String(row.bytes),
      row.emptiedAt === undefined ? "" : `went ${timeText(row.emptiedAt).slice(0, 10)}`,
    ]),
  );
}
