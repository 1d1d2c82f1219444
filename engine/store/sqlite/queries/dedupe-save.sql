INSERT INTO dedupe (dedupe_key, message_no, remembered_until)
VALUES (:key, :messageNo, :until)
ON CONFLICT (dedupe_key) DO UPDATE
SET message_no = excluded.message_no, remembered_until = excluded.remembered_until
