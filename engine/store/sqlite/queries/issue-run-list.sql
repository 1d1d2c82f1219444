SELECT r.run_id AS runId, r.status, x.failures, x.settled, x.at
FROM issue_run x
JOIN run r USING (run_no)
WHERE x.issue_no = :number
ORDER BY x.settled, x.run_no DESC
LIMIT :limit
