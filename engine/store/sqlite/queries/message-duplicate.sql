UPDATE message SET duplicates = duplicates + 1 WHERE message_no = :messageNo
RETURNING message_id AS messageId
