DELETE FROM message WHERE message_no = :messageNo
