SELECT run_no AS runNo, position, gap_until AS gapUntil FROM run
WHERE lane_id = :laneId AND ended_at IS NULL AND status = 'held' AND retest = 1
ORDER BY position, run_no
LIMIT 1
