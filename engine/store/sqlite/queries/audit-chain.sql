SELECT audit_no AS auditNo, at, actor, action, target, detail, hash FROM audit ORDER BY audit_no
