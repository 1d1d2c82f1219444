SELECT envelope FROM message_body WHERE message_no = :messageNo
