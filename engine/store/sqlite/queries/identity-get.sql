SELECT r.run_no AS runNo, r.run_id AS runId
FROM identity i
JOIN run r USING (run_no)
WHERE i.identity_key = :key AND i.remembered_until > :now
