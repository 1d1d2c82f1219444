SELECT audit_no AS auditNo, at, actor, action, target, detail, hash
FROM audit
WHERE audit_no < :before
ORDER BY audit_no DESC
LIMIT :limit
