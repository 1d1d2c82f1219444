SELECT m.message_no AS messageNo, m.message_id AS messageId, m.channel, m.source, m.type, m.received_at AS receivedAt,
  m.bytes, m.duplicates, m.correlation_id AS correlationId, m.emptied_at AS emptiedAt,
  (SELECT count(*) FROM run r WHERE r.message_no = m.message_no) AS runs
FROM message m
WHERE m.message_id = :messageId
