UPDATE issue
SET status = :status, changed_by = :by, comment = :comment, changed_at = :now, escalated = :escalated, escalate_at = :escalateAt
WHERE issue_no = :number
