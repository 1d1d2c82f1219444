import { hash } from "node:crypto";
import { effectBody } from "../../model/effect-body.ts";
import type { Instant } from "../../model/json.ts";
import type { DeliveryStatus } from "../../model/delivery.ts";
import {
  effectKeyOf,
  isOnRecord,
  recordEffect,
  type RecordedKey,
  standsInDoubt,
} from "./effects.ts";
import { requestOf } from "./request-text.ts";
import {
  type AttemptRecord,
  type HistoryRecord,
  stageOf,
  toAttempt,
  toHistoryRows,
} from "./rows.ts";
import type { Work } from "./work.ts";

interface WriteRecord extends RecordedKey {
  readonly deliveryNo: number;
  readonly path: string;
  readonly system: string;
  readonly operation: string;
  readonly request: string;
  readonly status: DeliveryStatus;
  readonly handed: 0 | 1;
  readonly createdAt: Instant;
}

/** A write of a run that may have taken effect. */
interface LeftWrite {
  readonly path: string;
  /** `erp.createOrder`. */
  readonly operation: string;
  readonly key: string;
}

/** What became of an attempt that the partner cannot have seen. */
const neverLeft: readonly string[] = ["not-sent", "unauthorized"];

/**
 * A run is ended from outside. What it sent and nobody has judged, such as what is still unanswered or
 * whose answer could not be read, stands in doubt in the ledger from now on; that and whatever stood in
 * doubt already is told.
 */
export function leaveWrites(work: Work, runNo: number): readonly LeftWrite[] {
  const { query } = work;
  const history = query.all<HistoryRecord>("history-list", { runNo }).flatMap(toHistoryRows);
  const attempts = new Map(
    query
      .all<AttemptRecord>("attempt-list", { runNo })
      .map((record) => [record.deliveryNo, toAttempt(record).outcome]),
  );
  const left = new Map<string, LeftWrite>();
  for (const write of query.all<WriteRecord>("delivery-writes", { runNo })) {
    const key = effectKeyOf(write);
    if (key === null) continue;
    const { path, system, createdAt: since, request } = write;
    const operation = `${system}.${write.operation}`;
    if (!isOnRecord(work, key) && mayHaveHappened(write, stageOf(write, history), attempts)) {
      const bodyHash = hash("sha256", effectBody(requestOf(request)));
      recordEffect(work, runNo, { key, path, bodyHash, outcome: { doubt: { operation, since } } });
    }
    if (standsInDoubt(work, key)) left.set(key, { path, operation, key });
  }
  return [...left.values()];
}

/** Whether the partner may have done it, by what is on record of the request. */
function mayHaveHappened(
  { status, handed, deliveryNo }: WriteRecord,
  stage: ReturnType<typeof stageOf>,
  outcomes: ReadonlyMap<number, string>,
): boolean {
  if (status !== "settled" && handed === 1) return true;
  if (stage === "in-doubt" || stage === "acknowledged") return true;
  const outcome = outcomes.get(deliveryNo);
  return stage === "outbox" && status === "settled" && !neverLeft.includes(outcome ?? "");
}
