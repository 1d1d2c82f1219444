INSERT INTO business_id (segment, id_hash, message_no) VALUES (:messageNo >> 14, :idHash, :messageNo) ON CONFLICT DO NOTHING
