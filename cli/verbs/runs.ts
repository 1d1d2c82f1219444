import type { Json, RunDetail, RunRow } from "../../engine/index.ts";
import {
  createMasks,
  endedStatuses,
  isJsonObject,
  parkedStatuses,
  UsageError,
} from "../../engine/index.ts";
import { brief, jsonText, listFilter, type ListOptions } from "../output/list.ts";
import { table } from "../output/table.ts";
import { styles, type Terminal } from "../output/terminal.ts";
import { spanText, timeText } from "../output/time.ts";
import { waitText } from "../output/timeline.ts";
import type { VerbInput } from "../verb.ts";
import { expectKnownFlow } from "../workspace/known-flow.ts";
import { type RevealOptions, shown } from "../workspace/reveal.ts";
import { withReader } from "../workspace/store.ts";

const statuses = [
  "queued",
  "ready",
  "held",
  "active",
  "released",
  ...endedStatuses,
  ...parkedStatuses,
];

interface RunsOptions extends ListOptions, RevealOptions {
  readonly source?: string;
}

export async function run({
  terminal,
  arguments: [id],
  options,
}: VerbInput<RunsOptions>): Promise<number> {
  return withReader(options, terminal, async (reader) => {
    if (id === undefined) {
      const masks = await createMasks(reader);
      const rows = await masks.runs(await reader.runs(listFilter(options, statuses)));
      await expectKnownFlow(options, rows.length, terminal);
      terminal.out(options.json === true ? jsonText(rows) : listText(rows));
      return 0;
    }
    const found = await reader.run(id);
    if (found === undefined) {
      throw new UsageError("cli/unknown-run", `no run ${JSON.stringify(id)}`, {
        help: "`sluice runs` lists them, as far back as `retention.history` says; `sluice trace <id>` takes any business id",
      });
    }
    if (options.source !== undefined) {
      terminal.out(sourceText(await reader.sources(found.generation), options.source, found));
      return 0;
    }
    const run = await shown("runs", id, {
      options,
      terminal,
      reader,
      mask: (masks) => masks.run(found),
      take: (answer) => answer as RunDetail,
    });
    terminal.out(options.json === true ? jsonText(run) : detailText(run, terminal));
    return 0;
  });
}

/** A text of the workspace as it was when the run began, byte by byte. */
function sourceText(
  files: Readonly<Record<string, string>> | undefined,
  path: string,
  { id, generation }: RunDetail,
): string {
  const text = files?.[path];
  if (text !== undefined) return text;
  throw new UsageError(
    "cli/unknown-source",
    `the generation ${generation.slice(0, 12)} of run ${id} has no file ${JSON.stringify(path)}`,
    { help: `it has ${Object.keys(files ?? {}).join(", ") || "no texts any more"}` },
  );
}

function listText(rows: readonly RunRow[]): string {
  if (rows.length === 0) return "no runs\n";
  return table(
    ["started", "id", "flow", "key", "status", "took", "why"],
    rows.map((row) => [
      timeText(row.startedAt),
      row.id,
      row.flow,
      row.laneKey ?? "",
      statusText(row),
      row.endedAt === undefined ? "" : spanText(row.endedAt - row.startedAt),
      whyText(row),
    ]),
  );
}

/** How it failed, or what it met that is tried again. */
function whyText({ error, retrying }: RunRow): string {
  if (retrying !== undefined) {
    const { failure, failures, nextAt } = retrying;
    const when = nextAt === undefined ? "" : ` at ${timeText(nextAt).slice(11, 19)}`;
    return `attempt ${failures + 1}${when} after ${brief(`${failure.code}: ${failure.message}`, 60)}`;
  }
  return error === undefined ? "" : brief(`${error.code}: ${error.message}`, 60);
}

function retryingLines({ retrying }: RunDetail, terminal: Terminal): readonly string[] {
  if (retrying === undefined) return [];
  const style = styles(terminal);
  const { path, failure, failures, nextAt } = retrying;
  const when = nextAt === undefined ? "" : ` at ${timeText(nextAt)} UTC`;
  return [
    `  retrying    ${style.warn(path)}: attempt ${failures + 1}${when} after ${style.bad(failure.message)} [${failure.code}, ${failure.class}]`,
  ];
}

