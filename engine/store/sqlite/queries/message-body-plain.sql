SELECT json_set(json_remove(envelope, '$.subject'), '$.headers', json('{}')) AS envelope
FROM message_body
WHERE message_no = :messageNo
