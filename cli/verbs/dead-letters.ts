import type { ProblemRow } from "../../engine/index.ts";
import { UsageError } from "../../engine/index.ts";
import { brief, jsonText, listFilter, type ListOptions } from "../output/list.ts";
import { table } from "../output/table.ts";
import { styles, type Terminal } from "../output/terminal.ts";
import { timeText } from "../output/time.ts";
import type { VerbInput } from "../verb.ts";
import { withReader } from "../workspace/store.ts";

export async function run({
  terminal,
  arguments: [id],
  options,
}: VerbInput<ListOptions>): Promise<number> {
  return withReader(options, terminal, async (reader) => {
    const rows = await reader.deadLetters({
      ...listFilter(options),
      ...(id === undefined ? {} : { id }),
    });
    if (id !== undefined && rows.length === 0) {
      throw new UsageError(
        "cli/unknown-dead-letter",
        `run ${JSON.stringify(id)} waits for nobody`,
        {
          help: "`sluice dead-letters` lists what does; `sluice runs <id>` shows any run",
        },
      );
    }
    if (options.json === true) terminal.out(jsonText(rows));
    else
      terminal.out(
        id === undefined ? listText(rows) : rows.map((row) => detailText(row, terminal)).join("\n"),
      );
    return 0;
  });
}

function listText(rows: readonly ProblemRow[]): string {
  if (rows.length === 0) return "nothing waits for a person\n";
  return table(
    ["since", "run", "flow", "key", "status", "attempts", "blocks", "cause"],
    rows.map((row) => [
      timeText(row.at),
      row.runId,
      row.flow,
      row.laneKey ?? "",
      row.status,
      String(row.attempts),
      String(row.blocked),
      brief(`${row.failure.code}: ${row.failure.message}`, 70),
    ]),
  );
}

/** What the status means, and what to do about it. */
const remedies: Readonly<Record<string, string>> = {
  dead: "a partner never took it: when it is back, `sluice replay <run>` goes on from the step that failed",
  invalid:
    "it makes no sense to the flow: mend the mapping, schema or data, then `sluice replay <run> --current`",
  "in-doubt":
    "nobody knows whether the partner did it: look there, then `sluice replay <run>` sends again, `sluice replay <run> --discard <reason>` ends it",
  stuck:
    "an undo failed, and what was done stands: mend the partner's side, then `sluice replay <run>`",
};

function detailText(row: ProblemRow, terminal: Terminal): string {
  const style = styles(terminal);
  const { failure } = row;
  const lines = [
    `${style.bad(row.status)}  ${style.strong(row.flow)}  key ${row.laneKey ?? "none"}`,
    `  what        ${failure.message} [${failure.code}, ${failure.class}]`,
    `  step        ${failure.path ?? ""}`,
    ...(failure.at === undefined
      ? []
      : [`  declared    ${failure.at.file}:${failure.at.line}:${failure.at.column}`]),
    ...(failure.system === undefined
      ? []
      : [
          `  system      ${failure.system}${failure.adapter === undefined ? "" : ` (${failure.adapter})`}`,
        ]),
    `  since       ${timeText(row.at)}, after ${row.attempts} attempts`,
    `  run         ${row.runId}`,
    `  message     ${row.messageId}`,
    `  generation  ${row.generation.slice(0, 12)}`,
    `  blocks      ${row.blocked} later messages of this key`,
    ...(failure.detail === undefined
      ? []
      : [`  answer      ${brief(failure.detail, terminal.width * 3)}`]),
    ...(failure.violations ?? []).map((one) => `  also        ${one.message} [${one.code}]`),
    `  remedy      ${(remedies[row.status] ?? "").replaceAll("<run>", row.runId)}`,
  ];
  return `${lines.join("\n")}\n`;
}
