SELECT entity, canonical_id AS canonicalId, system, id, linked_at AS linkedAt
FROM crosswalk WHERE canonical_id = :id
UNION
SELECT entity, canonical_id, system, id, linked_at
FROM crosswalk WHERE id = :id
