SELECT audit_no AS auditNo, at, hash FROM audit ORDER BY audit_no LIMIT :limit
