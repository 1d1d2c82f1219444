SELECT message_no AS messageNo FROM message WHERE message_id = :messageId
