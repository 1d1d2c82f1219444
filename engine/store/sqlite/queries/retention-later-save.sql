INSERT INTO retention_later (class, message_no) VALUES (:class, :messageNo) ON CONFLICT DO NOTHING
