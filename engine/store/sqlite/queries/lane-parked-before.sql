-- A run that a person must see holds what stands behind it; one that has begun holds all of the lane,
-- also what was held back before it: that would go by what is half done.
SELECT run_no AS runNo FROM run
WHERE lane_id = :laneId AND ended_at IS NULL AND status IN ('dead', 'invalid', 'in-doubt', 'stuck')
  AND (started = 1 OR (position, run_no) < (:position, :runNo))
LIMIT 1
