SELECT * FROM run_view
WHERE flow = :flow AND status = :status AND endedAt IS NOT NULL AND status <> 'done'
  AND startedAt >= :since AND startedAt < :until
  AND (:type IS NULL OR type = :type)
ORDER BY startedAt DESC, runNo DESC
LIMIT :limit
