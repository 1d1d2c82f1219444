import { codeFrame, isJsonObject, type Json, type SourceRef } from "../../engine/index.ts";
import type { DeadLetter, FoundDeadLetter, Owner, SentRequest } from "../workspace/dead-letter.ts";
import { brief } from "./list.ts";
import { styles, type Terminal } from "./terminal.ts";
import { spanText, timeText } from "./time.ts";
import { count } from "./words.ts";

/** What the status means. */
const meanings: Readonly<Record<string, string>> = {
  dead: "a partner never took it",
  invalid: "it makes no sense to the flow; nothing was undone",
  "in-doubt": "it was sent, and nobody knows whether the partner did it",
  stuck: "an undo failed, and what was done stands",
  failed: "it ended: somebody said no, and what was done before was undone",
};

/** Lines of a long body that are shown; `--json` has it whole. */
const bodyLinesMax = 24;

/** One dead letter, from the cause to the command that mends it. */
export function deadLetterText({ letter, files }: FoundDeadLetter, terminal: Terminal): string {
  const style = styles(terminal);
  const { failure } = letter;
  return [
    `${style.bad(letter.status)}  ${style.strong(letter.flow)}  key ${letter.laneKey ?? "none"}: ${meanings[letter.status] ?? ""}`,
    "",
    `  ${failure.message} [${failure.code}, ${failure.class}]`,
    ...(letter.because === undefined
      ? []
      : [`  because: ${letter.because.message} [${letter.because.code}, ${letter.because.class}]`]),
    ...(failure.violations ?? []).map((one) => `  and: ${one.message} [${one.code}]`),
    "",
    `  ${style.strong("likely")}      ${letter.likelyCause}`,
    `  ${style.strong("do")}          ${letter.suggestedAction}`,
    ...places(letter).flatMap((at) => frame(at, files)),
    "",
    ...facts(letter),
    ...doubtLines(letter, terminal),
    ...editLines(letter, terminal),
    ...letter.requests.flatMap((request, index) =>
      requestLines(request, terminal, index === letter.requests.length - 1),
    ),
    ...(letter.data === undefined || letter.requests.length > 0
      ? []
      : ["", style.strong("message"), ...bodyLines(letter.data)]),
    ...(failure.detail === undefined || letter.requests.length > 0
      ? []
      : ["", style.strong("detail"), ...bodyLines(failure.detail as Json)]),
    "",
    style.strong("next"),
    ...letter.next.map(({ command, why }) => `  ${style.name(command)}\n      ${style.faint(why)}`),
    "",
  ].join("\n");
}

/** The step first, then where inside an adapter or mapping it was said, if that is elsewhere. */
function places({ step, failure }: DeadLetter): readonly SourceRef[] {
  const { at } = failure;
  if (step === undefined) return at === undefined ? [] : [at];
  return at === undefined || (at.file === step.file && at.line === step.line) ? [step] : [step, at];
}

function frame(at: SourceRef, files: Readonly<Record<string, string>>): readonly string[] {
  const lines = codeFrame(files[at.file] ?? "", at) ?? [];
  const head = `  ${at.file}:${at.line}:${at.column}`;
  return Object.hasOwn(files, at.file)
    ? ["", head, ...lines.map((line) => `  ${line}`)]
    : ["", head];
}

function facts(letter: DeadLetter): readonly string[] {
  const { failure, impact, owner, emptiedAt } = letter;
  const rows: (readonly [string, string | undefined])[] = [
    ["step", failure.path],
    ["system", systemText(letter)],
    ["since", `${timeText(letter.at)} UTC, after ${count(letter.attempts, "attempt")}`],
    [
      "payload",
      emptiedAt === undefined
        ? undefined
        : `went on ${timeText(emptiedAt).slice(0, 10)}: what was sent and answered is over`,
    ],
    ["impact", impactText(impact)],
    ["owner", owner === undefined ? undefined : ownerText(owner)],
    ["blocks", `${count(letter.blocked, "later message")} of this key; other keys go on`],
    ["issue", issueText(letter)],
    ["run", letter.runId],
    ["started by", letter.parentRunId === undefined ? undefined : `run ${letter.parentRunId}`],
    ["message", letter.messageId],
    ["correlation", letter.correlationId],
    ["generation", letter.generation.slice(0, 12)],
  ];
  return rows.flatMap(([name, text]) =>
    text === undefined || text === "" ? [] : [`  ${name.padEnd(12)}${text}`],
  );
}

