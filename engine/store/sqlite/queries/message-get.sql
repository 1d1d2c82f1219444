SELECT m.message_no AS messageNo, m.message_id AS messageId, m.channel, m.source, m.type, m.received_at AS receivedAt,
  m.correlation_id AS correlationId, m.emptied_at AS emptiedAt, b.envelope, b.data, b.body
FROM message m
JOIN message_body b USING (message_no)
WHERE m.message_no = :messageNo
