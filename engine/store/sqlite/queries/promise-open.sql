-- Runs of a flow that are not done and do not have the milestone, the oldest first.
SELECT r.run_id AS runId, r.status, o.lane_key AS laneKey, r.started_at AS startedAt
FROM run r
JOIN run_document o USING (run_no)
WHERE r.ended_at IS NULL
  AND r.status IN ('queued', 'ready', 'held', 'active', 'released', 'dead', 'invalid', 'in-doubt', 'stuck')
  AND r.started_at <= :until AND r.flow = :flow
  AND (:milestone IS NULL
    OR NOT EXISTS (SELECT 1 FROM milestone m WHERE m.run_no = r.run_no AND m.name = :milestone))
ORDER BY r.started_at
LIMIT :limit
