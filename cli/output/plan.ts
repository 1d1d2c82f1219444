import type { loadRehearsal } from "../../engine/index.ts";
import { brief } from "./list.ts";
import { styles, type Terminal } from "./terminal.ts";
import { timeText } from "./time.ts";

type Plan = Awaited<ReturnType<Awaited<ReturnType<typeof loadRehearsal>>["plan"]>>;
type Call = Plan["calls"][number];

/** What a flow would do, for people. */
export function planText(
  flow: string,
  plan: Plan,
  terminal: Terminal,
  options: { readonly reads: boolean },
): string {
  const style = styles(terminal);
  const { rehearsed } = plan;
  const sent = options.reads
    ? "only reads were sent, and nothing was written"
    : "nothing is sent or written";
  const lines = [
    `${style.strong(flow)}: ${sent}${rehearsed.started ? "" : "; no run would start"}`,
  ];
  if (rehearsed.why !== undefined) lines.push(`  ${style.bad(rehearsed.why)}`);
  if (!rehearsed.started) return `${lines.join("\n")}\n`;
  lines.push(`  key ${rehearsed.laneKey ?? "none"}, identity ${rehearsed.identity}`);
  if (plan.calls.length > 0) lines.push("", style.strong("calls"));
  for (const call of plan.calls) lines.push(...callLines(call, terminal));
  lines.push("", style.strong("steps"), ...stepLines(rehearsed, terminal));
  lines.push(...waitLines(rehearsed, terminal));
  for (const milestone of rehearsed.milestones) lines.push(`  ${style.good(`★ ${milestone}`)}`);
  for (const event of rehearsed.events) {
    const data = style.faint(brief(event.data, terminal.width));
    lines.push(`  emits ${style.name(event.type)}  ${data}`);
  }
  const open = plan.openEnd === undefined ? "" : `; ${plan.openEnd}`;
  lines.push("", `ends ${rehearsed.status}${open}`);
  if (plan.calls.some(({ answer }) => answer.from === "example"))
    lines.push(
      style.faint(
        "answers (example) are examples of schemas, and new-… stands for an id that the partner alone gives; give yours with --answers",
      ),
    );
  return `${lines.join("\n")}\n`;
}

function callLines(call: Call, terminal: Terminal): readonly string[] {
  const style = styles(terminal);
  const effect = call.effect === undefined ? "" : `  ${call.effect}`;
  const later = call.later.join(", ");
  return [
    `  ${style.name(call.name)}  ${style.faint(call.path)}${effect}`,
    ...call.requests.flatMap((request) => [
      `    ${request.method} ${request.url}${queryText(request.query)}`,
      ...Object.entries(request.headers).map(([name, value]) =>
        style.faint(`      ${name}: ${value}`),
      ),
      ...(request.body === undefined
        ? []
        : [style.faint(`      ${brief(request.body, terminal.width * 3)}`)]),
    ]),
    ...(call.unbuilt === undefined
      ? []
      : [`    ${style.warn("no request can be shown")}: ${call.unbuilt}`]),
    ...(later === "" ? [] : [style.faint(`    then, by what is answered: ${later}`)]),
    style.faint(`    answer (${call.answer.from}): ${brief(call.answer.output, terminal.width)}`),
  ];
}

function queryText(query: Call["requests"][number]["query"]): string {
  if (query === undefined) return "";
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    (typeof value === "string" ? [value] : value).map((one): [string, string] => [name, one]),
  );
  return `?${new URLSearchParams(pairs).toString()}`;
}

function stepLines({ state }: Plan["rehearsed"], terminal: Terminal): readonly string[] {
  const style = styles(terminal);
  return Object.entries(state.nodes).map(([path, { status, error }]) => {
    const why = error === undefined ? "" : `  ${style.bad(`${error.message} [${error.code}]`)}`;
    return `  ${path.padEnd(36)} ${status}${why}`;
  });
}

/** What keeps the run from its end, and the key under which `--answers` takes it. */
function waitLines({ waits }: Plan["rehearsed"], terminal: Terminal): readonly string[] {
  const style = styles(terminal);
  return [
    ...waits.tasks.map(
      ({ path, team, title, choices, due }) =>
        `  ${style.warn("asks")} ${team}: ${title} (${choices.join(" | ")}) until ${timeText(due)}; --answers "task ${path.split(".").at(-1) ?? path}"`,
    ),
    ...waits.listens.map(({ event, correlate }) => {
      const fields = Object.entries(correlate).map(([name, value]) => `${name} ${value}`);
      const where = fields.length === 0 ? "" : ` of ${fields.join(", ")}`;
      return `  ${style.warn("waits for")} ${event}${where}; --answers "event ${event}"`;
    }),
  ];
}
