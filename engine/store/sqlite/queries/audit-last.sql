SELECT audit_no AS auditNo, hash FROM audit ORDER BY audit_no DESC LIMIT 1
