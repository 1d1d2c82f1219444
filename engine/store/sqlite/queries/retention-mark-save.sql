INSERT INTO retention_mark (class, message_no) VALUES (:class, :messageNo)
ON CONFLICT (class) DO UPDATE SET message_no = max(message_no, excluded.message_no)
