INSERT INTO issue (fingerprint, flow, step, system, kind, class, code, title, team, category, status, failures, amounts,
  sample_run_no, first_at, last_at, opened_at, reopened, changed_at, changed_by, comment, escalated, escalate_at)
VALUES (:fingerprint, :flow, :step, :system, :kind, :class, :code, :title, :team, :category, :status, :failures, :amounts,
  :sampleRunNo, :firstAt, :lastAt, :openedAt, :reopened, :changedAt, :changedBy, :comment, :escalated, :escalateAt)
ON CONFLICT (fingerprint) DO UPDATE
SET team = excluded.team, kind = excluded.kind, category = excluded.category, status = excluded.status,
  failures = excluded.failures, amounts = excluded.amounts, sample_run_no = excluded.sample_run_no,
  last_at = excluded.last_at, opened_at = excluded.opened_at, reopened = excluded.reopened,
  changed_at = excluded.changed_at, changed_by = excluded.changed_by, comment = excluded.comment,
  escalated = excluded.escalated, escalate_at = excluded.escalate_at
