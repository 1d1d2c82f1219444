INSERT INTO identity (identity_key, run_no, remembered_until)
VALUES (:key, :runNo, :until)
ON CONFLICT (identity_key) DO UPDATE
SET run_no = excluded.run_no, remembered_until = excluded.remembered_until
