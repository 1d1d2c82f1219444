DELETE FROM retention_later WHERE class IN ('payloads', 'history') AND message_no = :messageNo
