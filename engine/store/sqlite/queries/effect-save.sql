INSERT INTO effect (effect_key, run_no, path, body_hash, result, undone, at)
VALUES (:key, :runNo, :path, :bodyHash, :result, :undone, :now)
ON CONFLICT (effect_key) DO UPDATE
SET run_no = excluded.run_no, path = excluded.path, body_hash = excluded.body_hash,
  result = excluded.result, undone = excluded.undone, at = excluded.at
