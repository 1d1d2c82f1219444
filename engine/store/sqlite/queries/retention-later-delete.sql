DELETE FROM retention_later WHERE class = :class AND message_no = :messageNo
