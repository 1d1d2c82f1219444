import type { Json, ProblemRow, RunDetail } from "../../engine/index.ts";
import { createMasks, isJsonObject, parkedStatuses, UsageError } from "../../engine/index.ts";
import { deadLetterText, impactText } from "../output/dead-letter.ts";
import { brief, jsonText, listFilter, type ListOptions } from "../output/list.ts";
import { table } from "../output/table.ts";
import { timeText } from "../output/time.ts";
import type { VerbInput } from "../verb.ts";
import { collectDeadLetter } from "../workspace/dead-letter.ts";
import { expectKnownFlow } from "../workspace/known-flow.ts";
import { sameOptions, withReader } from "../workspace/store.ts";

/** Sorted before it is cut: the worst may be the oldest. */
const readMax = 10_000;
const shownDefault = 50;

export async function run({
  terminal,
  arguments: [id],
  options,
}: VerbInput<ListOptions>): Promise<number> {
  return withReader(options, terminal, async (reader) => {
    const filter = listFilter(options, parkedStatuses);
    const found = await reader.deadLetters({
      ...filter,
      limit: readMax,
      ...(id === undefined ? {} : { id }),
    });
    if (id === undefined) {
      await expectKnownFlow(options, found.length, terminal);
      const masks = await createMasks(reader);
      const worst = found.toSorted(worstFirst).slice(0, filter.limit ?? shownDefault);
      const rows = await masks.problems(worst);
      terminal.out(options.json === true ? jsonText(rows) : listText(rows, found.length));
      return 0;
    }
    const known = found.length === 0 ? await reader.run(id) : undefined;
    const row = found[0] ?? endedLetter(known);
    if (row === undefined) {
      throw new UsageError(
        "cli/unknown-dead-letter",
        known === undefined
          ? `there is no run ${JSON.stringify(id)}`
          : `run ${JSON.stringify(id)} waits for nobody: it is ${known.status}`,
        {
          help: "`sluice dead-letters` lists what waits; `sluice runs <id>` shows any run",
        },
      );
    }
    const letter = await collectDeadLetter(reader, row, sameOptions(options));
    terminal.out(
      options.json === true ? jsonText(letter.letter) : deadLetterText(letter, terminal),
    );
    return 0;
  });
}

/** A run that ended as failed waits for nobody, and is told of all the same. */
function endedLetter(run: RunDetail | undefined): ProblemRow | undefined {
  if (run?.status !== "failed" || run.error === undefined) return undefined;
  const { id, flow, status, laneKey, startedAt, endedAt, error, messageId, generation } = run;
  const attempts = run.deliveries.reduce((sum, delivery) => sum + delivery.attempts.length, 0);
  const at = endedAt ?? startedAt;
  const row = { runId: id, flow, status, laneKey, at, messageId, generation, attempts };
  const impact = run.impact === undefined ? {} : { impact: run.impact };
  return { ...row, ...impact, failure: error, blocked: 0 };
}

const classes = ["revenue", "cash", "customer", "compliance", "information"];

/** By what is at stake, then by how many wait behind it, then the one that waits longest. */
function worstFirst(a: ProblemRow, b: ProblemRow): number {
  return (
    classRank(a.impact) - classRank(b.impact) ||
    amount(b.impact) - amount(a.impact) ||
    b.blocked - a.blocked ||
    a.at - b.at
  );
}

function classRank(impact: Json | undefined): number {
  const rank = classes.findIndex((name) => isJsonObject(impact) && impact["class"] === name);
  return rank === -1 ? classes.length : rank;
}

/** Only to sort by: of different currencies, the digits decide. */
function amount(impact: Json | undefined): number {
  const value = isJsonObject(impact) ? Number(impact["amount"]) : 0;
  return Number.isFinite(value) ? value : 0;
}

function listText(rows: readonly ProblemRow[], total: number): string {
  if (rows.length === 0) return "nothing waits for a person\n";
  const shown = table(
    ["since", "run", "flow", "key", "status", "impact", "attempts", "blocks", "cause"],
    rows.map((row) => [
      timeText(row.at),
      row.runId,
      row.flow,
      row.laneKey ?? "",
      row.status,
      impactText(row.impact),
      String(row.attempts),
      String(row.blocked),
      brief(`${row.failure.code}: ${row.failure.message}`, 70),
    ]),
  );
  return total > rows.length
    ? `${shown}${total - rows.length} more with --limit ${total}\n`
    : shown;
}
