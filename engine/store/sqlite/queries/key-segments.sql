-- A loose index scan: one probe a segment.
WITH RECURSIVE each (segment) AS (
  SELECT min(segment) FROM known_key WHERE kind = :kind
  UNION ALL
  SELECT (SELECT min(segment) FROM known_key WHERE kind = :kind AND segment > each.segment) FROM each
  WHERE each.segment IS NOT NULL)
SELECT each.segment, f.bits FROM each LEFT JOIN key_filter f ON f.kind = :kind AND f.segment = each.segment
WHERE each.segment IS NOT NULL ORDER BY each.segment DESC
