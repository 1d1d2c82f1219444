-- A message that is the first of its correlation has no text of it: it is found by its own id.
SELECT message_no AS messageNo FROM message WHERE correlation_id = :correlationId AND correlation_id <> ''
UNION
SELECT message_no FROM message WHERE message_id = :messageId AND correlation_id = ''
ORDER BY 1 LIMIT :limit
