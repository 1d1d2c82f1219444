DELETE FROM message_body WHERE message_no = :messageNo
