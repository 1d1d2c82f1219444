import { runStatements } from "./bounds.ts";
import { effectKeyOf, emptyEffects, type RecordedKey } from "./effects.ts";
import { forgetEvent } from "./listening.ts";
import type { Queries } from "./queries.ts";
import type { Work } from "./work.ts";

/** Rows read at once. */
const page = 50;
const idBytes = 8;

export interface RemovedMessage {
  readonly messageNo: number;
  readonly ids: Uint8Array | null;
  /** False for one taken in by an older version, which kept ids apart. */
  readonly isKeyed: 0 | 1;
}

/**
 * Removes a message with its runs and all that is told of them. What is known under keys of its own
 * stays: dedupe keys, identities, the ledger of effects, links. Yields how many rows it removed, after
 * each few of them; it may be begun anew at any time. Foreign keys are not enforced meanwhile: some
 * have no index, and a look-up would read the whole table.
 */
export function* removeMessage(
  work: Work,
  { messageNo, ids, isKeyed }: RemovedMessage,
): Generator<number, void> {
  const { query } = work;
  for (const { runNo } of query.all<{ runNo: number }>("retention-runs", { messageNo })) {
    yield* removeJournal(query, messageNo, runNo);
    yield* removeDeliveries(work, runNo);
    yield removeRun(query, runNo);
  }
  yield removeIds(query, messageNo, ids);
  if (isKeyed === 0) yield query.run("business-id-sweep", { messageNo });
  yield (
    forgetEvent(work, messageNo) +
      query.run("retention-later-forget", { messageNo }) +
      query.run("message-body-delete", { messageNo }) +
      query.run("message-delete", { messageNo })
  );
}

function* removeJournal(query: Queries, messageNo: number, runNo: number): Generator<number, void> {
  for (;;) {
    const rows = query.all<{ journalNo: number; ids: Uint8Array | null }>("journal-page", {
      runNo,
      after: 0,
      limit: page,
    });
    let removed = 0;
    for (const { journalNo, ids } of rows) {
      removed += removeIds(query, messageNo, ids) + query.run("journal-delete", { journalNo });
    }
    if (removed > 0) yield removed;
    if (rows.length < page) return;
  }
}

function* removeDeliveries(work: Work, runNo: number): Generator<number, void> {
  const { query } = work;
  for (;;) {
    const rows = query.all<{ deliveryNo: number }>("delivery-page", {
      runNo,
      after: 0,
      limit: page,
    });
    for (const { deliveryNo } of rows) {
      const request = query.get<RecordedKey>("delivery-request-get", { deliveryNo });
      if (request !== undefined) emptyEffects(work, runNo, effectKeyOf(request));
      query.run("delivery-request-delete", { deliveryNo });
      query.run("delivery-delete", { deliveryNo });
    }
    if (rows.length > 0) yield 2 * rows.length;
    if (rows.length < page) return;
  }
}

/** What it linked stays, and no longer says that it did. */
function removeRun(query: Queries, runNo: number): number {
  return ["crosswalk-forget-run", ...runStatements].reduce(
    (sum, name) => sum + query.run(name, { runNo }),
    0,
  );
}

function removeIds(query: Queries, messageNo: number, ids: Uint8Array | null): number {
  if (ids === null) return 0;
  let removed = 0;
  for (let at = 0; at < ids.byteLength; at += idBytes) {
    const idHash = ids.subarray(at, at + idBytes);
    removed += query.run("business-id-delete", { messageNo, idHash });
  }
  return removed;
}
