DELETE FROM audit WHERE audit_no <= :auditNo
