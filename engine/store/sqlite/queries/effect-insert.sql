INSERT INTO effect (effect_key, run_no, path, body_hash, body_sha, result, undone, doubt, at)
VALUES (:key, :runNo, :path, :bodyHash, :bodySha, :result, :undone, :doubt, :at)
