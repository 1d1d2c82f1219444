SELECT * FROM run_view
WHERE status = :status AND status IN ('stopped', 'failed', 'superseded', 'discarded')
  AND startedAt >= :since AND startedAt < :until
  AND (:type IS NULL OR type = :type)
ORDER BY startedAt DESC, runNo DESC
LIMIT :limit
