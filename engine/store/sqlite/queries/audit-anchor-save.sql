INSERT INTO audit_anchor (one, audit_no, hash) VALUES (1, :auditNo, :hash)
ON CONFLICT (one) DO UPDATE SET audit_no = excluded.audit_no, hash = excluded.hash
