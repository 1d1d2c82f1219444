-- As delivery-due, beside flows, regions and keys that a person paused.
SELECT d.delivery_no AS deliveryNo, d.due FROM delivery d
JOIN run r USING (run_no)
JOIN run_document o USING (run_no)
WHERE d.status IN ('pending', 'sent') AND d.handed = 0 AND d.adapter = :adapter AND d.system = :system
  AND d.priority = :priority AND d.due <= :now
  AND r.flow NOT IN (SELECT value FROM json_each(:paused, '$.flows'))
  AND (r.region IS NULL OR r.region NOT IN (SELECT value FROM json_each(:paused, '$.regions')))
  AND NOT EXISTS (
    SELECT 1 FROM json_each(:paused, '$.keys') k
    WHERE k.value ->> 'flow' = r.flow AND k.value ->> 'laneKey' = o.lane_key)
ORDER BY d.due, d.delivery_no
LIMIT :limit
