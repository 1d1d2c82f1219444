SELECT body_hash AS bodyHash, result, undone, path, at FROM effect WHERE effect_no = :effectNo
