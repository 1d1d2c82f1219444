import type { Json } from "../../model/json.ts";
import type { RawOutcome } from "../../model/request.ts";
import type { DeliveryRow, HistoryRow } from "../../ports/store-reader.ts";
import { parse, toJson, type Work } from "./work.ts";

/**
 * Texts of the journal: lists whose places say what they hold, since their names would take more room
 * than what they name. Rows of older versions have objects with names, and are read as well.
 */

type Entry = Omit<HistoryRow, "at">;
type EntryText = readonly [path: string, what: string, detail?: Json];

type AttemptText =
  | readonly [
      status: number,
      ms: number,
      headers?: Readonly<Record<string, string>> | null,
      body?: Json,
    ]
  | readonly [outcome: string, ms: number, reason?: string | null];
interface OlderAttempt {
  readonly outcome: string;
  readonly status: number | null;
  readonly ms: number;
  readonly response: Json;
}

type Attempt = Omit<DeliveryRow["attempts"][number], "at">;

/** What happened, for a row of the journal. */
export function historyText(entries: readonly Entry[]): string {
  return toJson(
    entries.map(({ path, what, detail }): EntryText =>
      detail === undefined ? [path, what] : [path, what, detail],
    ),
  );
}

export function historyOf(text: string): readonly Entry[] {
  return parse<readonly (Entry | EntryText)[]>(text).map((entry) => {
    if (!isList(entry)) return entry;
    const [path, what, detail] = entry;
    return { path, what, ...(detail === undefined ? {} : { detail }) };
  });
}

/** An outcome, for a row of the journal. */
export function attemptText(outcome: RawOutcome): string {
  const { kind, ms } = outcome;
  if (kind !== "response") return toJson([kind, ms, outcome.reason]);
  const { status, headers, body } = outcome.response;
  return toJson([status, ms, headers, body]);
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
  const [head, ms, what] = entry;
  if (typeof head !== "number") {
    return { outcome: head, ms, ...(what === undefined ? {} : { response: { reason: what } }) };
  }
  const [, , headers, body = null] = entry;
  const response = { status: head, headers: headers ?? {}, body };
  return { outcome: "response", status: head, ms, ...(headers === undefined ? {} : { response }) };
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
