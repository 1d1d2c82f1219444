import { endedStatuses, isJsonObject, type Json, type TraceEntry } from "../../engine/index.ts";
import { brief } from "./list.ts";
import { styles, type Terminal } from "./terminal.ts";
import { spanText, timeText } from "./time.ts";

/** Steps that went as they should are many and say little; these say something. */
const tellingSteps = new Set([
  "failed",
  "retrying",
  "waiting",
  "caught",
  "undone",
  "undoing",
  "in-doubt",
  "left-in-doubt",
  "doubt-settled",
  "link-open",
  "verified",
  "unverified",
  "asked",
  "chosen",
  "matched",
  "timed-out",
  "resumed",
  "discarded",
  "reported",
  "overruled",
  "withheld",
]);

/** More does not fit on a screen. */
const linesMax = 60;

interface Line {
  readonly who: string;
  readonly text: string;
}

/**
 * A trace as a timeline for people: what came in, what was asked of whom, what was reached, how it
 * ended. With `verbose`, every step.
 */
export function timeline(
  entries: readonly TraceEntry[],
  terminal: Terminal,
  verbose = false,
): string {
  const style = styles(terminal);
  const [first] = entries;
  if (first === undefined) return "";
  const width = Math.max(4, ...entries.map(({ flow = "" }) => flow.length));
  const open = openWaits(entries);
  let before: Line | undefined;
  const lines = entries.flatMap((entry) => {
    const line = lineOf(entry, verbose);
    if (line === undefined) return [];
    // A person's word, and the run that follows it, say the same.
    if (!verbose && line.who === before?.who && line.text === before.text) return [];
    before = line;
    const offset = `+${spanText(entry.at - first.at)}`.padStart(9);
    return [`  ${style.faint(offset)}  ${style.name(line.who.padEnd(width))}  ${line.text}`];
  });
  const earlier = verbose ? 0 : Math.max(0, lines.length - linesMax);
  const head = [
    `  ${style.faint(`from ${timeText(first.at)} UTC`)}`,
    // An id of much, such as a customer's: the newest says most.
    ...(earlier === 0 ? [] : [`  ${style.warn(`… ${earlier} earlier lines with --verbose`)}`]),
  ];
  return `${[...head, ...lines.slice(earlier)].join("\n")}\n`;

  function lineOf(entry: TraceEntry, all: boolean): Line | undefined {
    const who = entry.flow ?? "";
    const detail = isJsonObject(entry.detail) ? entry.detail : {};
    switch (entry.kind) {
      case "message":
        return { who: "", text: messageText(entry, detail) };
      case "run":
        return entry.what === "accepted" || entry.what === "active" || entry.what === "released"
          ? undefined
          : { who, text: `${endText(entry.what)}${doubtsText(detail)}${failureText(detail)}` };
      case "delivery":
        return { who, text: deliveryText(entry, detail) };
      case "milestone":
        return { who, text: style.good(`★ ${entry.what}`) };
      case "link":
        return {
          who,
          text: `${entry.what} ${plain(detail["canonicalId"])} is ${style.strong(plain(detail["id"]))} in ${plain(detail["system"])}`,
        };
      case "task":
        return { who, text: `${entry.what} ${style.faint(brief(detail, 80))}` };
      case "step":
        return all || tellingSteps.has(entry.what) || open.has(entry)
          ? { who, text: stepText(entry, detail) }
          : undefined;
    }
  }

  function messageText(entry: TraceEntry, detail: Readonly<Record<string, Json>>): string {
    const from = `${plain(detail["channel"])} from ${plain(detail["source"])}`;
    return `${style.strong(`▸ ${entry.what}`)} ${style.faint(from)}${style.warn(replayText(detail))}${style.warn(overText(detail))}`;
  }

  function deliveryText(entry: TraceEntry, detail: Readonly<Record<string, Json>>): string {
    const request = entry.path?.split("/")[1] ?? "";
    const call = `${plain(detail["system"])}.${plain(detail["operation"])}`;
    const status = detail["status"];
    const isGood = typeof status === "number" && status < 400;
    const outcome =
      typeof status === "number" ? String(status) : `${entry.what}${more(detail["reason"])}`;
    const name = request === "request" || request === "" ? call : `${call} ${style.faint(request)}`;
    return `→ ${name}  ${isGood ? style.good(outcome) : style.bad(outcome)} ${style.faint(spanText(Number(detail["ms"] ?? 0)))}`;
  }

  function stepText(entry: TraceEntry, detail: Readonly<Record<string, Json>>): string {
    const failure = isJsonObject(detail["failure"]) ? detail["failure"] : detail;
    const why = failureText(failure);
    const due = detail["due"];
    const when = typeof due === "number" ? ` until ${timeText(due).slice(11, 19)}` : "";
    const path = (entry.path ?? "").replace(/^steps\./, "");
    const what = `${path === "" ? "" : `${path} `}${style.warn(entry.what)}`;
    if (path === "" && typeof detail["by"] === "string" && entry.what !== "settled")
      return `${what} by ${detail["by"]}`;
    const doubt = doubtText(entry.what, detail);
    if (doubt !== undefined) return `${what}: ${doubt}`;
    if (entry.what === "listening") return `${what} ${waitText(detail)}`;
    return `${what}${when}${why === "" && when === "" ? more(entry.detail) : why}`;
  }

  function endText(what: string): string {
    return what === "done" ? style.good("■ done") : style.warn(`■ ${what}`);
  }

  function doubtsText({ doubts }: Readonly<Record<string, Json>>): string {
    return doubts === undefined ? "" : style.bad(", IN DOUBT");
  }

  function more(detail: Json | undefined): string {
    return detail === undefined ? "" : `  ${style.faint(brief(detail, terminal.width))}`;
  }
}

