-- A run that once left its lane, and whose event came: it returns at the head of its lane, before anything queued.
SELECT r.run_no AS runNo FROM run r
WHERE r.lane_id = :laneId AND r.ended_at IS NULL AND r.status IN ('released', 'held')
  AND (EXISTS (SELECT 1 FROM signal s WHERE s.run_no = r.run_no)
    OR EXISTS (SELECT 1 FROM timer t WHERE t.run_no = r.run_no AND t.due <= :now AND t.name <> 'deadline'))
LIMIT 1
