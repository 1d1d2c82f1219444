import type { Json, ReplayItemRow, ReplayJobRow, ReplayPreview } from "../../engine/index.ts";
import type { Target } from "../workspace/replay-targets.ts";
import { brief } from "./list.ts";
import { table } from "./table.ts";
import { styles, type Terminal } from "./terminal.ts";
import { timeText } from "./time.ts";

const targetsShown = 20;

/** The runs and messages that would be replayed. */
export function targetsText(targets: readonly Target[]): string {
  if (targets.length === 0) return "nothing to replay\n";
  const shown = table(
    ["would", "id", "flow", "key", "from", "because"],
    targets
      .slice(0, targetsShown)
      .map(({ what, id, flow, key, from, why }) => [
        what,
        id,
        flow,
        key ?? "",
        what === "discard" ? "" : (from ?? "the start"),
        brief(why, 70),
      ]),
  );
  const more = targets.length - targetsShown;
  return more > 0 ? `${shown}… ${more} more\n` : shown;
}

type Group = ReplayPreview["groups"][number];

const meanings: Readonly<Record<Group["verdict"], string>> = {
  "in-doubt": "was sent, and nobody knows whether it took effect",
  conflict: "done already with other data: it would stop for a person",
  changed: "would be sent, and otherwise than before",
  new: "would be sent, and was not",
  gone: "was sent, and would not be any more",
  same: "would be sent as it was",
  done: "done already: would not be sent again",
};

const nexts: Readonly<Record<NonNullable<Group["next"]>, string>> = {
  "look-up": "the partner is asked before anything is sent",
  "same-key": "it would be sent again under its key, which the partner knows",
  person: "it would stop for a person",
  again: "it would be sent again: only where the partner does not have it",
  second: "it would be sent as a second effect beside that",
};

function meaningOf({ verdict, next }: Group): string {
  return next === undefined ? meanings[verdict] : `${meanings[verdict]}; ${nexts[next]}`;
}

/** What the partners would see of a replay. */
export function previewText(found: ReplayPreview, terminal: Terminal): string {
  const style = styles(terminal);
  const { total, leftOut, looked, groups, refused, open, reads } = found;
  const rest = looked < total ? `, rehearsed the first ${looked}` : "";
  return [
    `${total} to be replayed${rest}${leftOut === 0 ? "" : `; ${leftOut} in doubt left out`}`,
    ...groups.flatMap((group) => [
      `  ${mark(group.verdict, terminal)}  ${String(group.count).padStart(6)}  ${style.strong(group.name)} of ${group.flow}: ${meaningOf(group)}`,
      ...group.sample.differences
        .slice(0, 12)
        .map(
          ({ pointer, sent, now }) =>
            `                    ${pointer}: ${value(sent)} → ${value(now)}`,
        ),
    ]),
    ...(reads === 0
      ? []
      : [`  reads     ${String(reads).padStart(6)}  sent again: they change nothing`]),
    ...refused.map(
      ({ why, count }) => `  ${style.warn("refused")}   ${String(count).padStart(6)}  ${why}`,
    ),
    ...open.map(({ why, count }) => `  open      ${String(count).padStart(6)}  ${why}`),
    "nothing was changed",
    "",
  ].join("\n");
}

function mark(verdict: string, terminal: Terminal): string {
  const style = styles(terminal);
  const text = verdict.padEnd(8);
  if (["in-doubt", "conflict", "gone"].includes(verdict)) return style.bad(text);
  return verdict === "changed" || verdict === "new" ? style.warn(text) : style.good(text);
}

function value(member: Json | undefined): string {
  return member === undefined ? "absent" : brief(JSON.stringify(member), 60);
}

/** Replay jobs as a table, the newest first. */
export function jobsText(jobs: readonly ReplayJobRow[]): string {
  if (jobs.length === 0) return "nothing was replayed by a job\n";
  return table(
    ["replay", "at", "by", "what", "status", "taken", "refused", "pending", "reason"],
    jobs.map((job) => [
      String(job.number),
      timeText(job.at).slice(0, 19),
      job.by,
      brief(selectionText(job), 40),
      job.status,
      `${job.taken} of ${job.total}`,
      String(job.refused),
      String(job.pending),
      brief(job.reason ?? "", 40),
    ]),
  );
}

function selectionText({ selection, begin }: ReplayJobRow): string {
  const { ids, step, ...rest } = selection;
  const filters = Object.entries(rest).map(([name, given]) =>
    name === "since" || name === "until"
      ? `${name} ${timeText(Number(given)).slice(0, 19)}`
      : `${name} ${String(given)}`,
  );
  const named = ids === undefined ? [] : [`${ids.length} named`];
  const chosen = [...named, ...filters].join(", ");
  return step === undefined ? `${chosen} from ${begin}` : `${chosen}, only ${step.name}`;
}

export interface ReplayJobDetail extends ReplayJobRow {
  readonly outcomes: Readonly<Record<string, number>>;
  readonly items: readonly ReplayItemRow[];
}

/** One job: how far it is, what came of its runs, what to do next. */
export function jobText(job: ReplayJobDetail, terminal: Terminal): string {
  const style = styles(terminal);
  const outcomes = Object.entries(job.outcomes)
    .map(([status, count]) => `${count} ${status}`)
    .join(", ");
  return [
    `replay ${job.number}  ${job.status === "running" ? style.good(job.status) : style.warn(job.status)}  ${selectionText(job)}${job.why === undefined ? "" : `: ${job.why}`}`,
    `  by        ${job.by}, ${timeText(job.at).slice(0, 19)} UTC${job.reason === undefined ? "" : `: ${job.reason}`}`,
    `  progress  ${bar(job)} ${job.taken + job.refused} of ${job.total}`,
    ...(outcomes === "" ? [] : [`  runs      ${outcomes}`]),
    ...(job.refused === 0 ? [] : [`  refused   ${style.warn(String(job.refused))}`]),
    "",
    ...job.items
      .slice(0, targetsShown)
      .map(
        ({ what, status, runId, newRunId, messageId, runStatus, why }) =>
          `  ${(runStatus ?? status).padEnd(9)} ${what} ${runId ?? messageId}${newRunId === undefined ? "" : ` as ${newRunId}`}${why === undefined ? "" : `  ${style.warn(why)}`}`,
      ),
    ...(job.total > targetsShown ? [`  … ${job.total - targetsShown} more with --json`] : []),
    "",
    ...nextOf(job).map((command) => style.name(command)),
    "",
  ].join("\n");
}

function bar({ taken, refused, total }: ReplayJobRow): string {
  const width = 20;
  const full = total === 0 ? width : Math.floor(((taken + refused) / total) * width);
  return `${"█".repeat(full)}${"░".repeat(width - full)}`;
}

function nextOf({ number, status, pending }: ReplayJobRow): readonly string[] {
  if (status === "running") return [`sluice replay stop ${number}`];
  if (status === "done" || pending === 0) return [];
  return [
    `sluice replay continue ${number}`,
    ...(status === "waiting" ? [`sluice replay stop ${number}`] : []),
  ];
}
