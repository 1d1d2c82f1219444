SELECT run_no AS runNo FROM run
WHERE lane_id = :laneId AND ended_at IS NULL AND run_no <> :runNo
LIMIT 1
