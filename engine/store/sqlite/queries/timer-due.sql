SELECT t.run_no AS runNo, t.path, t.name, t.due, r.run_id AS runId, r.status, r.lane_id AS laneId
FROM timer t
JOIN run r USING (run_no)
WHERE t.taken = 0 AND t.due <= :now
  AND (t.name = 'deadline' OR r.status NOT IN ('released', 'held') OR r.lane_id IS NULL OR NOT EXISTS (
    SELECT 1 FROM run o WHERE o.lane_id = r.lane_id AND o.ended_at IS NULL
      AND (o.status = 'active' OR (o.status = 'ready' AND o.claimed = 1))))
ORDER BY t.due
LIMIT :limit