/** What may have happened, whatever the run stopped by: it is to be looked for at the partner. */
function doubtLines({ doubts }: DeadLetter, terminal: Terminal): readonly string[] {
  return doubts.map(
    ({ operation, path, since, key }) =>
      `  ${"in doubt".padEnd(12)}${styles(terminal).bad(operation)} of ${path}, sent ${timeText(since)} UTC under the key ${key.slice(0, 12)}`,
  );
}

/** What a person changed, by whom and why: the original is kept. */
function editLines({ edits, replayOf, replay }: DeadLetter, terminal: Terminal): readonly string[] {
  const style = styles(terminal);
  const { by, reason, edited } = isJsonObject(replay) ? replay : {};
  const who = `${typeof by === "string" ? ` by ${by}` : ""}${typeof reason === "string" ? `: ${reason}` : ""}`;
  return [
    ...(replayOf === undefined
      ? []
      : [
          "",
          `  ${style.warn(edited === true ? "edited replay" : "replay")} of message ${replayOf}${who}`,
        ]),
    ...edits.flatMap(({ at, by: actor, reason: why = "", changes }) => [
      "",
      `  ${style.warn("edited")} by ${actor}, ${timeText(at).slice(0, 19)} UTC: ${why}`,
      ...changes
        .slice(0, bodyLinesMax)
        .map(
          ({ pointer, before, after }) =>
            `    ${pointer}: ${before === undefined ? "absent" : brief(JSON.stringify(before), 60)} → ${after === undefined ? "absent" : brief(JSON.stringify(after), 60)}`,
        ),
    ]),
  ];
}

/** `12, open: 5000 failures of 4998 records, 312 not settled`. */
function issueText({ issue }: DeadLetter): string | undefined {
  if (issue === undefined) return undefined;
  const { number, category, status, failures, runs, unsettled } = issue;
  return `${number}, ${category}, ${status}: ${count(failures, "failure")} of ${count(runs, "record")}, ${unsettled} not settled`;
}

function systemText({ failure }: DeadLetter): string | undefined {
  if (failure.system === undefined) return undefined;
  return failure.adapter === undefined ? failure.system : `${failure.system} (${failure.adapter})`;
}

/** `revenue, 12180.00 EUR`. */
export function impactText(impact: Json | undefined): string {
  if (!isJsonObject(impact)) return "";
  const { class: kind, amount, currency } = impact;
  return [
    words(kind),
    [amount, currency]
      .map(words)
      .filter((word) => word !== "")
      .join(" "),
  ]
    .filter((word) => word !== "")
    .join(", ");
}

function words(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

function ownerText({ team, name, contact, escalation }: Owner): string {
  const own = `${name ?? team}${contact === undefined ? "" : `, ${contact}`}`;
  const later = escalation.map(
    ({ afterMs, team: next, contact: to }) =>
      `; after ${spanText(afterMs)} ${next}${to === undefined ? "" : `, ${to}`}`,
  );
  return `${own}${later.join("")}`;
}

function requestLines(
  request: SentRequest,
  terminal: Terminal,
  isLast: boolean,
): readonly string[] {
  const style = styles(terminal);
  const query = request.query === undefined ? "" : `  ${brief(request.query, terminal.width)}`;
  const attempts = request.attempts.map(
    ({ at, outcome, status, ms, answer }) =>
      `  ${timeText(at).slice(11)}  ${status === undefined ? outcome : String(status)}  ${spanText(ms)}${reason(answer)}`,
  );
  const last = request.attempts.at(-1)?.answer;
  const body = isJsonObject(last) ? last["body"] : undefined;
  return [
    "",
    `${style.strong("request")}  ${request.method} ${request.url}${query}  ${style.faint(request.path)}`,
    ...(isLast && request.body !== undefined ? bodyLines(request.body) : []),
    ...attempts,
    ...(isLast && body !== undefined && body !== null && body !== ""
      ? [style.strong("answer"), ...bodyLines(body)]
      : []),
  ];
}

function reason(answer: Json | undefined): string {
  const words = isJsonObject(answer) ? answer["reason"] : undefined;
  return typeof words === "string" ? `  ${words}` : "";
}

function bodyLines(value: Json): readonly string[] {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  const lines = text.split("\n");
  const rest = lines.length - bodyLinesMax;
  return [
    ...lines.slice(0, bodyLinesMax).map((line) => `    ${brief(line, 200)}`),
    ...(rest > 0 ? [`    … ${rest} lines more with --json`] : []),
  ];
}
