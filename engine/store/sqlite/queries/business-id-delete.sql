DELETE FROM business_id WHERE segment = :messageNo >> 14 AND id_hash = :idHash AND message_no = :messageNo
