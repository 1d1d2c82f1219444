SELECT e.effect_no AS effectNo, e.run_no AS runNo, r.run_id AS runId,
  iif(e.body_sha IS NULL, e.body_hash, lower(hex(e.body_sha))) AS bodyHash, e.result, e.undone, e.doubt, e.path, e.at
FROM effect e
LEFT JOIN run r USING (run_no)
WHERE e.effect_no = :effectNo