function failureText(detail: Readonly<Record<string, Json>>): string {
  const { message, code } = detail;
  return typeof message === "string"
    ? `: ${message}${typeof code === "string" ? ` [${code}]` : ""}`
    : "";
}

/** Waits for an event that nothing has ended yet. */
function openWaits(entries: readonly TraceEntry[]): ReadonlySet<TraceEntry> {
  const open = new Map<string, TraceEntry>();
  for (const entry of entries) {
    if (entry.kind === "run" && isOver(entry.what)) {
      for (const [key, { runId }] of open) if (runId === entry.runId) open.delete(key);
    }
    if (entry.kind !== "step") continue;
    const key = `${entry.runId ?? ""} ${entry.path ?? ""}`;
    if (entry.what === "listening") open.set(key, entry);
    else open.delete(key);
  }
  return new Set(open.values());
}

function isOver(status: string): boolean {
  return (endedStatuses as readonly string[]).includes(status);
}

const nexts: Readonly<Record<string, string>> = {
  "look-up": "the partner is asked",
  "same-key": "it is sent again under its key",
  person: "a person must look",
};

/** Of a step about a doubt: what nobody knows, why, and what is done about it. */
function doubtText(what: string, detail: Readonly<Record<string, Json>>): string | undefined {
  const { reason, next, operation, key, as, by, notSent } = detail;
  if (what === "settled")
    return `${plain(detail["path"])} was done, says ${plain(by)}: ${plain(reason)}`;
  if (what === "doubt-settled" && as === "person") {
    const left = Array.isArray(notSent) ? `; not sent: ${notSent.map(plain).join(", ")}` : "";
    return `done, says ${plain(by)}: ${plain(reason)}${left}`;
  }
  if (what === "link-open")
    return `${plain(detail["entity"])} ${plain(detail["canonicalId"])} is not linked with ${plain(detail["system"])}: only the partner's own answer has its id`;
  if (what === "left-in-doubt")
    return `nobody knows whether ${plain(operation)} took effect (key ${plain(key).slice(0, 12)}); a replay settles that before it sends anything`;
  if (what !== "in-doubt" || typeof next !== "string") return undefined;
  return `${plain(reason)}; ${nexts[next] ?? next}`;
}

/** `for account.synced of accountId globex, until 2026-01-06 09:30`. */
export function waitText({ event, correlate, until }: Readonly<Record<string, Json>>): string {
  const fields = Object.entries(isJsonObject(correlate) ? correlate : {}).map(
    ([name, value]) => `${name} ${plain(value)}`,
  );
  const time = typeof until === "number" ? `, until ${timeText(until).slice(0, 16)}` : "";
  return `for ${plain(event)} of ${fields.join(", ")}${time}`;
}

/** `replay of …, edited, by ann`; empty for what is none. */
function replayText({ replayOf, replay }: Readonly<Record<string, Json>>): string {
  if (typeof replayOf !== "string") return "";
  const { by, reason, job, edited, only } = isJsonObject(replay) ? replay : {};
  return [
    `  replay of ${replayOf}`,
    ...onlyTexts(only),
    ...(edited === true ? ["edited"] : []),
    ...(typeof by === "string" ? [`by ${by}`] : []),
    ...(job === undefined ? [] : [`replay ${plain(job)}`]),
    ...(typeof reason === "string" ? [reason] : []),
  ].join(", ");
}

/** `only steps.order of run 019a…, under a new key`; nothing where it is of all steps. */
function onlyTexts(only: Json | undefined): readonly string[] {
  if (!isJsonObject(only)) return [];
  const { path, runId, again } = only;
  const key = {
    "same-key": ["once more under its key"],
    "new-key": ["once more as another effect"],
  };
  const how = again === "same-key" || again === "new-key" ? key[again] : [];
  return [`only ${plain(path)} of run ${plain(runId)}`, ...how];
}

function plain(value: Json | undefined): string {
  return typeof value === "string" ? value : value === undefined ? "" : JSON.stringify(value);
}

/** Set on a message whose retention is over. */
function overText({ emptiedAt }: Readonly<Record<string, Json>>): string {
  return typeof emptiedAt === "number"
    ? ` its payload went on ${timeText(emptiedAt).slice(0, 10)}`
    : "";
}
