import { hash } from "node:crypto";
import type { AuditEntry } from "../../ports/store.ts";
import type { AuditChain } from "../../ports/store-reader.ts";
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

/** The last row that is gone. */
export type AuditAnchor = Pick<AuditRecord, "auditNo" | "hash">;

const start = new Uint8Array(32);

/** Appends to the audit. Each row hashes itself with the hash before it. */
export function appendAudit(work: Work, entry: AuditEntry): void {
  const last =
    work.query.get<AuditAnchor>("audit-last") ?? work.query.get<AuditAnchor>("audit-anchor-get");
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

/**
 * Counts the rows, and says the first that does not follow from the one before. Rows whose retention
 * is over are gone; the anchor is the last of them.
 */
export function checkChain(rows: Iterable<AuditRecord>, anchor?: AuditAnchor): AuditChain {
  let before = anchor?.hash ?? start;
  const first = (anchor?.auditNo ?? 0) + 1;
  let expected = first;
  for (const row of rows) {
    const follows = row.auditNo === expected && chain(before, row).equals(row.hash);
    if (!follows) return { rows: expected - first, brokenAt: expected };
    before = row.hash;
    expected += 1;
  }
  return { rows: expected - first };
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
