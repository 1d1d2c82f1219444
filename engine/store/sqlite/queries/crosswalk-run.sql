SELECT entity, canonical_id AS canonicalId, system, id, linked_at AS linkedAt
FROM crosswalk WHERE run_no = :runNo
