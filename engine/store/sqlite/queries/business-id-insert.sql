INSERT INTO business_id (id_hash, message_no, run_no)
VALUES (:idHash, :messageNo, :runNo)
ON CONFLICT DO NOTHING
