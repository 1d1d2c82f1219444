-- As run-ready, beside flows and keys that a person paused.
SELECT r.run_no AS runNo, r.claims FROM run r
JOIN run_document o USING (run_no)
WHERE r.status = 'ready' AND r.claimed = 0
  AND r.flow NOT IN (SELECT value FROM json_each(:flows))
  AND NOT EXISTS (
    SELECT 1 FROM json_each(:keys) k
    WHERE k.value ->> 'flow' = r.flow AND k.value ->> 'laneKey' = o.lane_key)
ORDER BY r.priority, r.run_no
LIMIT :limit
