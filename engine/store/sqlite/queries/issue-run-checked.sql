-- The latest run of the same scheduled check that came to its end.
SELECT max(later.run_no) AS runNo
FROM run r
JOIN run_document o USING (run_no)
JOIN run later ON later.flow = r.flow AND later.started_at >= r.started_at AND later.run_no > r.run_no
JOIN run_document latero ON latero.run_no = later.run_no
JOIN message m ON m.message_no = later.message_no
WHERE r.run_no = :runNo AND later.status = 'done' AND m.channel = 'schedule'
  AND coalesce(latero.lane_key, '') = coalesce(o.lane_key, '')
