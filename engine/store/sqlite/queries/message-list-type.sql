SELECT m.message_no AS messageNo, m.message_id AS messageId, m.channel, m.source, m.type, m.received_at AS receivedAt,
  m.bytes, m.duplicates, m.correlation_id AS correlationId, m.emptied_at AS emptiedAt,
  (SELECT count(*) FROM run r WHERE r.message_no = m.message_no) AS runs
FROM message m
WHERE m.type = :type
  AND m.received_at >= :since AND m.received_at < :until
  AND (:flow IS NULL OR EXISTS (SELECT 1 FROM run r WHERE r.message_no = m.message_no AND r.flow = :flow))
ORDER BY m.received_at DESC, m.message_no DESC
LIMIT :limit
