SELECT r.run_no AS runNo, r.flow, o.identity,
  CASE WHEN m.channel = 'schedule' THEN coalesce(o.lane_key, '') END AS checkOf
FROM run r
JOIN run_document o USING (run_no)
JOIN message m USING (message_no)
WHERE r.run_id = :runId
