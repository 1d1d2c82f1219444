import type { Failure } from "../../errors/failure.ts";
import { isJsonObject, type Json } from "../../model/json.ts";
import { historyOf, historyText, plainAttempt } from "./journal.ts";
import type { Queries } from "./queries.ts";
import { effectKeyOf, emptyEffects, type RecordedKey } from "./effects.ts";

import { plainEnvelopeText } from "./envelope-text.ts";
import { plainRequestText } from "./request-text.ts";
import { plainStateText } from "./state-text.ts";
import { parse, toJson, type Work } from "./work.ts";

/** Rows read at once. */
const page = 50;

/** Members of a journal's detail that say what happened, and nothing of the record. */
const plainMembers = ["outcome", "as", "class", "code", "attempt", "due", "status", "by", "until"];

/** What stands for words that quoted the record. */
const goneWords = "its words went with the payload";

type Values = Readonly<Record<string, string | number | Uint8Array | null>>;
type RequestRecord = Values & RecordedKey & { readonly request: string };
type DocumentRecord = Values & { readonly error: string | null };

interface JournalRecord {
  readonly journalNo: number;
  readonly at: number;
  readonly history: string | null;
  readonly deliveryNo: number | null;
  readonly attempt: string | null;
  readonly ids: Uint8Array | null;
}

/**
 * Empties a message: its body and headers, requests, answers, results, and every text that may quote
 * them. What happened when, to what, by whom and how it ended stays. Yields how many rows it changed,
 * after each few of them; it may be begun anew at any time.
 *
 * Rows are removed and written anew: a row that only becomes shorter leaves its page as empty as it
 * is, and the file would not shrink.
 */
export function* emptyMessage(work: Work, messageNo: number): Generator<number, void> {
  const { query, now } = work;
  // First: whoever looks meanwhile is told that it is over.
  query.run("message-empty", { messageNo, now });
  const whole = query.get<{ envelope: string }>("message-envelope", { messageNo });
  if (whole !== undefined) {
    const envelope = plainEnvelopeText(whole.envelope);
    query.run("message-body-delete", { messageNo });
    query.run("message-body-insert", { messageNo, envelope, data: "null", body: null });
  }
  yield 3;
  for (const { runNo } of query.all<{ runNo: number }>("retention-runs", { messageNo })) {
    yield* emptyJournal(query, runNo);
    yield* emptyRequests(work, runNo);
    yield emptyRun(query, runNo);
  }
}

function* emptyJournal(query: Queries, runNo: number): Generator<number, void> {
  let after = 0;
  for (;;) {
    const rows = query.all<JournalRecord>("journal-page", { runNo, after, limit: page });
    for (const { journalNo, history, ...row } of rows) {
      query.run("journal-delete", { journalNo });
      const plain = orNull(history, plainHistory);
      const attempt = orNull(row.attempt, plainAttempt);
      query.run("journal-plain", { ...row, journalNo, runNo, history: plain, attempt });
      after = journalNo;
    }
    if (rows.length > 0) yield 2 * rows.length;
    if (rows.length < page) return;
  }
}

function* emptyRequests(work: Work, runNo: number): Generator<number, void> {
  const { query } = work;
  let after = 0;
  for (;;) {
    const rows = query.all<{ deliveryNo: number }>("delivery-page", { runNo, after, limit: page });
    for (const { deliveryNo } of rows) {
      const whole = query.get<RequestRecord>("delivery-request-get", { deliveryNo });
      after = deliveryNo;
      if (whole === undefined) continue;
      const request = plainRequestText(whole.request);
      emptyEffects(work, runNo, effectKeyOf(whole));
      query.run("delivery-request-delete", { deliveryNo });
      query.run("delivery-request-insert", { deliveryNo, ...whole, request, context: null });
    }
    if (rows.length > 0) yield 2 * rows.length;
    if (rows.length < page) return;
  }
}

function emptyRun(query: Queries, runNo: number): number {
  const problems = query.all<{ problemNo: number; failure: string }>("problem-of-run", { runNo });
  for (const { problemNo, failure } of problems) {
    query.run("problem-empty", { problemNo, failure: plainFailure(failure) });
  }
  const plain = query.get<DocumentRecord>("run-document-plain", { runNo });
  if (plain !== undefined) {
    const error = orNull(plain.error, plainFailure);
    query.run("run-document-delete", { runNo });
    query.run("run-document-insert", { runNo, ...plain, error, response: null });
  }
  const stands = query.get<{ state: string }>("run-document", { runNo });
  if (stands !== undefined) query.run("run-empty", { runNo, state: plainStateText(stands.state) });
  const rest = ["task-empty", "edit-empty", "ownership-conflict-forget"].reduce(
    (sum, name) => sum + query.run(name, { runNo }),
    0,
  );
  return 3 + problems.length + rest;
}

function orNull(text: string | null, change: (text: string) => string): string | null {
  return text === null ? null : change(text);
}

/** The failure by its names: messages quote the record, and details are vendors' answers. */
function plainFailure(text: string): string {
  const { class: failed, code, at, system, adapter, path } = parse<Failure>(text);
  return toJson({ class: failed, code, message: goneWords, at, system, adapter, path });
}

function plainHistory(text: string): string {
  return historyText(
    historyOf(text).map(({ path, what, detail }) => {
      const kept = plain(detail);
      return { path, what, ...(kept === undefined ? {} : { detail: kept }) };
    }),
  );
}

function plain(detail: Json | undefined): Json | undefined {
  if (!isJsonObject(detail ?? null)) return undefined;
  const members = Object.entries(detail as Readonly<Record<string, Json>>).filter(
    ([name, value]) => plainMembers.includes(name) && typeof value !== "object",
  );
  return members.length === 0 ? undefined : Object.fromEntries(members);
}
