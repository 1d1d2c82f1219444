SELECT audit_no AS auditNo, hash FROM audit_anchor WHERE one = 1
