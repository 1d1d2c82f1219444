SELECT m.message_no AS messageNo, m.message_id AS messageId, m.channel, m.source, m.type, m.received_at AS receivedAt,
  m.bytes, m.duplicates, m.correlation_id AS correlationId,
  (SELECT count(*) FROM run r WHERE r.message_no = m.message_no) AS runs
FROM message m
WHERE (:messageId IS NULL OR m.message_id = :messageId)
  AND (:type IS NULL OR m.type = :type)
  AND (:flow IS NULL OR EXISTS (SELECT 1 FROM run r WHERE r.message_no = m.message_no AND r.flow = :flow))
  AND (:since IS NULL OR m.received_at >= :since)
  AND (:until IS NULL OR m.received_at < :until)
ORDER BY m.message_no DESC
LIMIT :limit
