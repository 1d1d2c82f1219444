-- Runs at work of what is selected: begun, neither over nor parked.
SELECT r.run_id AS runId, r.flow, r.status, o.lane_key AS laneKey FROM run r
JOIN run_document o USING (run_no)
WHERE r.ended_at IS NULL AND r.status IN ('queued', 'ready', 'held', 'active', 'released') AND (r.started = 1 OR r.claimed = 1)
  AND (
    r.flow IN (SELECT value FROM json_each(:selection, '$.flows'))
    OR r.region IN (SELECT value FROM json_each(:selection, '$.regions'))
    OR EXISTS (
      SELECT 1 FROM json_each(:selection, '$.keys') k
      WHERE k.value ->> 'flow' = r.flow AND k.value ->> 'laneKey' = o.lane_key))
ORDER BY r.run_no
LIMIT :limit
