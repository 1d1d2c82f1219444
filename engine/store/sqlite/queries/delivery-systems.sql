-- As delivery-adapters, within one adapter: nearly always one.
WITH RECURSIVE waiting (system) AS (
  SELECT min(system) FROM delivery
  WHERE status IN ('pending', 'sent') AND handed = 0 AND adapter = :adapter
  UNION ALL
  SELECT (
    SELECT min(system) FROM delivery
    WHERE status IN ('pending', 'sent') AND handed = 0 AND adapter = :adapter AND system > waiting.system)
  FROM waiting
  WHERE waiting.system IS NOT NULL)
SELECT system FROM waiting WHERE system IS NOT NULL
