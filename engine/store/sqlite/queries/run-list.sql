SELECT * FROM run_view
WHERE startedAt >= :since AND startedAt < :until
  AND (:flow IS NULL OR flow = :flow)
  AND (:status IS NULL OR status = :status)
  AND (:type IS NULL OR type = :type)
ORDER BY startedAt DESC, runNo DESC
LIMIT :limit
