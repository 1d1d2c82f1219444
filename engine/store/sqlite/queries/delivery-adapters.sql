-- A loose index scan: one probe an adapter, however many deliveries wait.
WITH RECURSIVE waiting (adapter) AS (
  SELECT min(adapter) FROM delivery WHERE status IN ('pending', 'sent') AND handed = 0
  UNION ALL
  SELECT (
    SELECT min(adapter) FROM delivery
    WHERE status IN ('pending', 'sent') AND handed = 0 AND adapter > waiting.adapter)
  FROM waiting
  WHERE waiting.adapter IS NOT NULL)
SELECT adapter FROM waiting WHERE adapter IS NOT NULL
