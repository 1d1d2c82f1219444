UPDATE correlation SET consumed = 0 WHERE message_no = :messageNo
