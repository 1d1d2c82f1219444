INSERT INTO ownership_conflict
  (entity, canonical_id, attribute, owner, kept, source, given, reason, personal, run_no, first_at, last_at, times)
VALUES
  (:entity, :canonicalId, :attribute, :owner, :kept, :source, :given, :reason, :personal, :runNo, :now, :now, 1)
ON CONFLICT (entity, canonical_id, attribute, source, given) DO UPDATE
SET owner = excluded.owner, kept = excluded.kept, reason = excluded.reason, personal = excluded.personal,
  run_no = excluded.run_no, last_at = excluded.last_at, times = times + 1
