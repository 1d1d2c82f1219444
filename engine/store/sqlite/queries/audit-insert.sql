INSERT INTO audit (audit_no, at, actor, action, target, detail, hash)
VALUES (:auditNo, :at, :actor, :action, :target, :detail, :hash)
