import Database from "better-sqlite3";
import { envelopeOf } from "../../engine/store/sqlite/envelope-text.ts";
import type {
  Effect,
  LedgerSummary,
  RemoteEstate,
  WebhookRow,
} from "../../engine/testing/index.ts";

export interface RunEnd {
  readonly runNo: number;
  readonly flow: string;
  readonly identity: string;
  readonly lane: string;
  readonly laneKey: string | null;
  readonly status: string;
  readonly error: string | null;
  /** Numbers of its first and last line of history. */
  readonly first: number | null;
  readonly last: number | null;
}

/** What is left when all is over: the engine's store, and what the partners have seen. */
export interface EndState {
  readonly runs: readonly RunEnd[];
  /** Dedupe keys of all messages. */
  readonly messages: readonly string[];
  readonly effects: readonly Effect[];
  readonly summary: LedgerSummary;
  readonly webhooks: readonly WebhookRow[];
  readonly integrity: string;
}

const runs = `
SELECT r.run_no AS runNo, r.flow, d.identity, d.lane, d.lane_key AS laneKey, r.status, d.error,
  (SELECT min(journal_no) FROM journal h WHERE h.run_no = r.run_no) AS first,
  (SELECT max(journal_no) FROM journal h WHERE h.run_no = r.run_no) AS last
FROM run r JOIN run_document d USING (run_no)
ORDER BY r.position, r.run_no`;

export async function readEndState(store: string, estate: RemoteEstate): Promise<EndState> {
  const database = new Database(store, { readonly: true, fileMustExist: true });
  try {
    const envelopes = database
      .prepare<[], string>("SELECT envelope FROM message_body")
      .pluck()
      .all();
    return {
      runs: database.prepare<[], RunEnd>(runs).all(),
      messages: envelopes.map((text) => envelopeOf(text).dedupeKey),
      integrity: String(database.pragma("integrity_check", { simple: true })),
      effects: await estate.effects(),
      summary: await estate.summary(),
      webhooks: await estate.webhooks(),
    };
  } finally {
    database.close();
  }
}
