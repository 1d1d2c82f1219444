DELETE FROM correlation WHERE message_no = :messageNo
