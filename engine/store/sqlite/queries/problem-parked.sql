SELECT r.run_no AS runNo, r.run_id AS runId, r.flow, r.status, r.changed_at AS at, o.lane_key AS laneKey, o.impact,
  m.message_id AS messageId, g.hash AS generation, o.error,
  (SELECT p.failure FROM problem p WHERE p.run_no = r.run_no AND p.kind IN ('dead', 'invalid', 'in-doubt', 'stuck') ORDER BY p.problem_no DESC LIMIT 1) AS failure,
  (SELECT count(*) FROM journal j WHERE j.run_no = r.run_no AND j.attempt IS NOT NULL) AS attempts,
  (SELECT count(*) FROM run q WHERE q.lane_id = r.lane_id AND q.ended_at IS NULL AND q.status = 'queued'
    AND (q.position, q.run_no) > (r.position, r.run_no)) AS blocked
FROM run r
JOIN run_document o USING (run_no)
JOIN message m USING (message_no)
JOIN generation g USING (generation_no)
WHERE r.status IN ('dead', 'invalid', 'in-doubt', 'stuck')
  AND (:runId IS NULL OR r.run_id = :runId)
  AND (:flow IS NULL OR r.flow = :flow)
  AND (:status IS NULL OR r.status = :status)
  AND (:type IS NULL OR m.type = :type)
  AND r.changed_at >= :since AND r.changed_at < :until
ORDER BY r.changed_at DESC, r.run_no DESC
LIMIT :limit
