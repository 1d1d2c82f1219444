INSERT INTO effect (effect_key, run_no, path, body_hash, result, undone, at)
VALUES (:key, :runNo, :path, :bodyHash, :result, :undone, :now)
