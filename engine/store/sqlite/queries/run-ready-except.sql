-- As run-ready, beside what a person paused, and what is not to begin while a person drains it.
SELECT r.run_no AS runNo, r.claims FROM run r
JOIN run_document o USING (run_no)
WHERE r.status = 'ready' AND r.claimed = 0
  AND r.flow NOT IN (SELECT value FROM json_each(:paused, '$.flows'))
  AND (r.region IS NULL OR r.region NOT IN (SELECT value FROM json_each(:paused, '$.regions')))
  AND NOT EXISTS (
    SELECT 1 FROM json_each(:paused, '$.keys') k
    WHERE k.value ->> 'flow' = r.flow AND k.value ->> 'laneKey' = o.lane_key)
  AND NOT (
    r.started = 0 AND o.parent IS NULL
    AND (
      r.flow IN (SELECT value FROM json_each(:beginning, '$.flows'))
      OR (r.region IS NOT NULL AND r.region IN (SELECT value FROM json_each(:beginning, '$.regions')))
      OR EXISTS (
        SELECT 1 FROM json_each(:beginning, '$.keys') k
        WHERE k.value ->> 'flow' = r.flow AND k.value ->> 'laneKey' = o.lane_key))
    AND NOT EXISTS (
      SELECT 1 FROM run c JOIN run_document p USING (run_no)
      WHERE c.lane_id = r.lane_id AND c.ended_at IS NULL AND p.parent IS NOT NULL))
ORDER BY r.priority, r.run_no
LIMIT :limit
