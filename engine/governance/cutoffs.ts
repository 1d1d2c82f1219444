import { UsageError } from "../errors/flow-error.ts";
import type { Instant } from "../model/json.ts";
import { type Cutoffs, type RetentionClass, retentionClasses } from "../ports/retention-store.ts";

/** How long each class is kept, in milliseconds, as `sluice.yaml` says. */
export type RetentionPolicy = { readonly [Class in RetentionClass]?: number };

/** What a person asks to let go of: one class or all, by the policy or all before a time. */
export interface PurgeRequest {
  readonly kind?: RetentionClass;
  readonly before?: Instant;
}

/** All older than each class is kept. */
export function dueOf(policy: RetentionPolicy | undefined, now: Instant): Cutoffs {
  return Object.fromEntries(
    retentionClasses.flatMap((kind) => {
      const kept = policy?.[kind];
      return kept === undefined ? [] : [[kind, now - kept]];
    }),
  );
}

/**
 * What a request lets go of. Throws `UsageError` for a time to come, where nothing is said of how
 * long, and for an audit younger than the workspace promises to keep it.
 */
export function cutoffsOf(
  { kind, before }: PurgeRequest,
  policy: RetentionPolicy | undefined,
  now: Instant,
): Cutoffs {
  const due = dueOf(policy, now);
  if (before === undefined) return byPolicy(kind, due);
  if (before > now) {
    throw new UsageError(
      "governance/purge-of-future",
      `${new Date(before).toISOString()} is still to come: what is written until then cannot be let go of now`,
      { help: "give a time that is over, or a duration such as 90d for so long ago" },
    );
  }
  // The audit only when it is named: who let go of what stays known.
  if (kind !== "audit")
    return kind === undefined ? { payloads: before, history: before } : { [kind]: before };
  if (due.audit !== undefined && before > due.audit) {
    throw new UsageError(
      "governance/audit-kept",
      `the workspace promises to keep the audit since ${new Date(due.audit).toISOString().slice(0, 10)}; ${new Date(before).toISOString().slice(0, 10)} is younger`,
      { help: "give an older time, or change `retention.audit` in sluice.yaml first" },
    );
  }
  return { audit: before };
}

function byPolicy(kind: RetentionClass | undefined, due: Cutoffs): Cutoffs {
  const at = kind === undefined ? undefined : due[kind];
  if (kind !== undefined && at !== undefined) return { [kind]: at };
  if (kind === undefined && Object.keys(due).length > 0) return due;
  throw new UsageError(
    "governance/no-retention",
    kind === undefined
      ? "sluice.yaml has no `retention`: nothing says what is over"
      : `sluice.yaml has no \`retention.${kind}\`: nothing says what of it is over`,
    { help: "add it, such as `retention: { payloads: 90d }`, or say --before" },
  );
}
