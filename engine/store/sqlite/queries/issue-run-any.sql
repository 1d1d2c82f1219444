SELECT 1 AS found FROM issue_run WHERE settled = 0 LIMIT 1
