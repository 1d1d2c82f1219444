-- As lane-busy, but a run that is merely offered gives way.
SELECT run_no AS runNo FROM run
WHERE lane_id = :laneId AND ended_at IS NULL AND (status = 'active' OR (status = 'ready' AND claimed = 1))
LIMIT 1
