SELECT run_no AS runNo FROM run
WHERE lane_id = :laneId AND ended_at IS NULL AND status IN ('dead', 'invalid', 'in-doubt', 'stuck')
  AND (position, run_no) < (:position, :runNo)
LIMIT 1
