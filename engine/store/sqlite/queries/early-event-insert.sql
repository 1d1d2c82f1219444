INSERT INTO early_event (match_key, message_no, keep_until) VALUES (:matchKey, :messageNo, :keepUntil)
