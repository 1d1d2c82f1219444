SELECT c.entity, c.canonical_id AS canonicalId, c.attribute, c.owner, c.kept, c.source, c.given, c.reason,
  c.personal, c.first_at AS firstAt, c.last_at AS lastAt, c.times, r.run_id AS runId
FROM ownership_conflict c LEFT JOIN run r USING (run_no)
WHERE (:entity IS NULL OR c.entity = :entity)
  AND c.last_at >= :since AND c.last_at < :until
ORDER BY c.last_at DESC, c.conflict_no DESC
LIMIT :limit
