-- Runs of one flow in the lane that are not over; `begun` ones can no longer be superseded.
SELECT r.run_no AS runNo, r.run_id AS runId, b.envelope,
  NOT (r.status IN ('queued', 'ready', 'held') AND r.claimed = 0 AND r.started = 0) AS begun
FROM run r
JOIN message_body b USING (message_no)
WHERE r.lane_id = :laneId AND r.ended_at IS NULL AND r.ordering = 'latest' AND r.flow = :flow
ORDER BY r.position, r.run_no
