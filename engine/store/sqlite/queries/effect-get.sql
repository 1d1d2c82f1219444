SELECT effect_no AS effectNo, run_no AS runNo, iif(body_sha IS NULL, body_hash, lower(hex(body_sha))) AS bodyHash, result, undone, path, at FROM effect WHERE effect_no = :effectNo
