-- A run of the lane that goes by a later sequence, and has had its turn.
SELECT run_no AS runNo FROM run
WHERE lane_id = :laneId AND ended_at IS NULL AND position > :position
  AND (status IN ('ready', 'active', 'released')
    OR (started = 1 AND status IN ('dead', 'invalid', 'in-doubt', 'stuck')))
LIMIT 1
