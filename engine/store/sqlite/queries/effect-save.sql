UPDATE effect
SET run_no = :runNo, path = :path, body_hash = :bodyHash, result = :result, undone = :undone, at = :now
WHERE effect_key = :key
