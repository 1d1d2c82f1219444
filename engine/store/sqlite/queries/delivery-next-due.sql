-- One probe a priority, since they stand apart in the index.
SELECT min((
  SELECT min(due) FROM delivery
  WHERE status IN ('pending', 'sent') AND handed = 0 AND adapter = :adapter AND system = :system
    AND priority = p.column1 AND due > :after)) AS due
FROM (VALUES (0), (1), (2)) p
