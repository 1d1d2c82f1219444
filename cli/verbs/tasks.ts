import { createMasks, type TaskRow, UsageError } from "../../engine/index.ts";
import { brief, jsonText, listFilter, type ListOptions } from "../output/list.ts";
import { table } from "../output/table.ts";
import { timeText } from "../output/time.ts";
import type { VerbInput } from "../verb.ts";
import { expectKnownFlow } from "../workspace/known-flow.ts";
import { type RevealOptions, shown } from "../workspace/reveal.ts";
import { withReader } from "../workspace/store.ts";

const statuses = ["open", "answered", "closed"];

export async function run({
  terminal,
  arguments: [id],
  options,
}: VerbInput<ListOptions & RevealOptions>): Promise<number> {
  return withReader(options, terminal, async (reader) => {
    if (id !== undefined) {
      const [found] = await reader.tasks({ id });
      if (found === undefined) {
        throw new UsageError("cli/unknown-task", `no task ${JSON.stringify(id)}`, {
          help: "`sluice tasks` lists them",
        });
      }
      const task = await shown<TaskRow>("tasks", id, {
        options,
        terminal,
        reader,
        mask: async (masks) => (await masks.tasks([found]))[0] ?? found,
        take: (answer) => answer as TaskRow,
      });
      terminal.out(options.json === true ? jsonText(task) : detailText(task));
      return 0;
    }
    const masks = await createMasks(reader);
    const rows = await masks.tasks(await reader.tasks(listFilter(options, statuses)));
    await expectKnownFlow(options, rows.length, terminal);
    if (options.json === true) terminal.out(jsonText(rows));
    else terminal.out(rows.length === 0 ? "no open tasks\n" : listText(rows));
    return 0;
  });
}

function listText(rows: readonly TaskRow[]): string {
  return table(
    ["task", "team", "question", "choices", "due", "flow", "answer"],
    rows.map((row) => [
      row.id,
      row.team,
      brief(row.title, 60),
      row.choices.join(" | "),
      timeText(row.due),
      row.flow,
      answerText(row),
    ]),
  );
}

function answerText({ answer }: TaskRow): string {
  if (answer === undefined) return "";
  const { choice, pick, by } = answer;
  return `${pick === undefined ? choice : `${choice} ${pick}`} by ${by}`;
}

/** The question, what there is to see, and the commands that answer it. */
function detailText(task: TaskRow): string {
  const { answer } = task;
  const state =
    answer === undefined
      ? `open until ${timeText(task.due)}`
      : `${answerText(task)}, ${timeText(answer.at)}`;
  const lines = [
    task.title,
    "",
    `  task   ${task.id}`,
    `  team   ${task.team}`,
    `  flow   ${task.flow}, run ${task.runId}`,
    `  state  ${state}`,
    "",
    JSON.stringify(task.show, null, 2),
  ];
  if (answer === undefined) {
    lines.push("", ...task.choices.map((choice) => `  ${command(task, choice)}`));
  }
  return `${lines.join("\n")}\n`;
}

function command({ id, among }: TaskRow, choice: string): string {
  const offered = among?.[choice] ?? [];
  const pick = offered.length > 1 ? ` --pick <${offered.join(" | ")}>` : "";
  return `sluice choose ${id} ${choice}${pick}`;
}
