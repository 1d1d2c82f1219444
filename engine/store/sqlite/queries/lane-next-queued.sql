SELECT run_no AS runNo, position, gap_until AS gapUntil FROM run
WHERE lane_id = :laneId AND ended_at IS NULL AND status = 'queued'
ORDER BY position, run_no
LIMIT 1
