UPDATE correlation SET consumed = 1 WHERE message_no = :messageNo
