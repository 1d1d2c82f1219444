/**
 * What keeps each table of the store from growing for ever. Retention works by this table, and a test
 * holds it against the tables there are: a new one has an entry here, or a reason.
 */
export type Bound =
  /** Goes with its message, its run, or one row of its run's, by this statement. */
  | { readonly with: "message" | "run" | "row"; readonly by: string }
  /**
   * Goes by `retention.history` once this is older and nothing needs the row. What has been given a
   * number keeps its youngest row, so that no number is ever given twice.
   */
  | { readonly history: string; readonly by: string }
  /** Goes from its beginning by `retention.audit`. */
  | { readonly audit: string; readonly by: string }
  /** Each row says itself how long it is of use. */
  | { readonly until: string; readonly by: string }
  /** Stays. */
  | { readonly kept: string };

export const bounds = {
  message: { history: "received_at", by: "message-delete" },
  message_body: { with: "message", by: "message-body-delete" },
  business_id: { with: "message", by: "business-id-delete" },
  correlation: { with: "message", by: "correlation-delete" },
  early_event: { with: "message", by: "early-event-delete" },
  retention_later: { with: "message", by: "retention-later-forget" },
  journal: { with: "row", by: "journal-delete" },
  delivery_request: { with: "row", by: "delivery-request-delete" },
  delivery: { with: "row", by: "delivery-delete" },
  task: { with: "run", by: "task-forget" },
  edit: { with: "run", by: "edit-forget" },
  problem: { with: "run", by: "problem-forget" },
  timer: { with: "run", by: "timer-forget" },
  signal: { with: "run", by: "signal-forget" },
  listen: { with: "run", by: "listen-forget" },
  milestone: { with: "run", by: "milestone-forget" },
  waiter: { with: "run", by: "waiter-forget" },
  issue_run: { with: "run", by: "issue-run-forget" },
  // Nobody met it since. With the payloads already: it is made of values.
  ownership_conflict: { with: "run", by: "ownership-conflict-forget" },
  run_state: { with: "run", by: "run-state-delete" },
  run_document: { with: "run", by: "run-document-delete" },
  run: { with: "run", by: "run-delete" },
  notice: { history: "at, unless it is still to be sent", by: "notice-over" },
  issue: {
    history: "changed_at and last_at of resolved and ignored ones, after their runs and notices",
    by: "issue-over",
  },
  replay_item: {
    history: "changed_at of its job, unless that is at work",
    by: "replay-item-over",
  },
  replay_job: {
    history: "changed_at, unless it is at work, once its items are gone",
    by: "replay-job-over",
  },
  generation: { history: "saved_at, once no run is pinned to it", by: "generation-delete" },
  audit: { audit: "at", by: "audit-delete" },
  cache: { until: "expires_at", by: "cache-over" },
  known_key: { until: "known_until", by: "key-over" },
  key_filter: { until: "the last key of its segment", by: "key-filter-delete" },
  effect: {
    kept: "a replay of any age must meet what was done; what it gave goes with the payloads of its run",
  },
  crosswalk: {
    kept: "what a customer or order is called elsewhere stays true; `crosswalk` lists it",
  },
  lane_state: {
    kept: "what a flow remembers of a key, and the last sequence it applied: without it, old news would count as new",
  },
  counter: { kept: "one row a name" },
  checkpoint: { kept: "one row a name" },
  merged: { kept: "one row a kind of key" },
  audit_anchor: { kept: "one row" },
  retention_mark: { kept: "one row a class" },
  sqlite_sequence: { kept: "SQLite's own; one row a table" },
} as const satisfies Readonly<Record<string, Bound>>;

/** Statements that remove all of a run, itself last. */
export const runStatements: readonly string[] = Object.values<Bound>(bounds).flatMap((bound) =>
  "with" in bound && bound.with === "run" ? [bound.by] : [],
);

/** What goes by age alone, each before what it refers to: some rows at a time. */
export const agedStatements = [
  bounds.notice.by,
  bounds.issue.by,
  bounds.replay_item.by,
  bounds.replay_job.by,
] as const;
