-- A run that is being decided or has something open, wherever it stands in the lane.
SELECT run_no AS runNo FROM run
WHERE lane_id = :laneId AND ended_at IS NULL AND status IN ('ready', 'active')
LIMIT 1
