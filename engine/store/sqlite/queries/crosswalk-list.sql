SELECT entity, canonical_id AS canonicalId, system, id, linked_at AS linkedAt
FROM crosswalk
WHERE entity = :entity AND canonical_id IN (
  SELECT canonical_id FROM crosswalk WHERE id = :id AND entity = :entity
  UNION SELECT :id)
ORDER BY canonical_id, system
