import type {
  ClockView,
  Diagnostic,
  EngineStatus,
  Outlook,
  PurgeState,
  StoreView,
} from "../../engine/index.ts";
import { formatFindings } from "../../engine/index.ts";
import { jsonText } from "../output/list.ts";
import { storeLines } from "../output/store.ts";
import { table } from "../output/table.ts";
import { styles, type Terminal } from "../output/terminal.ts";
import { spanText, timeText } from "../output/time.ts";
import type { CommonOptions, VerbInput } from "../verb.ts";
import { adminLook, type AdminOptions } from "../workspace/admin.ts";
import { pauseText } from "../workspace/pause-target.ts";

/** What `/admin/v1/status` answers. */
type Status = EngineStatus & {
  readonly outlook: Outlook;
  readonly counts: Readonly<Record<string, number>>;
  readonly insight?: {
    readonly issues: Readonly<Record<string, number>>;
    readonly promises: readonly { readonly broken: number; readonly atRisk: number }[];
  };
  readonly findings: readonly Diagnostic[];
  readonly store?: StoreView;
  readonly clocks?: ClockView;
  readonly purge?: PurgeState;
};

/** Where the running engine stands; 1 when something of it needs a person. */
export async function run({
  terminal,
  options,
}: VerbInput<CommonOptions & AdminOptions>): Promise<number> {
  const { body } = await adminLook("status", options, terminal);
  // The engine's own answer, of this version or a near one.
  const status = body as unknown as Status;
  terminal.out(options.json === true ? jsonText(status) : text(status, terminal));
  return needsSomebody(status) ? 1 : 0;
}

function needsSomebody(status: Status): boolean {
  const { state, trouble, findings, counts, adapters, store, clocks } = status;
  return (
    state !== "running" ||
    trouble !== undefined ||
    (store?.warnings.length ?? 0) > 0 ||
    (clocks?.warnings.length ?? 0) > 0 ||
    findings.some(({ severity }) => severity === "error") ||
    parkedCount(counts) > 0 ||
    adapters.some(({ circuit }) => circuit === "open")
  );
}

const parkedNames = ["dead", "invalid", "in-doubt", "stuck"];

function parkedCount(counts: Status["counts"]): number {
  return parkedNames.reduce((sum, name) => sum + (counts[name] ?? 0), 0);
}

function text(status: Status, terminal: Terminal): string {
  const style = styles(terminal);
  const { state, generation, backlog, deciding, sending, waiting, counts, nextDue } = status;
  const waits = parkedNames.flatMap((name) =>
    (counts[name] ?? 0) === 0 ? [] : [`${counts[name] ?? 0} ${name}`],
  );
  const errors = status.findings.filter(({ severity }) => severity === "error");
  return [
    `${state === "running" ? style.good(state) : style.bad(state)}  generation ${generation.slice(0, 12)}`,
    ...(status.trouble === undefined
      ? []
      : [style.bad(`trouble since ${timeText(status.trouble.since)}: ${status.trouble.message}`)]),
    `  messages    ${counts["messages"] ?? 0} accepted, duplicates ${counts["duplicates"] ?? 0}`,
    `  runs        ${backlog} under way, ${deciding} being decided${waiting === 0 ? "" : `, callers waiting ${waiting}`}`,
    ...(status.refused.length === 0
      ? []
      : [
          `  refuses     ${style.warn(`${status.refused.join(", ")} priority`)}: senders get 429 until less is under way`,
        ]),
    `  requests    ${sending} in flight${doubtText(counts["doubts"] ?? 0, terminal)}`,
    ...leftLines(counts["doubtsLeft"] ?? 0, terminal),
    `  stopped     ${waits.length === 0 ? "nothing" : `${style.warn(waits.join(", "))}; \`sluice dead-letters\``}`,
    ...insightLines(status, terminal),
    `  tasks       ${counts["tasks"] ?? 0} open`,
    ...storeLines(status, terminal),
    ...clockLines(status, terminal),
    ...(nextDue === undefined ? [] : [`  next due    ${timeText(nextDue)} UTC`]),
    ...status.paused.map((target) => `  paused      ${style.warn(pauseText(target))}`),
    ...status.outlook.draining.map(({ target, begun }) => {
      const left = begun.count === 0 ? "nothing at work" : `${begun.count} at work`;
      return `  draining    ${style.warn(pauseText(target))}: ${left}`;
    }),
    ...status.outlook.adapters.map(
      (one) =>
        `  waits       ${waitText(one)}${status.paused.length === 0 ? "" : ", without the pauses"}`,
    ),
    "",
    adapterText(status.adapters, terminal),
    ...unmappedText(status.unmapped, terminal),
    errors.length === 0
      ? "the files and the running generation agree\n"
      : `${style.bad("the files have findings, and the running generation stays:")}\n\n${formatFindings(errors, "human", { color: terminal.color })}\n`,
  ].join("\n");
}

function doubtText(doubts: number, terminal: Terminal): string {
  if (doubts === 0) return "";
  const runs = doubts === 1 ? "1 run" : `${doubts} runs`;
  return `, ${styles(terminal).warn(`${runs} IN DOUBT`)}: being found out about`;
}

/** What people ended while it was in doubt, and nothing has settled since. */
function leftLines(runs: number, terminal: Terminal): readonly string[] {
  if (runs === 0) return [];
  const who = runs === 1 ? "1 run that was discarded" : `${runs} runs that were discarded`;
  return [
    `  left        ${styles(terminal).warn(`${who} IN DOUBT`)}: a replay settles that before it sends; \`sluice runs --status discarded\``,
  ];
}

