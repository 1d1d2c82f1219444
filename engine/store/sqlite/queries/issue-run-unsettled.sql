SELECT run_no AS runNo FROM issue_run WHERE settled = 0 AND run_no > :after ORDER BY run_no LIMIT :limit
