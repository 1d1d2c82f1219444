SELECT iif(body_sha IS NULL, body_hash, lower(hex(body_sha))) AS bodyHash, result, undone, path, at FROM effect WHERE effect_no = :effectNo
