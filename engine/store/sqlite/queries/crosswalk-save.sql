INSERT INTO crosswalk (entity, canonical_id, system, id, run_no, linked_at)
VALUES (:entity, :canonicalId, :system, :id, :runNo, :now)
ON CONFLICT (entity, canonical_id, system) DO UPDATE
SET id = excluded.id, run_no = excluded.run_no, linked_at = excluded.linked_at
WHERE id <> excluded.id
