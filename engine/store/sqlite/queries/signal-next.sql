SELECT s.signal_no AS signalNo, s.run_no AS runNo, s.event, s.message_no AS messageNo, r.run_id AS runId, r.status, r.lane_id AS laneId
FROM signal s
JOIN run r USING (run_no)
WHERE s.taken = 0
  AND (r.status NOT IN ('released', 'held') OR r.lane_id IS NULL OR NOT EXISTS (
    SELECT 1 FROM run o WHERE o.lane_id = r.lane_id AND o.ended_at IS NULL
      AND (o.status = 'active' OR (o.status = 'ready' AND o.claimed = 1))))
ORDER BY s.signal_no
LIMIT :limit
