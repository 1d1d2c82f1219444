import { type ConflictRow, createMasks } from "../../engine/index.ts";
import { brief, jsonText, listFilter, type ListOptions } from "../output/list.ts";
import { table } from "../output/table.ts";
import { timeText } from "../output/time.ts";
import type { VerbInput } from "../verb.ts";
import { admin } from "../workspace/admin.ts";
import type { RevealOptions } from "../workspace/reveal.ts";
import { withReader } from "../workspace/store.ts";

type Options = ListOptions & RevealOptions & { readonly entity?: string };

/** Values that did not stand against those of their system of record: who gave them, when and why. */
export async function run({
  terminal,
  arguments: [id],
  options,
}: VerbInput<Options>): Promise<number> {
  const { entity } = options;
  const filter = {
    ...listFilter(options),
    ...(id === undefined ? {} : { id }),
    ...(entity === undefined ? {} : { entity }),
  };
  return withReader(options, terminal, async (reader) => {
    let rows: readonly ConflictRow[];
    if (options.reveal === true) {
      const query = new URLSearchParams(queryOf(filter));
      const { body } = await admin(`conflicts/reveal?${query.toString()}`, {}, options, terminal);
      rows = (body as unknown as { readonly items: readonly ConflictRow[] }).items;
    } else {
      const masks = await createMasks(reader);
      rows = masks.conflicts(await reader.conflicts(filter));
    }
    terminal.out(options.json === true ? jsonText(rows) : text(rows));
    return 0;
  });
}

function queryOf(filter: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(filter).map(([name, value]: [string, string | number]) => [
      name,
      name === "since" || name === "until" ? new Date(value).toISOString() : String(value),
    ]),
  );
}

function text(rows: readonly ConflictRow[]): string {
  if (rows.length === 0) return "no conflicts\n";
  return table(
    ["last", "record", "attribute", "kept", "not taken", "from", "why", "times", "run"],
    rows.map((row) => [
      timeText(row.lastAt),
      `${row.entity} ${row.canonicalId}`,
      row.attribute,
      brief(row.kept, 30),
      brief(row.given, 30),
      row.source,
      row.reason === "overruled" ? `${row.owner} decides` : `${row.owner} was not asked`,
      String(row.times),
      row.runId ?? "",
    ]),
  );
}
