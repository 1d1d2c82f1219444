SELECT * FROM run_view
WHERE flow = :flow
  AND (:status IS NULL OR status = :status)
  AND startedAt >= :since AND startedAt < :until
  AND (:type IS NULL OR type = :type)
ORDER BY startedAt DESC, runNo DESC
LIMIT :limit
