import { isJsonObject, type Json } from "../../model/json.ts";
import type { RawOutcome } from "../../model/request.ts";
import type { DeliveryRow, HistoryRow } from "../../ports/store-reader.ts";
import { headersOf, type HeadersText, headersText } from "./headers-text.ts";
import { parse, toJson, type Work } from "./work.ts";

/**
 * Texts of the journal: lists whose places say what they hold, since their names would take more room
 * than what they name. Rows of older versions have objects with names, and are read as well.
 */

type Entry = Omit<HistoryRow, "at">;

/** How many characters the path shares with the one before, its other characters, and what happened. */
type EntryText =
  | readonly [shared: number, rest: string, code: number]
  | readonly [shared: number, rest: string, code: typeof sendingCode, method: string, url: string]
  | readonly [shared: number, rest: string, what: string, detail?: Json];

/** As version 15 wrote an entry. */
type NamedEntryText = readonly [path: string, what: string, detail?: Json];

/** What happens most often, by its code: texts have them, so none ever gets another. */
const plainCodes: ReadonlyMap<string, number> = new Map([
  ["started", 0],
  ["done", 1],
  ["skipped", 2],
]);
const plainWords = [...plainCodes.keys()];
/** With the outcome `ok`; and with method and URL behind it. */
const [answeredCode, sendingCode] = [3, 4] as const;

type ResponseText = readonly [
  status: number,
  ms: number,
  headers?: HeadersText | Readonly<Record<string, string>> | null,
  body?: Json,
];
type AttemptText = ResponseText | readonly [outcome: string, ms: number, reason?: string | null];
interface OlderAttempt {
  readonly outcome: string;
  readonly status: number | null;
  readonly ms: number;
  readonly response: Json;
}

type Attempt = Omit<DeliveryRow["attempts"][number], "at">;

/** What happened, for a row of the journal. */
export function historyText(entries: readonly Entry[]): string {
  const texts: EntryText[] = [];
  let before = "";
  for (const entry of entries) {
    texts.push(entryText(entry, before));
    before = entry.path;
  }
  return toJson(texts);
}

export function historyOf(text: string): readonly Entry[] {
  let before = "";
  return parse<readonly (Entry | EntryText | NamedEntryText)[]>(text).map((entry) => {
    if (!isList(entry)) return entry;
    if (isNamed(entry)) {
      const [path, what, detail] = entry;
      return { path, ...toldOf(what, detail) };
    }
    const [shared, rest, ...happening] = entry;
    before = before.slice(0, shared) + rest;
    return { path: before, ...entryOf(happening) };
  });
}

function sharedLength(before: string, path: string): number {
  let length = 0;
  while (length < before.length && before[length] === path[length]) length += 1;
  return length;
}

function entryText({ path, what, detail }: Entry, before: string): EntryText {
  const shared = sharedLength(before, path);
  const rest = path.slice(shared);
  if (detail === undefined) {
    const code = plainCodes.get(what);
    return code === undefined ? [shared, rest, what] : [shared, rest, code];
  }
  if (isJsonObject(detail)) {
    const { method, url, outcome } = detail;
    const members = Object.keys(detail).length;
    if (what === "answered" && outcome === "ok" && members === 1)
      return [shared, rest, answeredCode];
    const isPlace = typeof method === "string" && typeof url === "string";
    if (what === "sending" && isPlace && members === 2)
      return [shared, rest, sendingCode, method, url];
  }
  return [shared, rest, what, detail];
}

function entryOf([what, first, url]: readonly (Json | undefined)[]): Omit<Entry, "path"> {
  if (typeof what === "string") return toldOf(what, first);
  if (what === answeredCode) return { what: "answered", detail: { outcome: "ok" } };
  if (what === sendingCode) {
    return { what: "sending", detail: { method: first ?? "", url: url ?? "" } };
  }
  return { what: plainWords[Number(what)] ?? toJson(what ?? null) };
}

function toldOf(what: string, detail: Json | undefined): Omit<Entry, "path"> {
  return { what, ...(detail === undefined ? {} : { detail }) };
}

function isNamed(entry: EntryText | NamedEntryText): entry is NamedEntryText {
  return typeof entry[0] === "string";
}

/** An outcome, for a row of the journal. */
export function attemptText(outcome: RawOutcome): string {
  const { kind, ms } = outcome;
  if (kind !== "response") return toJson([kind, ms, outcome.reason]);
  const { status, headers, body } = outcome.response;
  return toJson([status, ms, headersText(headers), body]);
}

export function attemptOf(text: string): Attempt {
  const entry = parse<AttemptText | OlderAttempt>(text);
  if (!isList(entry)) {
    const { outcome, status, ms, response } = entry;
    return {
      outcome,
      ms,
      ...(status === null ? {} : { status }),
      ...(response === null ? {} : { response }),
    };
  }
  if (!isResponse(entry)) {
    const [outcome, ms, reason] = entry;
    return { outcome, ms, ...(reason === undefined ? {} : { response: { reason } }) };
  }
  const [status, ms, headers, body = null] = entry;
  const response = { status, headers: readHeaders(headers), body };
  return { outcome: "response", status, ms, ...(headers === undefined ? {} : { response }) };
}

function isResponse(entry: AttemptText): entry is ResponseText {
  return typeof entry[0] === "number";
}

/** Version 15 wrote them by name. */
function readHeaders(
  headers: HeadersText | Readonly<Record<string, string>> | null | undefined,
): Readonly<Record<string, string>> {
  if (headers === null || headers === undefined) return {};
  return isList(headers) ? headersOf(headers) : headers;
}

/** The attempt without what the partner said. */
export function plainAttempt(text: string): string {
  const { outcome, status, ms } = attemptOf(text);
  return toJson([status ?? outcome, ms]);
}

/** `Array.isArray` does not narrow a readonly array. */
function isList<T extends readonly unknown[]>(entry: T | object): entry is T {
  return Array.isArray(entry);
}

/** Writes what happened to a run, beside what its decisions say. */
export function note(work: Work, runNo: number, entry: Entry): void {
  const history = historyText([entry]);
  const nothing = { results: null, deliveryNo: null, attempt: null, ids: null };
  work.query.run("journal-insert", { runNo, at: work.now, history, ...nothing });
}
