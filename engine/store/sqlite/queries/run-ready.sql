SELECT run_no AS runNo, claims FROM run
WHERE status = 'ready' AND claimed = 0
ORDER BY priority, run_no
LIMIT :limit
