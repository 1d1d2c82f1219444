import {
  type IssueRow,
  type IssueRunRow,
  loadAdvice,
  type NoticeRow,
  type RunRow,
} from "../../engine/index.ts";
import { brief } from "./list.ts";
import { table } from "./table.ts";
import { styles, type Terminal } from "./terminal.ts";
import { spanText, timeText } from "./time.ts";
import { count } from "./words.ts";

/** Issues as a table, the worst first. */
export function issueListText(rows: readonly IssueRow[], terminal: Terminal): string {
  if (rows.length === 0) return "no issue is open\n";
  const style = styles(terminal);
  return table(
    ["issue", "category", "status", "failures", "unsettled", "at stake", "last", "flow", "cause"],
    rows.map((row) => [
      String(row.number),
      row.category === "critical" ? style.bad(row.category) : row.category,
      row.status,
      String(row.failures),
      String(row.unsettled),
      amountsText(row.amounts),
      timeText(row.lastAt).slice(0, 19),
      row.kind === "incident" ? row.step : row.flow,
      brief(`${row.code}: ${row.title}`, 80),
    ]),
  );
}

/** `12180.00 EUR, 7.00 USD`. */
function amountsText(amounts: IssueRow["amounts"]): string {
  return Object.entries(amounts)
    .map(([currency, amount]) => `${amount} ${currency}`.trim())
    .join(", ");
}

export interface IssueDetail extends IssueRow {
  readonly affected: readonly IssueRunRow[];
  readonly notices: readonly NoticeRow[];
}

/** One issue, from what is wrong to what may be done. */
export async function issueDetailText(
  issue: IssueDetail,
  failure: RunRow["error"],
  terminal: Terminal,
  again: string,
): Promise<string> {
  const style = styles(terminal);
  const { adviceFor, actionsOf } = await loadAdvice();
  const { class: failed, code, title: message, system } = issue;
  const named = system === undefined ? {} : { system };
  const known = failure ?? { class: failed, code, message, ...named };
  const { cause, action } = adviceFor(issue.kind, known);
  return [
    `issue ${issue.number}  ${issue.category === "critical" ? style.bad(issue.category) : style.warn(issue.category)}  ${issue.status}${changeText(issue)}`,
    "",
    `  ${style.strong(issue.title)} [${issue.code}, ${issue.class}]`,
    "",
    ...facts(issue),
    "",
    `  ${style.strong("likely cause")}  ${cause}`,
    `  ${style.strong("do")}            ${action}`,
    "",
    ...(issue.affected.length === 0 ? [] : [style.strong("affected")]),
    ...issue.affected.map(
      ({ runId, status, at, settled }) =>
        `  ${timeText(at).slice(0, 19)}  ${runId}  ${status}${settled ? ", settled" : ""}`,
    ),
    ...(issue.runs > issue.affected.length
      ? [`  … ${issue.runs - issue.affected.length} more`]
      : []),
    ...noticeLines(issue, terminal),
    "",
    style.strong("next"),
    ...actionsOf(issue, issue.sampleRunId).map((command) => `  ${style.name(command + again)}`),
    "",
  ].join("\n");
}

function changeText({ changedBy, changedAt, comment }: IssueRow): string {
  if (changedBy === undefined) return "";
  return ` by ${changedBy}, ${timeText(changedAt).slice(0, 19)} UTC${comment === undefined ? "" : `: ${comment}`}`;
}

function facts(issue: IssueRow): readonly string[] {
  const rows: (readonly [string, string | undefined])[] = [
    ["flow", issue.flow],
    [issue.kind === "incident" ? "of" : "step", issue.step],
    ["system", issue.system],
    ["owner", issue.team],
    [
      issue.kind === "incident" ? "seen so" : "failures",
      issue.kind === "incident"
        ? count(issue.failures, "time")
        : `${issue.failures} of ${count(issue.runs, "record")}, ${issue.unsettled} not settled`,
    ],
    ["at stake", amountsText(issue.amounts)],
    [
      "seen",
      `${timeText(issue.firstAt).slice(0, 19)} to ${timeText(issue.lastAt).slice(0, 19)} UTC, over ${spanText(issue.lastAt - issue.firstAt)}`,
    ],
    ["returned", issue.reopened === 0 ? undefined : count(issue.reopened, "time")],
    [
      "escalates",
      issue.escalateAt === undefined
        ? undefined
        : `${timeText(issue.escalateAt).slice(0, 19)} UTC, unless acknowledged`,
    ],
    ["sample", issue.sampleRunId],
  ];
  return rows.flatMap(([name, text]) =>
    text === undefined || text === "" ? [] : [`  ${name.padEnd(12)}${text}`],
  );
}

function noticeLines({ notices }: IssueDetail, terminal: Terminal): readonly string[] {
  if (notices.length === 0) return [];
  return [
    "",
    styles(terminal).strong("told"),
    ...notices.map(
      ({ team, target, what, status, sentAt, at, attempts, why }) =>
        `  ${timeText(sentAt ?? at).slice(0, 19)}  ${team} by ${target}: ${what}, ${status}${attempts > 1 ? ` at attempt ${attempts}` : ""}${why === undefined ? "" : ` (${why})`}`,
    ),
  ];
}
