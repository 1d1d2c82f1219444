SELECT message_no AS messageNo, message_id AS messageId, type, received_at AS receivedAt, bytes, ids,
  dedupe_key IS NOT NULL AS isKeyed
FROM message
WHERE message_no > :after
ORDER BY message_no
LIMIT 1
