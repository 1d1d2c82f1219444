SELECT p.problem_no AS number, p.kind, p.path, p.failure, p.at, p.run_no AS runNo, r.flow, o.identity, o.impact,
  o.parent IS NOT NULL AS isChild, m.message_id AS messageId,
  CASE WHEN p.kind = 'issue' AND m.channel = 'schedule' THEN coalesce(o.lane_key, '') END AS checkOf
FROM problem p
JOIN run r USING (run_no)
JOIN run_document o USING (run_no)
JOIN message m USING (message_no)
WHERE p.problem_no > :after
ORDER BY p.problem_no
LIMIT :limit
