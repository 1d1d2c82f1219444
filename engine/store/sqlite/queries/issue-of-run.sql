SELECT v.*
FROM issue_run x
JOIN issue_view v ON v.number = x.issue_no
WHERE x.run_no = (SELECT run_no FROM run WHERE run_id = :runId)
ORDER BY x.at DESC
LIMIT 1
