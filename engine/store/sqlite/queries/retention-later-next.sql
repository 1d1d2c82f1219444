SELECT m.message_no AS messageNo, m.message_id AS messageId, m.type, m.received_at AS receivedAt, m.bytes, m.ids,
  m.dedupe_key IS NOT NULL AS isKeyed
FROM retention_later l
CROSS JOIN message m USING (message_no)
WHERE l.class = :class AND l.message_no > :after
ORDER BY l.message_no
LIMIT 1
