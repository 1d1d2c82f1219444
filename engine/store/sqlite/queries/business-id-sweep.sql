-- Of a message taken in before ids were kept with it.
DELETE FROM business_id WHERE segment = :messageNo >> 14 AND message_no = :messageNo