function waitText({ adapter, requests, drainMs }: Outlook["adapters"][number]): string {
  const time = drainMs === undefined ? "" : `, sent in about ${spanText(drainMs)}`;
  return `${adapter}: ${requests} ${requests === 1 ? "request" : "requests"}${time}`;
}

/** What a partner answered and its adapter has no word for. */
function unmappedText(unmapped: Status["unmapped"], terminal: Terminal): readonly string[] {
  if (unmapped.length === 0) return [];
  const lines = unmapped.map(
    ({ adapter, status, count }) => `  ${adapter} answered ${status}, ${count} times`,
  );
  const head = styles(terminal).warn("errors that no rule of their adapter names:");
  return [`${head}\n${lines.join("\n")}\n  add a rule under \`errors\` that says what they mean\n`];
}

function insightLines({ insight }: Status, terminal: Terminal): readonly string[] {
  if (insight === undefined) return [];
  const style = styles(terminal);
  const issues = Object.entries(insight.issues).filter(([, count]) => count > 0);
  const broken = insight.promises.reduce((sum, one) => sum + one.broken, 0);
  const atRisk = insight.promises.reduce((sum, one) => sum + one.atRisk, 0);
  return [
    `  issues      ${issues.length === 0 ? "none open" : `${style.warn(issues.map(([name, count]) => `${count} ${name}`).join(", "))}; \`sluice issues\``}`,
    ...(broken + atRisk === 0
      ? []
      : [`  promises    ${style.warn(`${broken} broken, ${atRisk} at risk`)}; \`sluice sla\``]),
  ];
}

/** Only what is worth a word: a clock that is right needs none. */
function clockLines({ clocks }: Status, terminal: Terminal): readonly string[] {
  return (clocks?.warnings ?? []).map(
    ({ message, help }) => `  clock       ${styles(terminal).bad(message)}\n    ${help}`,
  );
}

function adapterText(adapters: Status["adapters"], terminal: Terminal): string {
  const style = styles(terminal);
  if (adapters.length === 0) return "no request was sent since the engine started\n";
  return table(
    ["adapter", "queued", "in flight", "circuit", "budget", "held until"],
    adapters.map((adapter) => [
      adapter.adapter,
      String(adapter.queued),
      String(adapter.sending),
      adapter.circuit === "closed" ? "closed" : style.bad(adapter.circuit),
      adapter.budget
        .map(({ used, limit, perMs }) => `${used} of ${limit} in ${spanText(perMs)}`)
        .join(", "),
      adapter.heldUntil === undefined
        ? ""
        : `${timeText(adapter.heldUntil).slice(11)} (${adapter.why ?? "rest"})`,
    ]),
  );
}
