import { hash } from "node:crypto";
import type { AuditEntry } from "../../ports/store.ts";
import { toJson, type Work } from "./work.ts";

export interface AuditRecord {
  readonly auditNo: number;
  readonly at: number;
  readonly actor: string;
  readonly action: string;
  readonly target: string;
  readonly detail: string;
  readonly hash: Uint8Array;
}

const start = new Uint8Array(32);

/** Appends to the audit. Each row hashes itself with the hash before it. */
export function appendAudit(work: Work, entry: AuditEntry): void {
  const last = work.query.get<{ auditNo: number; hash: Uint8Array }>("audit-last");
  const row = {
    auditNo: (last?.auditNo ?? 0) + 1,
    at: work.now,
    actor: entry.actor,
    action: entry.action,
    target: entry.target,
    detail: toJson(entry.detail),
  };
  work.query.run("audit-insert", { ...row, hash: chain(last?.hash ?? start, row) });
}

/** Number of the first row that does not follow from the one before; undefined for a whole chain. */
export function brokenAt(rows: Iterable<AuditRecord>): number | undefined {
  let before: Uint8Array = start;
  let expected = 1;
  for (const row of rows) {
    const follows = row.auditNo === expected && chain(before, row).equals(row.hash);
    if (!follows) return expected;
    before = row.hash;
    expected += 1;
  }
  return undefined;
}

function chain(before: Uint8Array, row: Omit<AuditRecord, "hash">): Buffer {
  const { auditNo, at, actor, action, target, detail } = row;
  const text = toJson([
    Buffer.from(before).toString("hex"),
    auditNo,
    at,
    actor,
    action,
    target,
    detail,
  ]);
  return hash("sha256", text, "buffer");
}
