DELETE FROM known_key
WHERE kind = :kind AND segment = :segment AND key IN (
  SELECT key FROM known_key WHERE kind = :kind AND segment = :segment AND known_until <= :now LIMIT :limit)