function stageText(stage: RunDetail["deliveries"][number]["stage"], terminal: Terminal): string {
  const style = styles(terminal);
  if (stage === "acknowledged" || stage === "verified") return style.good(stage);
  return stage === "in-doubt" ? style.bad("IN DOUBT") : style.warn(stage);
}

/** A run at work that may have done what nobody has confirmed says so. */
function statusText({ status, doubts }: RunRow): string {
  return doubts === undefined || status === "in-doubt" ? status : `${status}, IN DOUBT`;
}

/** What the partner itself said of it. */
function partnersWords(detail: unknown): Json | undefined {
  // As it was stored: JSON.
  const said = (detail ?? null) as Json;
  const body = isJsonObject(said) ? said["body"] : undefined;
  return body === undefined || body === null || body === "" ? undefined : body;
}

function replayLines({ replayOf, only }: RunDetail, terminal: Terminal): readonly string[] {
  if (replayOf === undefined) return [];
  const part = only === undefined ? "" : `, ${styles(terminal).warn(`only ${only}`)}`;
  return [`  replay of   ${replayOf}${part}`];
}

function detailText(run: RunDetail, terminal: Terminal): string {
  const style = styles(terminal);
  const lines = [
    `${style.strong(run.flow)} ${run.id}  ${statusText(run)}`,
    `  key         ${run.laneKey ?? "none"}`,
    `  identity    ${run.identity}`,
    `  message     ${run.messageId}`,
    `  generation  ${run.generation.slice(0, 12)}`,
    `  started     ${timeText(run.startedAt)}`,
  ];
  if (run.endedAt !== undefined)
    lines.push(`  ended       ${timeText(run.endedAt)} (${spanText(run.endedAt - run.startedAt)})`);
  lines.push(...replayLines(run, terminal));
  if (run.emptiedAt !== undefined) {
    const day = timeText(run.emptiedAt).slice(0, 10);
    lines.push(
      `  payload     ${style.warn(`went on ${day}: requests, answers and results are over`)}`,
    );
  }
  if (run.parentRunId !== undefined) lines.push(`  started by  ${run.parentRunId}`);
  if (run.error !== undefined) {
    const { at, class: failed, code, message } = run.error;
    lines.push(`  failure     ${style.bad(message)} [${code}, ${failed}]`);
    const said = partnersWords(run.error.detail);
    if (said !== undefined) lines.push(`  answer      ${brief(said, 500)}`);
    if (at !== undefined) lines.push(`  at          ${at.file}:${at.line}:${at.column}`);
  }
  lines.push(...retryingLines(run, terminal));
  lines.push("", style.strong("journal"));
  for (const { at, path, what, detail } of run.history) {
    // What was told to people is told whole.
    const width = what === "reported" ? 500 : terminal.width - 50;
    const told = what === "reported" && isJsonObject(detail) ? detail["message"] : detail;
    const wait = what === "listening" && isJsonObject(detail) ? waitText(detail) : undefined;
    const shown = wait ?? (told === undefined ? "" : brief(told, width));
    const more = shown === "" ? "" : `  ${style.faint(shown)}`;
    lines.push(`  ${timeText(at).slice(11)}  ${path.padEnd(28)} ${what}${more}`);
  }
  if (run.deliveries.length > 0) lines.push("", style.strong("requests"));
  for (const delivery of run.deliveries) {
    lines.push(
      `  ${delivery.request.method} ${delivery.request.url}  ${style.faint(delivery.path)}  ${stageText(delivery.stage, terminal)}`,
    );
    for (const attempt of delivery.attempts) {
      lines.push(
        `    ${timeText(attempt.at).slice(11)}  ${attempt.outcome}${attempt.status === undefined ? "" : ` ${attempt.status}`}  ${spanText(attempt.ms)}`,
      );
    }
  }
  return `${lines.join("\n")}\n`;
}
